"""The books of payments: everything can be read, nothing can be rewritten; what a person may do is an action."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from mall.kernel import clock, money
from mall.kernel.errors import DomainError
from payments.models import Payment, ProviderNotice, ProviderRefund, Transfer, UnmatchedPayment, Wallet, WalletEntry
from payments.services import collect, refunds, unmatched

GOOD, BUSY, BAD, CALM = "success", "warning", "danger", "info"
STATE_COLOURS = {
    "succeeded": GOOD,
    "applied": GOOD,
    "pending": BUSY,
    "requested": BUSY,
    "sent": BUSY,
    "awaiting_user": BUSY,
    "unknown": BAD,
    "failed": BAD,
    "abnormal": BAD,
    "rejected": BAD,
    "mismatch": BAD,
    "unmatched": BAD,
    "closed": CALM,
    "repeated": CALM,
}


class ReasonForm(BaseDialogForm):
    """Why, or what was done: it is kept with the row."""

    reason = forms.CharField(
        label=_("处理说明"), min_length=2, max_length=160, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3})
    )


def _confirm(title: Any, description: Any, form_class: type[BaseDialogForm] = BaseDialogForm) -> Any:
    return {"title": title, "description": description, "form_class": form_class, "form_submit_text": _("确定")}


def _yuan(fen: int) -> str:
    return f"¥{money.yuan(fen)}"


class Ledger(ModelAdmin):
    """Rows to read. Changes happen in services, through the actions."""

    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Actions ask for the change permission. Named here, not dotted: unfold looks dotted ones up before migrations."""
        return request.user.has_perm(f"payments.change_{self.opts.model_name}")

    def run(self, request: HttpRequest, object_id: str, work: Callable[[Any], object], done: Any) -> HttpResponse:
        """Do `work` on the row, tell how it went, keep it in the staff log, and come back to the row."""
        row = get_object_or_404(self.model, pk=object_id)
        try:
            work(row)
        except DomainError as refused:
            messages.error(request, refused.detail)
        else:
            messages.success(request, str(done))
            self.log_change(request, row, str(done))
        here = reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[object_id])
        if request.headers.get("HX-Request"):
            return HttpResponse(headers={"HX-Redirect": here})
        return redirect(here)


def _actor(request: HttpRequest) -> str:
    return f"staff:{request.user.get_username()}"


