"""What the shop's staff may do, role by role. The demo's owner is a superuser and needs no role."""

from members.services import roles

ALL = "view add change delete"

# What is not granted here is refused. Money is moved by finance and the owner only; the owner alone appoints staff.
GRANTS: roles.Grants = {
    "店主": {
        "catalog": ALL,
        "marketing": ALL,
        "members": ALL,
        "members.member": "view change reveal_phone",
        "payments": ALL,
        "logistics": ALL,
        "orders": ALL,
        "orders.order": "view_amounts",
        "distribution": ALL,
        "kernel": "view",
        "kernel.notice": "view change",
        "kernel.delivery": "view change",
        "api": "view change",
        "auth.group": ALL,
        "analytics.report": "view_sales view_cost",
    },
    "运营": {
        "catalog": ALL,
        "marketing": ALL,
        "members.member": "view change",
        "members.region": "view",
        "logistics": "view add change",
        "orders": "view",
        "orders.order": "view change view_amounts",
        "orders.refund": "view add",
        "distribution": "view",
        "distribution.application": "view change",
        "distribution.programme": "view add",
        "distribution.productrate": ALL,
        "distribution.binding": "view add",
        "kernel.notice": "view change",
        "analytics.report": "view_sales",
    },
    "财务": {
        "catalog": "view",
        "marketing": "view",
        "members.member": "view",
        "logistics": "view",
        "orders": "view",
        "orders.order": "view_amounts",
        "orders.refund": "view change",
        "payments": "view change",
        "distribution": "view",
        "distribution.settlementrun": "view add change",
        "distribution.statement": "view change",
        "distribution.withdrawal": "view change",
        "kernel.notice": "view change",
        "analytics.report": "view_sales view_cost",
    },
    "仓库": {
        "catalog": "view",
        "catalog.stock": "view change",
        "catalog.stockalert": "view change",
        "catalog.stockmovement": "view add",
        "orders.order": "view change",
        "orders.orderline": "view",
        "orders.refund": "view change",
        "logistics": "view",
        "logistics.parcel": "view add change",
        "kernel.notice": "view change",
    },
    "客服": {
        "catalog": "view",
        "marketing": "view",
        "members.member": "view",
        "logistics": "view",
        "orders": "view",
        "orders.order": "view change view_amounts",
        "orders.refund": "view add change",
        "distribution.distributor": "view",
        "distribution.application": "view",
        "distribution.binding": "view",
        "distribution.commission": "view",
        "kernel.notice": "view change",
    },
}


def load() -> dict[str, int]:
    """Create or refresh the roles; how many permissions each has. Run again after an upgrade that adds models."""
    return roles.load(grants=GRANTS)
