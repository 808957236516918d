"""Staff at their desks, and a shop with something on every list."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils.translation import trans_real

from mall.kernel import outbox
from mall.management.roles import GRANTS
from members.models import Member
from members.services import roles
from ops import assets
from ops.paths import LOGS
from orders.services.refunds import ClaimLine
from tests.factories import catalog, distribution, orders


@pytest.fixture(scope="session", autouse=True)
def _compiled_catalogues() -> None:
    """The compiled translations are not in the repository; the start of the shop and of the test run make them."""
    assets.compile_catalogues(env={}, log=LOGS / "test.log")
    trans_real._translations.clear()  # type: ignore[attr-defined]


@pytest.fixture
def desk(db: None) -> Callable[[str], Client]:
    """A browser signed in as an employee of the given role; 老板 is the superuser."""

    def sit(role: str) -> Client:
        roles.load(grants=GRANTS)
        person = Member.objects.create(username=f"staff-{role}", is_staff=True, is_superuser=role == "老板")
        if not person.is_superuser:
            person.groups.add(Group.objects.get(name=role))
        browser = Client(headers={"accept-language": "en-US,en;q=0.9"})
        browser.force_login(person, backend="members.backends.PhoneOrUsernameBackend")
        return browser

    return sit


@pytest.fixture
def trade(db: None) -> None:
    """Three orders in different states with commissions, a claim, stock and events."""
    buyer = orders.shopper()
    distribution.bind(buyer.pk, distribution.chain(2)[0])
    for goods in (catalog.sku(price_fen=12_345, safety_stock=9), catalog.sku(price_fen=5_000)):
        orders.signed((goods, 2), member=buyer)
    order = orders.paid((catalog.sku(), 1), member=buyer)
    orders.claim(order, ClaimLine(line=order.lines.get().pk, quantity=1))
    outbox.deliver_due()