@admin.register(Payment)
class PaymentAdmin(Ledger):
    list_display = ("no", "ref", "member", "method", "amount", "refunded", "state_label", "is_surplus", "created_at")
    list_filter = ("state", "method", "is_surplus", ("created_at", RangeDateTimeFilter))
    search_fields = ("no", "ref", "provider_txn", "member__phone")
    list_select_related = ("member",)
    exclude = ("action", "amount_fen", "refunding_fen", "refunded_fen")
    readonly_fields = ("amount", "refunding", "refunded")
    actions_detail = ("ask_provider",)

    @display(description=_("金额"), ordering="amount_fen")
    def amount(self, row: Payment) -> str:
        return _yuan(row.amount_fen)

    @display(description=_("退款中"))
    def refunding(self, row: Payment) -> str:
        return _yuan(row.refunding_fen)

    @display(description=_("已退"), ordering="refunded_fen")
    def refunded(self, row: Payment) -> str:
        return _yuan(row.refunded_fen) if row.refunded_fen else "—"

    @display(description=_("状态"), ordering="state", label=STATE_COLOURS)
    def state_label(self, row: Payment) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @action(
        description=_("查询渠道"),
        permissions=["act"],
        icon="sync",
        dialog=_confirm(_("向支付渠道查询这笔支付？"), _("渠道显示已支付时会立即入账。")),
    )
    def ask_provider(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        def work(row: Payment) -> object:
            return collect.refresh(payment_no=row.no, at=clock.now())

        return self.run(request, object_id, work, _("已按渠道的结果更新"))


@admin.register(ProviderRefund)
class ProviderRefundAdmin(Ledger):
    list_display = ("no", "ref", "payment", "amount", "state_label", "error", "attempts", "created_at", "succeeded_at")
    list_filter = ("state", ("created_at", RangeDateTimeFilter))
    search_fields = ("no", "ref", "payment__no", "payment__ref", "provider_refund_id")
    list_select_related = ("payment",)
    exclude = ("amount_fen",)
    readonly_fields = ("amount",)
    actions_detail = ("retry",)
    actions_row = ("retry",)

    @display(description=_("金额"), ordering="amount_fen")
    def amount(self, row: ProviderRefund) -> str:
        return _yuan(row.amount_fen)

    @display(description=_("状态"), ordering="state", label=STATE_COLOURS)
    def state_label(self, row: ProviderRefund) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @action(
        description=_("重试"),
        permissions=["act"],
        icon="replay",
        dialog=_confirm(_("用原退款单号重试？"), _("只有退款异常的单据可以重试；同一单号不会退两次。")),
    )
    def retry(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        def work(row: ProviderRefund) -> object:
            return refunds.retry(refund_no=row.no, actor=_actor(request), at=clock.now())

        return self.run(request, object_id, work, _("已重新提交退款"))


@admin.register(Transfer)
class TransferAdmin(Ledger):
    list_display = ("no", "ref", "member", "channel", "amount", "receiver", "state_label", "fail_reason", "created_at")
    list_filter = ("state", "channel", ("created_at", RangeDateTimeFilter))
    search_fields = ("no", "ref", "provider_no", "member__phone")
    list_select_related = ("member",)
    exclude = ("amount_fen", "account", "package_info")
    readonly_fields = ("amount", "receiver")

    @display(description=_("金额"), ordering="amount_fen")
    def amount(self, row: Transfer) -> str:
        return _yuan(row.amount_fen)

    @display(description=_("收款账户"))
    def receiver(self, row: Transfer) -> str:
        """Enough to recognise the account, too little to misuse it."""
        number = str(row.account.get("account_no") or row.account.get("openid") or "")
        name = str(row.account.get("account_name") or row.account.get("name") or "")
        shown = [name[:1] + "*" * (len(name) - 1), str(row.account.get("bank_name", "")), f"…{number[-4:]}"]
        return " ".join(part for part in shown if part) if number else "—"

    @display(description=_("状态"), ordering="state", label=STATE_COLOURS)
    def state_label(self, row: Transfer) -> tuple[str, str]:
        return row.state, row.get_state_display()


@admin.register(ProviderNotice)
class ProviderNoticeAdmin(Ledger):
    list_display = ("received_at", "provider", "kind", "ref", "outcome_label", "detail")
    list_filter = ("outcome", "provider", "kind", ("received_at", RangeDateTimeFilter))
    search_fields = ("ref",)
    ordering = ("-received_at",)

    @display(description=_("结果"), ordering="outcome", label=STATE_COLOURS)
    def outcome_label(self, row: ProviderNotice) -> tuple[str, str]:
        return row.outcome, row.get_outcome_display()


class OpenFilter(admin.SimpleListFilter):
    """The work list: what nobody has dealt with."""

    title = _("处理")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("待处理")), ("no", _("已处理"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[UnmatchedPayment]) -> QuerySet[UnmatchedPayment]:
        if self.value() is None:
            return queryset
        return queryset.filter(resolved_at__isnull=self.value() == "yes")


@admin.register(UnmatchedPayment)
class UnmatchedPaymentAdmin(Ledger):
    list_display = ("found_at", "provider", "out_no", "provider_txn", "amount", "reason", "resolved_at", "resolution")
    list_filter = (OpenFilter, "provider")
    search_fields = ("out_no", "provider_txn")
    ordering = ("-found_at",)
    exclude = ("amount_fen",)
    readonly_fields = ("amount",)
    actions_detail = ("resolve",)
    actions_row = ("resolve",)

    @display(description=_("金额"), ordering="amount_fen")
    def amount(self, row: UnmatchedPayment) -> str:
        return _yuan(row.amount_fen)

    @action(
        description=_("处理"),
        permissions=["act"],
        icon="task_alt",
        dialog=_confirm(_("标记为已处理"), _("写明这笔款项怎么处理了，例如已在商户平台退回。"), ReasonForm),
    )
    def resolve(self, request: HttpRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        def work(row: UnmatchedPayment) -> object:
            return unmatched.resolve(
                unmatched_id=row.pk, resolution=form.cleaned_data["reason"], actor=_actor(request), at=clock.now()
            )

        return self.run(request, object_id, work, _("已标记为处理完毕"))


@admin.register(Wallet)
class WalletAdmin(Ledger):
    list_display = ("member", "balance")
    search_fields = ("member__phone", "member__nickname")
    list_select_related = ("member",)
    exclude = ("balance_fen",)
    readonly_fields = ("balance",)

    @display(description=_("余额"), ordering="balance_fen")
    def balance(self, row: Wallet) -> str:
        return _yuan(row.balance_fen)


@admin.register(WalletEntry)
class WalletEntryAdmin(Ledger):
    list_display = ("at", "wallet", "kind", "ref", "delta", "balance_after", "note")
    list_filter = ("kind", ("at", RangeDateTimeFilter))
    search_fields = ("ref", "wallet__member__phone")
    list_select_related = ("wallet__member",)
    ordering = ("-pk",)
    exclude = ("delta_fen", "balance_after_fen")
    readonly_fields = ("delta", "balance_after")

    @display(description=_("变动"), ordering="delta_fen")
    def delta(self, row: WalletEntry) -> str:
        return f"{'+' if row.delta_fen > 0 else '−'}{_yuan(abs(row.delta_fen))}"

    @display(description=_("结余"))
    def balance_after(self, row: WalletEntry) -> str:
        return _yuan(row.balance_after_fen)
