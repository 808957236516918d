"""Carts, orders with their frozen lines and history, refunds, and the shop's order policy."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from orders.states import OrderState, RefundState

ORDER_STATES = [
    (OrderState.UNPAID.value, _("待付款")),
    (OrderState.PAID.value, _("已付款")),
    (OrderState.APPROVED.value, _("待发货")),
    (OrderState.SHIPPED.value, _("已发货")),
    (OrderState.SIGNED.value, _("已签收")),
    (OrderState.COMPLETED.value, _("已完成")),
    (OrderState.CANCELLED.value, _("已取消")),
]
REFUND_STATES = [
    (RefundState.APPLIED.value, _("待处理")),
    (RefundState.APPROVED.value, _("已同意")),
    (RefundState.RETURNING.value, _("退货中")),
    (RefundState.REFUNDING.value, _("退款中")),
    (RefundState.REFUNDED.value, _("已退款")),
    (RefundState.REJECTED.value, _("已拒绝")),
    (RefundState.CANCELLED.value, _("已撤销")),
]


class OrderPolicy(models.Model):
    """The merchant's settings for orders. One row (pk 1)."""

    unpaid_minutes = models.PositiveSmallIntegerField(_("未付款关闭（分钟）"), default=30)
    auto_approve = models.BooleanField(_("付款后自动审核"), default=True)
    receive_days = models.PositiveSmallIntegerField(_("发货后自动签收（天）"), default=10)
    after_sale_days = models.PositiveSmallIntegerField(_("签收后售后期（天）"), default=7)

    class Meta:
        verbose_name = verbose_name_plural = _("订单设置")
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="policy_single"),
            models.CheckConstraint(condition=Q(unpaid_minutes__gte=1), name="policy_minutes"),
        ]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class Cart(models.Model):
    """A cart: of a member, or of a browser session until its owner logs in."""

    member = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("会员"),
    )
    session_token = models.CharField(max_length=40, null=True, blank=True, unique=True)
    updated_at = models.DateTimeField(_("更新时间"), auto_now=True)

    class Meta:
        verbose_name = verbose_name_plural = _("购物车")
        constraints = [
            models.CheckConstraint(
                condition=Q(member__isnull=False) ^ Q(session_token__isnull=False), name="cart_has_owner"
            )
        ]


