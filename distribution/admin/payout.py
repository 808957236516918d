"""Applications, settlement and withdrawals: lists to read, and forms over the services for the few decisions."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from distribution.admin.base import ReadOnlyAdmin, actor, form_page, may, yuan
from distribution.models import (
    Application,
    Programme,
    SettlementRun,
    Statement,
    StatementLine,
    TeamNode,
    Withdrawal,
    WithdrawalLog,
)
from distribution.services import applications, settlement, withdrawal
from mall.kernel import clock, money

APPROVE, REFUSE = "approve", "refuse"
Money = Callable[[Any, Any], SafeString]


class ReviewForm(forms.Form):
    """Yes or no, and why not."""

    decision = forms.ChoiceField(
        label=gettext_lazy("审核结果"),
        choices=[(APPROVE, gettext_lazy("通过")), (REFUSE, gettext_lazy("不通过"))],
        widget=UnfoldAdminSelectWidget(),
    )
    reason = forms.CharField(
        label=gettext_lazy("原因"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("不通过时必填，申请人会看到"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class SettleForm(forms.Form):
    """Which cycle to settle up to its last end."""

    cycle = forms.ChoiceField(
        label=gettext_lazy("结算周期"), choices=Programme.Cycle.choices, widget=UnfoldAdminSelectWidget()
    )


def _fen(field: str, label: Any) -> Money:
    """A column in yuan."""

    @admin.display(description=label, ordering=field)
    def column(self: Any, obj: Any) -> SafeString:
        return yuan(getattr(obj, field))

    return column


class ReviewedAdmin(ReadOnlyAdmin):
    """A list whose open rows link to a review."""

    waiting = ""

    def get_urls(self) -> list[URLPattern]:
        name = f"distribution_{self.model._meta.model_name}_review"
        return [path("<int:pk>/review/", self.admin_site.admin_view(self.review), name=name), *super().get_urls()]

    @admin.display(description=gettext_lazy("操作"))
    def action(self, obj: Any) -> SafeString:
        if obj.state != self.waiting:
            return format_html("{}", "—")
        name = f"admin:distribution_{self.model._meta.model_name}_review"
        return format_html('<a href="{}">{}</a>', reverse(name, args=[obj.pk]), _("审核"))

    def review(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve or refuse."""
        name = self.model._meta.model_name
        return form_page(
            self,
            request,
            permission=f"change_{name}",
            title=_("审核"),
            form_class=ReviewForm,
            initial={},
            submit=lambda data: self.decide(request, pk, data),
            back=reverse(f"admin:distribution_{name}_changelist"),
        )

    def decide(self, request: HttpRequest, pk: int, data: dict[str, Any]) -> str:
        """Call the service; the message to show."""
        raise NotImplementedError


@admin.register(Application)
class ApplicationAdmin(ReviewedAdmin):
    waiting = Application.State.SUBMITTED
    list_display = ["name", "kind", "phone", "referral_code", "state", "submitted_at", "action"]
    list_filter = ["state", "kind"]
    search_fields = ["name", "phone", "member__nickname"]
    ordering = ["-submitted_at"]

    def decide(self, request: HttpRequest, pk: int, data: dict[str, Any]) -> str:
        if data["decision"] == APPROVE:
            person = applications.approve(application_id=pk, by=actor(request), at=clock.now())
            return _("已通过，推广码 %(code)s") % {"code": person.code}
        applications.reject(application_id=pk, reason=data["reason"], by=actor(request), at=clock.now())
        return _("已驳回")


class WithdrawalLogInline(TabularInline):
    model = WithdrawalLog
    extra = 0
    can_delete = False
    fields = readonly_fields = ["from_state", "to_state", "actor", "note", "at"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Withdrawal)
