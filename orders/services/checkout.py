"""The promise and its fulfilment, read together: `quote` prices a checkout, `place` makes the order at that price."""

import dataclasses
import datetime as dt

from django.utils.translation import gettext_lazy as _

from catalog.queries import SkuFacts
from catalog.services import stock
from logistics import freight
from logistics import queries as logistics_queries
from mall.kernel import numbers, outbox
from mall.kernel.errors import DomainError
from mall.kernel.transactions import step, use_case
from marketing import queries as marketing_queries
from marketing.pricing import engine
from marketing.pricing.types import Basket, Freight, Item, PricedLine, Quote
from marketing.queries import HeldCoupon
from marketing.services import coupons
from members import queries as members_queries
from orders import queries
from orders.events import OrderPlaced
from orders.models import CartItem, LineAdjustment, Order, OrderLine
from orders.services import goods, lifecycle, requests
from orders.services.requests import CheckoutRequest, Recipient, Wanted
from orders.states import OrderState

__all__ = ["CheckoutQuote", "CheckoutRequest", "Recipient", "Wanted", "place", "quote"]


class PriceChanged(DomainError):
    """The price is no longer the one the shopper saw. `data`: {"old": fingerprint, "new": fingerprint, "payable_fen"}."""

    code = "price_changed"
    status = 409
    message = _("商品价格或优惠有变动，请确认后重新提交")


class NotDeliverable(DomainError):
    """The shop does not deliver to this province."""

    code = "not_deliverable"
    status = 409
    message = _("该地区暂不配送，请更换收货地址")


class AddressRequired(DomainError):
    """An order needs an address and the member has none."""

    code = "address_required"
    message = _("请填写收货地址")


@dataclasses.dataclass(frozen=True, kw_only=True)
class CheckoutQuote:
    """A priced checkout. `facts` by SKU id; `recipient` None while the member has no address (freight is then the
    standard fee); `coupon_id` is the member's coupon in the price; `usable_coupons` is filled by `quote` only."""

    quote: Quote
    facts: dict[int, SkuFacts]
    recipient: Recipient | None
    fingerprint: str
    coupon_id: int | None = None
    usable_coupons: tuple[HeldCoupon, ...] = ()


def quote(*, member_id: int, request: CheckoutRequest, best_coupon: bool = False, at: dt.datetime) -> CheckoutQuote:
    """Price a checkout without promising anything, with the coupons that would fit it.

    `best_coupon` puts the most valuable of them into the price when `request` names none. Raises what `place`
    raises, except AddressRequired and PriceChanged.
    """
    basket, priced = _price(member_id=member_id, request=request, at=at)
    reduced = sum(a.amount_fen for line in priced.quote.lines for a in line.adjustments if a.kind != "coupon")
    usable = marketing_queries.usable_coupons(
        member_id=member_id, items_total_fen=priced.quote.goods_total_fen - reduced, at=at
    )
    if best_coupon and request.coupon_id is None and usable:
        best = max(usable, key=lambda held: (held.amount_fen, -held.id))
        result = engine.price(dataclasses.replace(basket, coupon=best.offer))
        if _takes_coupon(result):
            code = engine.fingerprint(result, key=request.delivery)
            priced = dataclasses.replace(priced, quote=result, fingerprint=code, coupon_id=best.id)
    return dataclasses.replace(priced, usable_coupons=tuple(usable))


@use_case
def place(*, member_id: int, request: CheckoutRequest, fingerprint: str | None = None, at: dt.datetime) -> str:
    """Make the order, all or nothing: prices anew, reserves stock, uses the coupon, freezes the lines. Its number.

    `fingerprint` is that of the quote the shopper saw; None accepts today's price. Raises PriceChanged, OutOfStock,
    LimitReached, SkuUnavailable, CouponUnusable, NotDeliverable, AddressRequired, InvalidAddress, InvalidQuantity,
    EmptyBasket, DeliveryUnavailable, NotFound.
    """
    _basket, priced = _price(member_id=member_id, request=request, at=at)
    if priced.recipient is None:
        raise AddressRequired(attr="address")
    if fingerprint is not None and fingerprint != priced.fingerprint:
        raise PriceChanged(
            data={"old": fingerprint, "new": priced.fingerprint, "payable_fen": priced.quote.payable_fen}
        )
    no = numbers.new(numbers.ORDER, at)
    actor = f"member:{member_id}"
    expires_at = at + dt.timedelta(minutes=queries.policy().unpaid_minutes)
    if request.coupon_id is not None:
        coupons.redeem(member_coupon_id=request.coupon_id, member_id=member_id, order_no=no, at=at)
    quantities = {line.item.sku_id: line.item.quantity for line in priced.quote.lines}
    stock.reserve(ref=no, quantities=quantities, expires_at=expires_at, actor=actor, at=at)
    order = _write_order(no, member_id, request, priced, priced.recipient, at=at, expires_at=expires_at)
    _write_lines(order, priced)
    if request.items is None:
        CartItem.objects.filter(cart__member_id=member_id, sku_id__in=quantities, is_selected=True).delete()
    lifecycle.log(order=order, command="place", to_state=OrderState.UNPAID.value, actor=actor, at=at)
    outbox.publish(OrderPlaced(order_no=no, member_id=member_id, placed_at=at), aggregate=f"order:{no}")
    return no


