"""What the shop's staff may do, role by role. The owner is a superuser and needs no role."""

from members.services import roles

GRANTS: roles.Grants = {
    "运营": {
        "catalog": "view add change delete",
        "marketing": "view add change delete",
        "orders": "view",
        "members": "view",
        "distribution": "view add change",
        "logistics": "view add change",
        "kernel": "view",
    },
    "财务": {
        "payments": "view change",
        "orders": "view",
        "distribution": "view change",
        "members.member": "view",
        "kernel": "view",
    },
    "仓库": {"catalog": "view", "catalog.stock": "change", "orders": "view change", "logistics": "view add change"},
    "客服": {
        "orders": "view change",
        "members": "view",
        "catalog": "view",
        "marketing": "view",
        "logistics": "view",
        "distribution": "view",
        "kernel": "view",
    },
}


def load() -> dict[str, int]:
    """Create or refresh the roles; how many permissions each has. Run again after an upgrade that adds models."""
    return roles.load(grants=GRANTS)