class CartItem(models.Model):
    """A SKU in a cart."""

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="items")
    sku = models.ForeignKey("catalog.SKU", models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField(_("数量"))
    is_selected = models.BooleanField(_("选中"), default=True)
    price_seen_fen = models.BigIntegerField(_("加入时价格（分）"))
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("购物车商品")
        constraints = [
            models.UniqueConstraint(fields=["cart", "sku"], name="cart_sku_once"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="cart_quantity_positive"),
        ]


class Order(models.Model):
    """An order. Amounts, address and lines are frozen at placement; only its progress changes."""

    no = models.CharField(_("订单号"), max_length=32, unique=True)
    member = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("会员"))
    state = models.CharField(_("状态"), max_length=10, choices=ORDER_STATES, default=OrderState.UNPAID.value)
    goods_total_fen = models.BigIntegerField(_("商品金额（分）"))
    discount_total_fen = models.BigIntegerField(_("优惠（分）"), default=0)
    freight_fen = models.BigIntegerField(_("运费（分）"), default=0)
    payable_fen = models.BigIntegerField(_("应付（分）"))
    refunded_fen = models.BigIntegerField(_("已退（分）"), default=0)
    refunded_freight_fen = models.BigIntegerField(_("已退运费（分）"), default=0)
    recipient_name = models.CharField(_("收货人"), max_length=30)
    recipient_phone = models.CharField(_("手机号"), max_length=11)
    province = models.CharField(_("省"), max_length=40)
    city = models.CharField(_("市"), max_length=40)
    district = models.CharField(_("区"), max_length=40)
    street = models.CharField(_("详细地址"), max_length=120)
    remark = models.CharField(_("买家留言"), max_length=200, blank=True)
    channel = models.CharField(_("渠道"), max_length=10, default="h5")
    # The code the visitor came with, for source reports only; who earns is distribution's dated bindings.
    referral_code = models.CharField(_("推广码"), max_length=16, blank=True)
    fingerprint = models.CharField(max_length=64)
    # The payment that pays this order (opaque number).
    payment_no = models.CharField(_("支付单"), max_length=32, blank=True)
    payment_method = models.CharField(_("支付方式"), max_length=16, blank=True)
    cancel_reason = models.CharField(_("取消原因"), max_length=60, blank=True)
    staff_note = models.CharField(_("内部备注"), max_length=200, blank=True)
    placed_at = models.DateTimeField(_("下单时间"))
    expires_at = models.DateTimeField(_("付款截止"))
    paid_at = models.DateTimeField(_("付款时间"), null=True, blank=True)
    approved_at = models.DateTimeField(_("审核时间"), null=True, blank=True)
    shipped_at = models.DateTimeField(_("发货时间"), null=True, blank=True)
    signed_at = models.DateTimeField(_("签收时间"), null=True, blank=True)
    completed_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("取消时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("订单")
        permissions = [("view_amounts", _("查看订单金额"))]
        constraints = [
            models.CheckConstraint(
                condition=Q(payable_fen=F("goods_total_fen") - F("discount_total_fen") + F("freight_fen"))
                & Q(payable_fen__gte=0, goods_total_fen__gte=0, discount_total_fen__gte=0, freight_fen__gte=0),
                name="order_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(refunded_fen__gte=0) & Q(refunded_fen__lte=F("payable_fen")),
                name="order_refunds_covered",
            ),
        ]
        indexes = [
            models.Index(fields=["member", "-placed_at"]),
            models.Index(fields=["state", "-placed_at"]),
            models.Index(fields=["expires_at"], condition=Q(state="unpaid"), name="order_unpaid_due"),
            models.Index(fields=["shipped_at"], condition=Q(state="shipped"), name="order_receive_due"),
            models.Index(fields=["signed_at"], condition=Q(state="signed"), name="order_complete_due"),
        ]

    def __str__(self) -> str:
        return self.no


class OrderLine(models.Model):
    """One SKU of an order with everything later arithmetic needs, frozen."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="lines", verbose_name=_("订单"))
    position = models.PositiveSmallIntegerField(_("行号"))
    sku = models.ForeignKey("catalog.SKU", models.PROTECT, related_name="+", verbose_name=_("SKU"))
    product_id = models.BigIntegerField(_("商品"))
    category_id = models.BigIntegerField(_("分类"))
    name = models.CharField(_("名称"), max_length=80)
    sku_code = models.CharField(_("SKU 编码"), max_length=40)
    specs = models.JSONField(_("规格"), default=dict)
    picture = models.CharField(_("图片"), max_length=300, blank=True)
    unit_price_fen = models.BigIntegerField(_("单价（分）"))
    list_price_fen = models.BigIntegerField(_("标价（分）"))
    cost_fen = models.BigIntegerField(_("单位成本（分）"))
    quantity = models.PositiveIntegerField(_("数量"))
    subtotal_fen = models.BigIntegerField(_("小计（分）"))
    discount_fen = models.BigIntegerField(_("优惠（分）"), default=0)
    payable_fen = models.BigIntegerField(_("实付（分）"))
    refunded_fen = models.BigIntegerField(_("已退（分）"), default=0)
    refunding_fen = models.BigIntegerField(_("退款中（分）"), default=0)
    refunded_quantity = models.PositiveIntegerField(_("已退数量"), default=0)
    refunding_quantity = models.PositiveIntegerField(_("退款中数量"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("订单行")
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["order", "position"], name="line_position_once"),
            models.UniqueConstraint(fields=["order", "sku"], name="line_sku_once"),
            models.CheckConstraint(
                condition=Q(quantity__gte=1)
                & Q(subtotal_fen=F("unit_price_fen") * F("quantity"))
                & Q(payable_fen=F("subtotal_fen") - F("discount_fen"))
                & Q(payable_fen__gte=0, discount_fen__gte=0),
                name="line_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(refunded_fen__gte=0, refunding_fen__gte=0)
                & Q(payable_fen__gte=F("refunded_fen") + F("refunding_fen"))
                & Q(quantity__gte=F("refunded_quantity") + F("refunding_quantity")),
                name="line_refunds_covered",
            ),
        ]


class LineAdjustment(models.Model):
    """One price decision on one line: which rule took how much off."""

    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="adjustments", verbose_name=_("订单行"))
    kind = models.CharField(_("类型"), max_length=20)
    rule = models.CharField(_("规则"), max_length=40)
    label = models.CharField(_("名称"), max_length=60)
    amount_fen = models.BigIntegerField(_("优惠（分）"))

    class Meta:
        verbose_name = verbose_name_plural = _("优惠明细")
        constraints = [
            models.UniqueConstraint(fields=["line", "kind", "rule"], name="adjustment_once"),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="adjustment_positive"),
        ]


class OrderLog(models.Model):
    """One step of an order's life, or a note on it. Append-only."""

    order = models.ForeignKey(Order, models.PROTECT, related_name="logs", verbose_name=_("订单"))
    command = models.CharField(_("操作"), max_length=20)
    from_state = models.CharField(_("原状态"), max_length=10, blank=True)
    to_state = models.CharField(_("新状态"), max_length=10, blank=True)
    # "member:12", "staff:owner", "system", "carrier"
    actor = models.CharField(_("操作者"), max_length=60)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    at = models.DateTimeField(_("时间"))

    class Meta:
        verbose_name = verbose_name_plural = _("订单记录")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order", "to_state"], condition=~Q(to_state=""), name="order_enters_state_once"
            )
        ]