def _price(*, member_id: int, request: CheckoutRequest, at: dt.datetime) -> tuple[Basket, CheckoutQuote]:
    """What was priced, and its price."""
    if request.delivery != "express":
        raise requests.DeliveryUnavailable(attr="delivery")
    items = request.items if request.items is not None else _selected(member_id)
    quantities = requests.sum_up(items)
    facts = goods.check(quantities)
    recipient = _recipient(member_id, request)
    basket = Basket(
        items=tuple(_item(n, facts[sku_id], quantity) for n, (sku_id, quantity) in enumerate(quantities.items(), 1)),
        reductions=marketing_queries.reductions_at(at=at),
        freight=_freight(recipient, sum(facts[s].weight_g * q for s, q in quantities.items())),
    )
    if request.coupon_id is not None:
        offer = marketing_queries.coupon_offer(member_coupon_id=request.coupon_id, member_id=member_id, at=at)
        if offer is None:
            raise coupons.CouponUnusable(attr="coupon")
        basket = dataclasses.replace(basket, coupon=offer)
    result = engine.price(basket)
    if basket.coupon and not _takes_coupon(result):
        raise coupons.CouponUnusable(str(_("未达到优惠券使用门槛")), attr="coupon")
    return basket, CheckoutQuote(
        quote=result,
        facts=facts,
        recipient=recipient,
        fingerprint=engine.fingerprint(result, key=request.delivery),
        coupon_id=request.coupon_id,
    )


def _takes_coupon(priced: Quote) -> bool:
    return any(a.kind == "coupon" for line in priced.lines for a in line.adjustments)


def _selected(member_id: int) -> tuple[Wanted, ...]:
    rows = CartItem.objects.filter(cart__member_id=member_id, is_selected=True).order_by("pk")
    return tuple(Wanted(sku_id=sku_id, quantity=q) for sku_id, q in rows.values_list("sku_id", "quantity"))


def _recipient(member_id: int, request: CheckoutRequest) -> Recipient | None:
    if request.address_id is None and request.address is not None:
        return requests.check_recipient(request.address)
    if request.address_id is not None:
        found = members_queries.address(member_id=member_id, address_id=request.address_id)
    else:
        book = members_queries.addresses(member_id=member_id)
        if not book:
            return None
        found = book[0]
    return Recipient(
        name=found.name,
        phone=found.phone,
        province=found.province,
        city=found.city,
        district=found.district,
        street=found.street,
    )


def _freight(recipient: Recipient | None, weight_g: int) -> Freight:
    rule = logistics_queries.default_rule()
    if rule is None:
        return Freight(fee_fen=0)
    try:
        terms = freight.terms(rule=rule, province=recipient.province if recipient else "", weight_g=weight_g)
    except freight.NotDelivered as error:
        raise NotDeliverable(attr="address", data={"province": error.province}) from error
    return Freight(fee_fen=terms.fee_fen, free_over_fen=terms.free_over_fen)


def _item(position: int, fact: SkuFacts, quantity: int) -> Item:
    return Item(
        line=position,
        sku_id=fact.sku_id,
        product_id=fact.product_id,
        category_id=fact.category_id,
        quantity=quantity,
        unit_price_fen=fact.price_fen,
        list_price_fen=fact.list_price_fen,
        cost_fen=fact.cost_fen,
        weight_g=fact.weight_g,
    )


@step
def _write_order(
    no: str,
    member_id: int,
    request: CheckoutRequest,
    priced: CheckoutQuote,
    recipient: Recipient,
    *,
    at: dt.datetime,
    expires_at: dt.datetime,
) -> Order:
    return Order.objects.create(
        no=no,
        member_id=member_id,
        goods_total_fen=priced.quote.goods_total_fen,
        discount_total_fen=priced.quote.discount_total_fen,
        freight_fen=priced.quote.freight_fen,
        payable_fen=priced.quote.payable_fen,
        recipient_name=recipient.name,
        recipient_phone=recipient.phone,
        province=recipient.province,
        city=recipient.city,
        district=recipient.district,
        street=recipient.street,
        remark=request.remark[:200],
        channel=request.channel[:10],
        referral_code=request.referral_code[:16],
        fingerprint=priced.fingerprint,
        placed_at=at,
        expires_at=expires_at,
    )


@step
def _write_lines(order: Order, priced: CheckoutQuote) -> None:
    rows = OrderLine.objects.bulk_create(
        _line(order, line, priced.facts[line.item.sku_id]) for line in priced.quote.lines
    )
    LineAdjustment.objects.bulk_create(
        LineAdjustment(line=row, kind=a.kind, rule=a.rule, label=a.label, amount_fen=a.amount_fen)
        for row, line in zip(rows, priced.quote.lines, strict=True)
        for a in line.adjustments
    )


def _line(order: Order, line: PricedLine, fact: SkuFacts) -> OrderLine:
    return OrderLine(
        order=order,
        position=line.item.line,
        sku_id=fact.sku_id,
        product_id=fact.product_id,
        category_id=fact.category_id,
        name=fact.product_name,
        sku_code=fact.code,
        specs=dict(fact.specs),
        picture=fact.picture,
        unit_price_fen=line.item.unit_price_fen,
        list_price_fen=line.item.list_price_fen,
        cost_fen=line.item.cost_fen,
        quantity=line.item.quantity,
        subtotal_fen=line.subtotal_fen,
        discount_fen=line.discount_fen,
        payable_fen=line.payable_fen,
    )
