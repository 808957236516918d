"""May these goods be bought now, in this quantity? Cart and checkout ask the same question."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from catalog import queries as catalog_queries
from catalog.queries import SkuFacts
from catalog.services import stock
from mall.kernel.errors import DomainError, NotFound


class LimitReached(DomainError):
    """More units of one product than an order may hold. `data["limit"]` says how many it may."""

    code = "limit_reached"
    status = 409
    message = _("超过每单限购数量")


class SkuUnavailable(DomainError):
    """The product is off the shelf, or this variant is no longer sold. `data["sku"]` is its code."""

    code = "sku_unavailable"
    status = 409
    message = _("商品已下架，请从订单中移除")


def check(quantities: Mapping[int, int]) -> dict[int, SkuFacts]:
    """The facts of the SKUs (id -> units) if all can be bought together; limits count per product.

    Raises NotFound, SkuUnavailable, OutOfStock or LimitReached for the first that cannot. Promises nothing: only
    `stock.reserve` does.
    """
    facts = catalog_queries.sku_facts(sku_ids=list(quantities))
    per_product: dict[int, int] = {}
    for sku_id, quantity in quantities.items():
        fact = facts.get(sku_id)
        if fact is None:
            raise NotFound(attr="sku")
        if not fact.active:
            raise SkuUnavailable(attr="sku", data={"sku": fact.code})
        if fact.sellable < quantity:
            raise stock.OutOfStock(attr="sku", data={"sku": fact.code, "sellable": fact.sellable})
        total = per_product[fact.product_id] = per_product.get(fact.product_id, 0) + quantity
        if fact.limit_per_order and total > fact.limit_per_order:
            raise LimitReached(attr="quantity", data={"sku": fact.code, "limit": fact.limit_per_order})
    return facts
