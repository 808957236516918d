"""The order desk: find orders, see everything about one, review, ship, call off, note."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, FieldTextFilter, RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from logistics import queries as logistics_queries
from mall.kernel import clock
from orders import queries
from orders.admin.base import Desk, ReasonForm, actor, dialog, sees_amounts, yuan
from orders.models import Order
from orders.services import cancel, fulfilment, notes, refunds
from orders.states import OrderState
from payments import queries as payment_queries

STATE_COLOURS = {
    OrderState.UNPAID.value: "warning",
    OrderState.PAID.value: "info",
    OrderState.APPROVED.value: "info",
    OrderState.SHIPPED.value: "primary",
    OrderState.SIGNED.value: "success",
    OrderState.COMPLETED.value: "success",
    OrderState.CANCELLED.value: "danger",
}


class ShipForm(BaseDialogForm):
    """How the goods leave."""

    carrier = forms.ChoiceField(label=_("物流公司"), widget=UnfoldAdminSelectWidget)
    tracking_no = forms.CharField(label=_("运单号"), max_length=40, widget=UnfoldAdminTextInputWidget)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["carrier"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 (for the type checker)
        field.choices = [(c.code, c.name) for c in logistics_queries.carriers()]


class NoteForm(BaseDialogForm):
    """A note for colleagues."""

    note = forms.CharField(label=_("备注"), max_length=200, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


@admin.register(Order)
class OrderAdmin(Desk):
    list_display = ("no", "buyer", "summary", "amount", "state_label", "placed_at")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        ("placed_at", RangeDateTimeFilter),
        ("paid_at", RangeDateTimeFilter),
        ("referral_code", FieldTextFilter),
    )
    search_fields = ("no", "recipient_phone", "member__phone", "recipient_name")
    search_help_text = _("订单号、手机号、收货人或运单号")
    list_select_related = ("member",)
    fieldsets = (
        (_("收货与渠道"), {"fields": ("recipient", "address", "remark", "channel", "referral_code", "staff_note")}),
    )
    readonly_fields = ("recipient", "address")
    change_form_before_template = "admin/orders/order_page.html"
    actions_detail = ("approve", "ship", "note", "call_off")
    offered = {
        "approve": (OrderState.PAID,),
        "ship": (OrderState.PAID, OrderState.APPROVED),
        "call_off": (OrderState.UNPAID, OrderState.PAID, OrderState.APPROVED),
    }

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        rows: QuerySet[Order] = super().get_queryset(request).prefetch_related("lines")
        return rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Order], search_term: str
    ) -> tuple[QuerySet[Order], bool]:
        """Tracking numbers belong to logistics; an exact one finds its order."""
        found, duplicates = super().get_search_results(request, queryset, search_term)
        numbers = logistics_queries.orders_with_tracking(tracking_no=search_term.strip()) if search_term else []
        if numbers:
            found = queryset.filter(Q(pk__in=found.values("pk")) | Q(no__in=numbers))
        return found, duplicates

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        order = self.get_object(request, object_id) if object_id else None
        page = _page(order.no) if order is not None and self.has_view_permission(request, order) else {}
        known = {**(extra_context or {}), **page, "sees_amounts": sees_amounts(request)}
        return super().changeform_view(request, object_id, form_url, known)

    @display(description=_("买家"), ordering="member")
    def buyer(self, row: Order) -> str:
        return str(row.member)

    @display(description=_("商品"))
    def summary(self, row: Order) -> str:
        lines = list(row.lines.all())
        first = f"{lines[0].name} ×{lines[0].quantity}" if lines else ""
        return first if len(lines) < 2 else str(_("%(first)s 等 %(n)s 种") % {"first": first, "n": len(lines)})

    @display(description=_("应付"), ordering="payable_fen")
    def amount(self, row: Order) -> str:
        return yuan(row.payable_fen)

    @display(description=_("状态"), ordering="state", label=STATE_COLOURS)
    def state_label(self, row: Order) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("收货人"))
    def recipient(self, row: Order) -> str:
        return f"{row.recipient_name} {row.recipient_phone}"

    @display(description=_("收货地址"))
    def address(self, row: Order) -> str:
        return f"{row.province}{row.city}{row.district}{row.street}"

    @action(
        description=_("审核"),
        permissions=["act"],
        icon="task_alt",
        variant=ActionVariant.PRIMARY,
        dialog=dialog(_("审核通过"), _("通过后订单进入待发货。")),
    )
    def approve(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        def work(order: Order) -> None:
            fulfilment.approve(order_no=order.no, actor=actor(request), at=clock.now())

        return self.run(request, object_id, work, _("订单已审核"))

    @action(
        description=_("发货"),
        permissions=["act"],
        icon="local_shipping",
        variant=ActionVariant.PRIMARY,
        dialog=dialog(_("发货"), _("库存随发货扣减，买家会收到通知。"), ShipForm),
    )
    def ship(self, request: HttpRequest, form: ShipForm, object_id: str) -> HttpResponse:
        def work(order: Order) -> None:
            fulfilment.ship(
                order_no=order.no,
                carrier_code=form.cleaned_data["carrier"],
                tracking_no=form.cleaned_data["tracking_no"],
                actor=actor(request),
                at=clock.now(),
            )

        return self.run(request, object_id, work, _("订单已发货"))

    @action(
        description=_("备注"),
        permissions=["act"],
        icon="edit_note",
        dialog=dialog(_("内部备注"), _("只有员工能看到。"), NoteForm),
    )
    def note(self, request: HttpRequest, form: NoteForm, object_id: str) -> HttpResponse:
        def work(order: Order) -> None:
            notes.write(order_no=order.no, note=form.cleaned_data["note"], actor=actor(request), at=clock.now())

        return self.run(request, object_id, work, _("备注已保存"))

    @action(
        description=_("取消订单"),
        permissions=["act"],
        icon="cancel",
        variant=ActionVariant.DANGER,
        dialog=dialog(_("取消订单"), _("未付款的订单直接关闭；已付款的订单全额原路退款。不能撤销。"), ReasonForm),
    )
    def call_off(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        def work(order: Order) -> None:
            facts = {"reason": form.cleaned_data["reason"], "actor": actor(request), "at": clock.now()}
            if order.state == OrderState.UNPAID:
                cancel.cancel(order_no=order.no, **facts)
            else:
                refunds.refund_whole(order_no=order.no, **facts)

        return self.run(request, object_id, work, _("订单已取消，已付款项原路退回"))


def _page(order_no: str) -> dict[str, Any]:
    """The order page's own part: everything as text, so that the template only lays it out."""
    order = queries.order_view(order_no=order_no)
    return {
        "order": order,
        "amounts": [
            (_("商品金额"), yuan(order.goods_total_fen)),
            (_("优惠"), yuan(-order.discount_total_fen)),
            (_("运费"), yuan(order.freight_fen)),
            (_("应付"), yuan(order.payable_fen)),
            (_("已退"), yuan(order.refunded_fen)),
        ],
        "order_lines": [
            {
                "line": line,
                "unit": yuan(line.unit_price_fen),
                "discount": yuan(line.discount_fen),
                "payable": yuan(line.payable_fen),
                "refunded": yuan(line.refunded_fen) if line.refunded_fen else "—",
                "rules": "、".join(f"{a.label} -{yuan(a.amount_fen)}" for a in line.adjustments),
            }
            for line in order.lines
        ],
        "order_payments": [
            {"payment": p, "amount": yuan(p.amount_fen), "refunded": yuan(p.refunded_fen)}
            for p in payment_queries.payments_of(purpose="order", ref=order_no)
        ],
        "order_refunds": [{"refund": r, "amount": yuan(r.amount_fen)} for r in order.refunds],
    }
