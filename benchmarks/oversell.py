"""50 buyers for 10 units through place(), from 8 processes: exactly 10 may get one."""

import multiprocessing

from django.db import connections

from benchmarks import data, report
from benchmarks.options import Options
from benchmarks.place import place
from catalog.models import SKU, Stock
from catalog.services.stock import OutOfStock
from orders.models import OrderLine

BUYERS, UNITS, WORKERS = 50, 10, 8


def run(options: Options) -> None:
    rounds = options.rounds
    data.catalogue(rounds, on_hand=UNITS)
    skus = list(SKU.objects.order_by("pk").values_list("pk", flat=True))
    buyers = data.members(BUYERS)
    sold = [_race(sku, buyers) for sku in skus]
    reserved = list(Stock.objects.filter(pk__in=skus).values_list("reserved", flat=True))
    written = OrderLine.objects.filter(sku_id__in=skus).count()
    over = sum(max(count - UNITS, 0) for count in sold)
    agrees = sum(sold) == sum(reserved) == written
    report.show(
        "oversell",
        [
            report.Row(f"{BUYERS} buyers × {UNITS} units × {WORKERS} processes, rounds", f"{rounds}"),
            report.Row("orders accepted per round", ", ".join(map(str, sold)), str(UNITS), set(sold) == {UNITS}),
            report.Row("oversold", f"{over}", "0", over == 0),
            report.Row(
                "accepted = reserved = order lines", f"{sum(sold)} = {sum(reserved)} = {written}", "equal", agrees
            ),
        ],
        options=f"--rounds {rounds}" if rounds != Options().rounds else "",
        write=not options.trial,
    )


def _race(sku: int, buyers: list[int]) -> int:
    """How many buyers got one."""
    connections.close_all()
    fork = multiprocessing.get_context("fork")
    barrier, results = fork.Barrier(WORKERS), fork.SimpleQueue()

    def worker(mine: list[int]) -> None:
        accepted = -1
        try:
            barrier.wait(timeout=60)
            accepted = sum(_buys(buyer, sku) for buyer in mine)
        finally:
            results.put(accepted)

    children = [fork.Process(target=worker, args=(buyers[n::WORKERS],)) for n in range(WORKERS)]
    for child in children:
        child.start()
    counts = [results.get() for _ in children]
    for child in children:
        child.join()
    if -1 in counts:
        raise RuntimeError("a buyer failed with an error of its own")
    return sum(counts)


def _buys(buyer: int, sku: int) -> bool:
    try:
        place(buyer, sku)
    except OutOfStock:
        return False
    return True