class Refund(models.Model):
    """A shopper's claim for money back, with or without the goods coming back."""

    class Kind(models.TextChoices):
        REFUND = "refund", _("仅退款")
        RETURN = "return", _("退货退款")

    no = models.CharField(_("售后单号"), max_length=32, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="refunds", verbose_name=_("订单"))
    kind = models.CharField(_("类型"), max_length=8, choices=Kind.choices)
    state = models.CharField(_("状态"), max_length=10, choices=REFUND_STATES, default=RefundState.APPLIED.value)
    amount_fen = models.BigIntegerField(_("退款金额（分）"))
    freight_fen = models.BigIntegerField(_("其中运费（分）"), default=0)
    reason = models.CharField(_("原因"), max_length=60)
    description = models.CharField(_("说明"), max_length=200, blank=True)
    photos = models.JSONField(_("凭证"), default=list, blank=True)
    answer = models.CharField(_("商家答复"), max_length=200, blank=True)
    return_carrier = models.CharField(_("退货物流"), max_length=20, blank=True)
    return_tracking_no = models.CharField(_("退货单号"), max_length=40, blank=True)
    handled_by = models.CharField(_("处理人"), max_length=60, blank=True)
    applied_at = models.DateTimeField(_("申请时间"))
    handled_at = models.DateTimeField(_("处理时间"), null=True, blank=True)
    refunded_at = models.DateTimeField(_("到账时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("售后")
        constraints = [
            models.CheckConstraint(
                condition=Q(amount_fen__gt=0, freight_fen__gte=0) & Q(freight_fen__lte=F("amount_fen")),
                name="refund_amounts",
            )
        ]
        indexes = [models.Index(fields=["state", "-applied_at"])]

    def __str__(self) -> str:
        return self.no


class RefundLine(models.Model):
    """How much of which line a refund returns."""

    refund = models.ForeignKey(Refund, models.PROTECT, related_name="lines", verbose_name=_("售后"))
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="refund_lines", verbose_name=_("订单行"))
    quantity = models.PositiveIntegerField(_("数量"))
    amount_fen = models.BigIntegerField(_("金额（分）"))

    class Meta:
        verbose_name = verbose_name_plural = _("售后明细")
        constraints = [
            models.UniqueConstraint(fields=["refund", "line"], name="refund_line_once"),
            models.CheckConstraint(condition=Q(amount_fen__gte=0), name="refund_line_amount"),
        ]
