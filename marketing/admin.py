"""Offers in the back office: amounts are typed in yuan and kept in fen."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from mall.kernel import money
from mall.kernel.forms import YuanField
from marketing.models import Coupon, FullReduction, MemberCoupon


class StepsField(forms.CharField):
    """满减 steps, one a line: "200 20" is ¥20 off from ¥200. Cleans to ascending {"threshold_fen", "off_fen"}."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """Stored steps as lines; what the user typed stays as typed."""
        if not isinstance(value, list):
            return value
        return "\n".join(f"{money.yuan(s['threshold_fen'])} {money.yuan(s['off_fen'])}" for s in value)

    def to_python(self, value: Any) -> Any:
        """Lines as steps."""
        lines = [line.split() for line in str(value or "").splitlines() if line.strip()]
        try:
            steps = [(money.parse_yuan(threshold), money.parse_yuan(off)) for threshold, off in lines]
        except ValueError as error:
            raise forms.ValidationError(_("每行写“满额 减额”，例如 200 20")) from error
        if any(not 0 < off <= threshold for threshold, off in steps) or len({t for t, _off in steps}) != len(steps):
            raise forms.ValidationError(_("减额要大于 0 且不超过满额，满额不能重复"))
        return [{"threshold_fen": threshold, "off_fen": off} for threshold, off in sorted(steps)]


class FullReductionForm(forms.ModelForm):
    """A reduction with its steps as lines."""

    steps = StepsField(label=_("阶梯"), help_text=_("每行写“满额 减额”（元），例如 200 20 表示满 200 减 20"))

    class Meta:
        model = FullReduction
        fields = ("name", "steps", "starts_at", "ends_at", "is_active")


class CouponForm(forms.ModelForm):
    """A coupon in yuan."""

    amount_fen = YuanField(label=_("面额（元）"), min_fen=1, widget=UnfoldAdminTextInputWidget)
    threshold_fen = YuanField(label=_("使用门槛（元）"), widget=UnfoldAdminTextInputWidget, help_text=_("0 表示无门槛"))

    class Meta:
        model = Coupon
        fields = (
            "name",
            "amount_fen",
            "threshold_fen",
            "total",
            "per_member",
            "starts_at",
            "ends_at",
            "valid_days",
            "is_active",
        )

    def clean_total(self) -> int:
        """What was claimed cannot be taken off the number issued."""
        total: int = self.cleaned_data["total"]
        if total < self.instance.claimed_count:
            raise forms.ValidationError(_("不能少于已领取的 %(n)s 张") % {"n": self.instance.claimed_count})
        return total


@admin.register(FullReduction)
class FullReductionAdmin(ModelAdmin):
    form = FullReductionForm
    list_display = ("name", "summary", "starts_at", "ends_at", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)

    @display(description=_("阶梯"))
    def summary(self, row: FullReduction) -> str:
        return "；".join(f"满 {money.yuan(s['threshold_fen'])} 减 {money.yuan(s['off_fen'])}" for s in row.steps)


@admin.register(Coupon)
class CouponAdmin(ModelAdmin):
    form = CouponForm
    list_display = ("name", "amount", "threshold", "issued", "starts_at", "ends_at", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name",)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Claimed coupons refer to their offer: it is switched off, never deleted."""
        return super().has_delete_permission(request, obj) and not (obj and obj.claimed_count)

    @display(description=_("面额"), ordering="amount_fen")
    def amount(self, row: Coupon) -> str:
        return f"¥{money.yuan(row.amount_fen)}"

    @display(description=_("门槛"), ordering="threshold_fen")
    def threshold(self, row: Coupon) -> str:
        return f"¥{money.yuan(row.threshold_fen)}" if row.threshold_fen else str(_("无门槛"))

    @display(description=_("已领 / 总量"))
    def issued(self, row: Coupon) -> str:
        return f"{row.claimed_count} / {row.total}"


@admin.register(MemberCoupon)
class MemberCouponAdmin(ModelAdmin):
    """Who holds what; only claiming and orders change it."""

    list_display = ("coupon", "member", "state", "order_no", "claimed_at", "expires_at")
    list_filter = (("state", ChoicesDropdownFilter),)
    list_filter_submit = True
    list_select_related = ("coupon", "member")
    search_fields = ("member__phone", "order_no", "coupon__name")
    search_help_text = _("手机号、订单号或优惠券名称")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
