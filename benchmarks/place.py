"""The place() service, orders of two lines, beside the bare-SQL floor of an order."""

import itertools
import random

from benchmarks import data, floor, measure, report
from benchmarks.options import Options
from catalog.models import SKU
from mall.kernel import clock
from orders.services import checkout
from orders.services.checkout import CheckoutRequest, Recipient, Wanted

CLIENTS = 8
HOME = Recipient(
    name="王小明", phone="13800000001", province="浙江省", city="杭州市", district="西湖区", street="文三路 1 号"
)


def run(options: Options) -> None:
    data.catalogue(options.size(2_000, least=20))
    buyers = data.members(CLIENTS)
    skus = list(SKU.objects.order_by("pk").values_list("pk", flat=True))
    floor.create()

    def client(number: int) -> measure.Work:
        chance = random.Random(number)

        def order() -> None:
            one, two = chance.sample(skus, 2)
            place(buyers[number], one, two)

        return order

    with measure.statements() as seen:
        place(buyers[0], *skus[:2])
    figures = measure.alternate(
        options.rounds,
        {
            "floor": lambda: measure.rate(floor.client, clients=CLIENTS, seconds=options.seconds),
            "place": lambda: measure.rate(client, clients=CLIENTS, seconds=options.seconds),
        },
    )
    share = measure.ratio(figures["place"], figures["floor"])
    for sql, count in itertools.islice(measure.repeated(seen), 5):
        print(f"  repeated {count} times: {sql[:100]}")
    report.show(
        "place",
        [
            report.Row("bare-SQL order, 2 lines, 5 statements, 8 clients", f"{measure.median(figures['floor']):.0f}/s"),
            report.Row("place(), 2 lines, 8 clients", f"{measure.median(figures['place']):.0f}/s"),
            report.Row("place() / floor", f"{share:.3f}", "≥ 0.1", share >= 0.1),
            report.Row("SQL statements of place()", f"{len(seen)}", "≤ 20", len(seen) <= 20),
        ],
        options=str(options),
        write=not options.trial,
    )


def place(member_id: int, *sku_ids: int) -> str:
    """One order of one unit of each SKU."""
    request = CheckoutRequest(items=tuple(Wanted(sku_id=sku_id, quantity=1) for sku_id in sku_ids), address=HOME)
    return checkout.place(member_id=member_id, request=request, at=clock.now())
