"""SQL statements of every page and list, found by walking the addresses; speed beside the smallest answer."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from benchmarks import data, measure, report
from benchmarks.options import Options
from benchmarks.place import place
from catalog.models import SKU, Product
from distribution.models import Commission, Distributor
from distribution.services import binding
from mall.kernel import clock, outbox
from members.models import Address, Member
from orders.models import Order, OrderLine, Refund
from orders.services import cart, payment, refunds
from orders.services.refunds import ClaimLine
from payments.models import Payment

# Not pages of shoppers or distributors.
ELSEWHERE = (
    "admin/",
    "notify/",
    "sandbox/",
    "metrics",
    "styleguide",
    "media/",
    "api/docs",
    "api/v1/schema",
    "api/v1/merchant",
)
FEWEST = ("product", "category", "categories", "search", "home")
LISTS = ("api/v1/products/", "api/v1/products/<slug:reference>/", "api/v1/categories/")
HELLO = "/healthz"


def run(options: Options) -> None:
    data.catalogue(options.size(2_000, least=40))
    member = _history()
    anonymous, client = Client(), Client()
    client.force_login(member)
    known = _known(member)
    rows, missed = [], []
    for route, name, arguments in sorted(_addresses()):
        values = {argument: _value(known, route, argument) for argument in arguments}
        if None in values.values():
            missed.append(f"/{route}")
            continue
        path = _filled(route, values)
        if name in FEWEST or route in LISTS:
            rows += _counted(anonymous, f"`/{route}`, anonymous", path, limit=8)
        rows += _counted(client, f"`/{route}`", path, limit=12)
    for address in missed:
        print(f"  not measured: {address}")
    report.show("pages", [*rows, *_speeds(options)], options=str(options), write=not options.trial)


def _counted(client: Client, what: str, path: str, *, limit: int) -> list[report.Row]:
    """One row when the address answers GET with a page, else none: it is for POST, or leads elsewhere."""
    client.get(path)
    with measure.statements() as seen:
        answer = client.get(path)
    if answer.status_code != 200:
        return []
    for sql, count in measure.repeated(seen):
        print(f"  {path}: {count} times {sql[:110]}")
    return [report.Row(what, f"{len(seen)}", f"≤ {limit}", len(seen) <= limit)]


def _speeds(options: Options) -> Iterator[report.Row]:
    slug = Product.objects.values_list("slug", flat=True).first()
    paths = {"smallest answer": HELLO, "product page": f"/p/{slug}/", "category list": "/c/kind-0/", "home": "/"}
    client = Client()

    def speed(path: str) -> float:
        count = 3 if options.trial else 20
        return count / measure.seconds(lambda: [client.get(path) for _ in range(count)])

    figures = measure.alternate(options.rounds, {name: lambda p=path: speed(p) for name, path in paths.items()})
    for name in paths:
        share = measure.ratio(figures[name], figures["smallest answer"])
        yield report.Row(
            f"{name}, one process, anonymous", f"{measure.median(figures[name]):.0f}/s = {share:.2f} of the smallest"
        )


def _addresses() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(route, name, arguments) of everything a shopper or distributor may open."""
    seen = set()
    for route, pattern in _flat(get_resolver().url_patterns):
        if route.startswith(ELSEWHERE) or "(" in route or route in seen:
            continue
        seen.add(route)
        yield route, pattern.name or "", tuple(pattern.pattern.converters)


def _flat(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _flat(pattern.url_patterns, route)
        else:
            yield route, pattern


def _filled(route: str, values: dict[str, str | None]) -> str:
    """`p/<slug:slug>/` with its values."""
    path = route
    for argument, value in values.items():
        path = re.sub(rf"<(\w+:)?{argument}>", str(value), path)
    return f"/{path}"


def _value(known: Sequence[tuple[str, str, object]], route: str, argument: str) -> str | None:
    """What to put in for an argument: the first known value whose beginning of a route fits."""
    for beginning, name, value in known:
        if name == argument and route.startswith(beginning):
            return str(value)
    return None


def _known(member: Member) -> Sequence[tuple[str, str, object]]:
    """(beginning of the route, argument, value), the most special ones first."""
    me = Distributor.objects.get(member=member)
    order = Order.objects.filter(member=member).order_by("pk").first()
    product = Product.objects.order_by("pk").first()
    refund = Refund.objects.get(order__member=member)
    commission = Commission.objects.filter(distributor=me).first()
    assert order is not None
    assert product is not None
    assert commission is not None
    return [
        ("api/v1/payments/", "no", Payment.objects.filter(member=member).values_list("no", flat=True).first()),
        ("api/v1/refunds/", "no", refund.no),
        ("me/refunds/", "no", refund.no),
        ("me/orders/", "no", order.no),
        ("api/v1/orders/", "no", order.no),
        ("pay/", "no", Order.objects.filter(member=member, state="unpaid").values_list("no", flat=True).first()),
        ("c/", "slug", "kind-0"),
        ("", "slug", product.slug),
        ("", "reference", product.slug),
        ("", "product_id", product.pk),
        ("", "code", me.code),
        ("", "address_id", Address.objects.get(member=member).pk),
        ("", "commission_id", commission.pk),
        ("", "distributor_id", Distributor.objects.exclude(pk=me.pk).values_list("pk", flat=True).first()),
        ("legal/", "name", "terms"),
    ]


def _history() -> Member:
    """A distributor with a team, orders of their own in several states, a refund, and commissions from their buyers."""
    first = Distributor.objects.get(pk=data.distributors(30)[0])
    buyers = data.members(5, balance_fen=10**9)
    data.fund([first.member_id], balance_fen=10**9)
    skus = list(SKU.objects.order_by("pk").values_list("pk", flat=True)[:40])
    member = Member.objects.get(pk=first.member_id)
    Address.objects.create(
        member=member, name="王小明", phone="13800000001", province="浙江省", city="杭州市", district="西湖区",
        street="文三路 1 号", is_default=True,
    )  # fmt: skip
    now = clock.now()
    for buyer in buyers:
        binding.bind(member_id=buyer, code=first.code, source="link", actor="benchmark", at=now)
    for n in range(25):
        for who in (member.pk, buyers[n % 5]):
            no = place(who, skus[n], skus[n + 1])
            if n < 22:
                payment.start(order_no=no, member_id=who, method="balance", client_ip="127.0.0.1", at=clock.now())
    while outbox.deliver_due():
        pass
    for sku in skus[:20]:
        cart.put(sku_id=sku, quantity=1, member_id=member.pk, at=clock.now())
    line = OrderLine.objects.filter(order__member=member).order_by("pk").first()
    assert line
    refunds.apply(
        order_no=line.order.no,
        kind="refund",
        lines=(ClaimLine(line=line.pk, quantity=1),),
        reason="不想要了",
        actor=f"member:{member.pk}",
        member_id=member.pk,
        at=clock.now(),
    )
    return member