class WithdrawalAdmin(ReviewedAdmin):
    waiting = Withdrawal.State.REQUESTED
    list_display = ["no", "distributor", "amount", "fee", "net", "channel", "state", "requested_at", "action"]
    list_filter = ["state", "channel"]
    list_select_related = ["distributor"]
    search_fields = ["no", "distributor__code", "distributor__name", "transfer_no"]
    ordering = ["-requested_at"]
    inlines = [WithdrawalLogInline]
    amount = _fen("amount_fen", gettext_lazy("申请金额"))
    fee = _fen("fee_fen", gettext_lazy("手续费"))
    net = _fen("net_fen", gettext_lazy("实到"))

    def decide(self, request: HttpRequest, pk: int, data: dict[str, Any]) -> str:
        no = Withdrawal.objects.values_list("no", flat=True).filter(pk=pk).first() or ""
        if data["decision"] == APPROVE:
            view = withdrawal.approve(withdrawal_no=no, by=actor(request), at=clock.now())
            return _("已通过，¥%(net)s 正在打款") % {"net": money.yuan(view.net_fen)}
        withdrawal.refuse(withdrawal_no=no, reason=data["reason"], by=actor(request), at=clock.now())
        return _("已退回余额")


@admin.register(SettlementRun)
class SettlementRunAdmin(ReadOnlyAdmin):
    list_display = [
        "no",
        "cycle",
        "period_end",
        "pay_on",
        "state",
        "statement_count",
        "commission",
        "reversal",
        "short",
    ]
    list_filter = ["state", "cycle"]
    search_fields = ["no"]
    ordering = ["-pk"]
    commission = _fen("commission_fen", gettext_lazy("佣金"))
    reversal = _fen("reversal_fen", gettext_lazy("扣回"))

    @admin.display(description=gettext_lazy("摘要"))
    def short(self, obj: SettlementRun) -> str:
        return obj.digest[:16]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, "add_settlementrun")

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Settle the periods that have ended and credit what is due."""
        return form_page(
            self,
            request,
            permission="add_settlementrun",
            title=_("执行结算"),
            form_class=SettleForm,
            initial={},
            submit=lambda data: _settle(request, data["cycle"]),
            back=reverse("admin:distribution_settlementrun_changelist"),
        )


def _settle(request: HttpRequest, cycle: str) -> str:
    at = clock.now()
    run = settlement.settle(cycle=cycle, by=actor(request), at=at)
    paid = settlement.pay_out_due(at=at)
    return _("批次 %(no)s：%(count)s 人，¥%(sum)s；发放 %(paid)s 张结算单") % {
        "no": run.no,
        "count": run.statement_count,
        "sum": money.yuan(run.commission_fen),
        "paid": paid,
    }


class StatementLineInline(TabularInline):
    model = StatementLine
    extra = 0
    can_delete = False
    fields = readonly_fields = ["kind", "ref", "amount"]
    amount = _fen("amount_fen", gettext_lazy("金额"))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Statement)
class StatementAdmin(ReadOnlyAdmin):
    list_display = ["run", "distributor", "opening", "commission", "reversal", "withdrawn", "closing", "paid_at"]
    list_filter = ["run__cycle"]
    list_select_related = ["run", "distributor"]
    search_fields = ["run__no", "distributor__code", "distributor__name"]
    ordering = ["-pk"]
    inlines = [StatementLineInline]
    opening = _fen("opening_fen", gettext_lazy("期初"))
    commission = _fen("commission_fen", gettext_lazy("佣金"))
    reversal = _fen("reversal_fen", gettext_lazy("扣回"))
    withdrawn = _fen("withdrawal_fen", gettext_lazy("提现"))
    closing = _fen("closing_fen", gettext_lazy("期末"))


@admin.register(TeamNode)
class TeamNodeAdmin(ReadOnlyAdmin):
    """The tree, in its order; the indent is the level."""

    list_display = ["who", "level", "below"]
    list_select_related = ["distributor"]
    search_fields = ["distributor__code", "distributor__name"]
    ordering = ["tree_id", "lft"]

    @admin.display(description=gettext_lazy("分销商"))
    def who(self, obj: TeamNode) -> SafeString:
        return format_html('<span style="padding-inline-start: {}em">{}</span>', min(obj.level, 20), obj.distributor)

    @admin.display(description=gettext_lazy("下级人数"))
    def below(self, obj: TeamNode) -> int:
        return int(obj.rght - obj.lft - 1) // 2
