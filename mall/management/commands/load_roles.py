"""The shop's role presets."""

from typing import Any

from django.core.management.base import BaseCommand

from members.services import roles

ALL = "view add change delete"

# What is not granted here is refused. Money is moved by finance and the owner only; the owner alone appoints staff.
GRANTS: dict[str, dict[str, str]] = {
    "owner": {
        "catalog": ALL,
        "marketing": ALL,
        "members": ALL,
        "members.member": "view change reveal_phone",
        "payments": ALL,
        "logistics": ALL,
        "orders": ALL,
        "distribution": ALL,
        "kernel": "view",
        "kernel.notice": "view change",
        "kernel.delivery": "view change",
        "api": "view change",
        "auth.group": ALL,
    },
    "operator": {
        "catalog": ALL,
        "marketing": ALL,
        "members.member": "view change",
        "members.region": "view",
        "logistics": "view add change",
        "orders": "view",
        "orders.order": "view change",
        "orders.refund": "view add",
        "distribution": "view",
        "distribution.application": "view change",
        "distribution.programme": "view add",
        "distribution.productrate": ALL,
        "distribution.binding": "view add",
        "kernel.notice": "view change",
    },
    "finance": {
        "catalog": "view",
        "marketing": "view",
        "members.member": "view",
        "logistics": "view",
        "orders": "view",
        "orders.refund": "view change",
        "payments": "view change",
        "distribution": "view",
        "distribution.settlementrun": "view add change",
        "distribution.statement": "view change",
        "distribution.withdrawal": "view change",
        "kernel.notice": "view change",
    },
    "warehouse": {
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
    "service": {
        "catalog": "view",
        "marketing": "view",
        "members.member": "view",
        "logistics": "view",
        "orders": "view",
        "orders.order": "view change",
        "orders.refund": "view add change",
        "distribution.distributor": "view",
        "distribution.application": "view",
        "distribution.binding": "view",
        "distribution.commission": "view",
        "kernel.notice": "view change",
    },
}


class Command(BaseCommand):
    """`load_roles` makes the groups owner, operator, finance, warehouse and service hold exactly their presets."""

    help = "Create or reset the role presets."

    def handle(self, *args: Any, **options: Any) -> None:
        for role, count in roles.load(grants=GRANTS).items():
            self.stdout.write(f"{role}: {count} permissions")
