"""The after-sale desk: agree, refuse, take goods back."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextInputWidget

from mall.kernel import clock, money
from orders.admin.base import Desk, ReasonForm, actor, dialog, sees_amounts, yuan
from orders.models import Refund
from orders.services import refunds
from orders.states import RefundState

STATE_COLOURS = {
    RefundState.APPLIED.value: "warning",
    RefundState.APPROVED.value: "info",
    RefundState.RETURNING.value: "info",
    RefundState.REFUNDING.value: "primary",
    RefundState.REFUNDED.value: "success",
    RefundState.REJECTED.value: "danger",
    RefundState.CANCELLED.value: "danger",
}


class AgreeForm(BaseDialogForm):
    """How much goes back; empty means all that was asked for."""

    amount = forms.CharField(
        label=_("退款金额（元）"),
        required=False,
        max_length=14,
        help_text=_("留空则按申请金额退款；可以填更小的金额"),
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"}),
    )

    def clean_amount(self) -> int | None:
        """Fen, or None when left empty."""
        typed = self.cleaned_data["amount"].strip()
        try:
            return money.parse_yuan(typed) if typed else None
        except ValueError as error:
            raise forms.ValidationError(_("请输入金额，最多两位小数，例如 12.30")) from error


@admin.register(Refund)
class RefundAdmin(Desk):
    list_display = ("no", "order_link", "kind", "amount", "state_label", "reason", "applied_at")
    list_filter = (
        ("state", ChoicesDropdownFilter),
        "kind",
        ("applied_at", RangeDateTimeFilter),
        ("refunded_at", RangeDateTimeFilter),
    )
    search_fields = ("no", "order__no", "order__recipient_phone", "return_tracking_no")
    search_help_text = _("售后单号、订单号、手机号或退货单号")
    list_select_related = ("order",)
    exclude = ("order", "amount_fen", "freight_fen", "state", "photos")
    readonly_fields = ("order_link", "state_label", "amount", "freight", "goods", "pictures")
    actions_detail = ("agree", "goods_received", "refuse")
    amounts = ("amount", "freight", "goods")
    offered = {
        "agree": (RefundState.APPLIED,),
        "goods_received": (RefundState.APPROVED, RefundState.RETURNING),
        "refuse": (RefundState.APPLIED, RefundState.RETURNING),
    }

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The money of a refund only for those who may see amounts."""
        fields = super().get_readonly_fields(request, obj)
        if sees_amounts(request):
            return fields
        return [*(field for field in fields if field not in self.amounts), "parts"]

    @display(description=_("订单"), ordering="order")
    def order_link(self, row: Refund) -> Any:
        return format_html(
            '<a href="{}">{}</a>', reverse("admin:orders_order_change", args=[row.order_id]), row.order.no
        )

    @display(description=_("退款金额"), ordering="amount_fen")
    def amount(self, row: Refund) -> str:
        return yuan(row.amount_fen)

    @display(description=_("其中运费"))
    def freight(self, row: Refund) -> str:
        return yuan(row.freight_fen)

    @display(description=_("状态"), ordering="state", label=STATE_COLOURS)
    def state_label(self, row: Refund) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("商品"))
    def goods(self, row: Refund) -> Any:
        parts = row.lines.select_related("line").order_by("line__position")
        return format_html_join(
            "", "<div>{} ×{} {}</div>", ((p.line.name, p.quantity, yuan(p.amount_fen)) for p in parts)
        )

    @display(description=_("商品"))
    def parts(self, row: Refund) -> Any:
        """The goods for those who pack: no amounts."""
        lines = row.lines.select_related("line").order_by("line__position")
        return format_html_join("", "<div>{} ×{}</div>", ((part.line.name, part.quantity) for part in lines))

    @display(description=_("凭证"))
    def pictures(self, row: Refund) -> Any:
        return format_html_join(" ", '<a href="{0}">{0}</a>', ((url,) for url in row.photos)) or "—"

    @action(
        description=_("同意"),
        permissions=["act"],
        icon="check",
        variant=ActionVariant.PRIMARY,
        dialog=dialog(_("同意售后"), _("仅退款会立即原路退回；退货退款在收到商品后退回。不能撤销。"), AgreeForm),
    )
    def agree(self, request: HttpRequest, form: AgreeForm, object_id: str) -> HttpResponse:
        def work(refund: Refund) -> None:
            refunds.approve(
                refund_no=refund.no,
                amount_fen=form.cleaned_data["amount"],
                actor=actor(request),
                at=clock.now(),
            )

        return self.run(request, object_id, work, _("已同意售后"))

    @action(
        description=_("确认收货"),
        permissions=["act"],
        icon="inventory",
        variant=ActionVariant.PRIMARY,
        dialog=dialog(_("确认收到退货"), _("确认后立即原路退款，商品重新入库。不能撤销。")),
    )
    def goods_received(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        def work(refund: Refund) -> None:
            refunds.received(refund_no=refund.no, actor=actor(request), at=clock.now())

        return self.run(request, object_id, work, _("已确认收货，退款处理中"))

    @action(
        description=_("拒绝"),
        permissions=["act"],
        icon="block",
        variant=ActionVariant.DANGER,
        dialog=dialog(_("拒绝售后"), _("买家会看到原因，可以重新申请。"), ReasonForm),
    )
    def refuse(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        def work(refund: Refund) -> None:
            refunds.reject(
                refund_no=refund.no, reason=form.cleaned_data["reason"], actor=actor(request), at=clock.now()
            )

        return self.run(request, object_id, work, _("已拒绝售后"))
