"""The staff's roles: groups with the permissions of their work. Safe to apply again; never takes a member out."""

from collections.abc import Mapping, Sequence

from django.contrib.auth.models import Group, Permission

from mall.kernel.transactions import step

# Role -> "app" (everything in it), "app.model", each followed by the actions; `v` view, `a` add, `c` change, `d` delete.
ROLES: Mapping[str, Sequence[str]] = {
    "运营": (
        "catalog vacd",
        "marketing vacd",
        "orders v",
        "members v",
        "distribution vac",
        "logistics vac",
        "kernel v",
    ),
    "财务": ("payments vc", "orders v", "distribution vc", "members.member v", "kernel v"),
    "仓库": ("catalog v", "catalog.stock vc", "orders vc", "logistics vac"),
    "客服": ("orders vc", "members v", "catalog v", "logistics v", "marketing v", "distribution v", "kernel v"),
}
ACTIONS = {"v": "view", "a": "add", "c": "change", "d": "delete"}


@step
def apply() -> dict[str, Group]:
    """Create the groups and give each exactly the permissions listed above; by name."""
    known = list(Permission.objects.select_related("content_type"))
    groups = {}
    for name, grants in ROLES.items():
        group, _created = Group.objects.get_or_create(name=name)
        group.permissions.set([permission for permission in known if _granted(permission, grants)])
        groups[name] = group
    return groups


def _granted(permission: Permission, grants: Sequence[str]) -> bool:
    action, _, model = permission.codename.partition("_")
    app = permission.content_type.app_label
    for grant in grants:
        subject, _, letters = grant.partition(" ")
        if subject in (app, f"{app}.{model}") and action in {ACTIONS[letter] for letter in letters}:
            return True
    return False
