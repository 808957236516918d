"""Carriers and freight rules to set up, parcels to look at."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from logistics.models import Carrier, FreightRule, Parcel, Trace
from mall.kernel import money
from mall.kernel.forms import YuanField

NOT_DELIVERED = "不配送"
_FIELDS = ("first_fee_fen", "further_fee_fen", "free_over_fen")


class ProvincesField(forms.CharField):
    """Exceptions, one province a line: "西藏自治区 20 10 0" (first, further, free from, in yuan) or "台湾省 不配送"."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """Stored exceptions as lines; what the user typed stays as typed."""
        if not isinstance(value, dict):
            return value
        return "\n".join(
            f"{name} {NOT_DELIVERED if fees is None else ' '.join(money.yuan(fees.get(f, 0)) for f in _FIELDS)}"
            for name, fees in value.items()
        )

    def to_python(self, value: Any) -> Any:
        """Lines as exceptions by province."""
        found: dict[str, dict[str, int] | None] = {}
        for line in str(value or "").splitlines():
            words = line.split()
            if not words:
                continue
            try:
                found[words[0]] = None if words[1:] == [NOT_DELIVERED] else _fees(words[1:])
            except ValueError as error:
                raise forms.ValidationError(_("看不懂这一行：%(line)s") % {"line": line}) from error
        return found


def _fees(words: list[str]) -> dict[str, int]:
    fees = dict(zip(_FIELDS, map(money.parse_yuan, words), strict=True))
    if min(fees.values()) < 0:
        raise ValueError("negative fee")
    return fees


class FreightRuleForm(forms.ModelForm):
    """A freight rule in yuan."""

    first_fee_fen = YuanField(label=_("首重运费（元）"), widget=UnfoldAdminTextInputWidget)
    further_fee_fen = YuanField(label=_("续重运费（元）"), widget=UnfoldAdminTextInputWidget)
    free_over_fen = YuanField(
        label=_("满额包邮（元）"),
        widget=UnfoldAdminTextInputWidget,
        help_text=_("按优惠后的商品金额计算，0 表示不包邮"),
    )
    provinces = ProvincesField(
        label=_("地区例外"),
        required=False,
        help_text=_("每行一个省份：“西藏自治区 20 10 0”依次是首重、续重、满额包邮（元）；“台湾省 不配送”表示不配送"),
    )

    class Meta:
        model = FreightRule
        fields = (
            "name",
            "first_weight_g",
            "first_fee_fen",
            "further_weight_g",
            "further_fee_fen",
            "free_over_fen",
            "provinces",
            "is_default",
        )


@admin.register(FreightRule)
class FreightRuleAdmin(ModelAdmin):
    form = FreightRuleForm
    list_display = ("name", "first_fee", "further_fee", "free_over", "is_default")

    @display(description=_("首重"))
    def first_fee(self, row: FreightRule) -> str:
        return f"{row.first_weight_g} g ¥{money.yuan(row.first_fee_fen)}"

    @display(description=_("续重"))
    def further_fee(self, row: FreightRule) -> str:
        return f"{row.further_weight_g} g ¥{money.yuan(row.further_fee_fen)}"

    @display(description=_("满额包邮"))
    def free_over(self, row: FreightRule) -> str:
        return f"¥{money.yuan(row.free_over_fen)}" if row.free_over_fen else str(_("不包邮"))


@admin.register(Carrier)
class CarrierAdmin(ModelAdmin):
    list_display = ("name", "code", "kd100_code", "kdniao_code", "phone", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "code", "kd100_code")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The code is the identity: parcels refer to it."""
        return ("code",) if obj else ()


class TraceInline(TabularInline):
    """The scans, newest first."""

    model = Trace
    fields = ("at", "text", "state")
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Parcel)
class ParcelAdmin(ModelAdmin):
    """Parcels with their traces. The carrier writes them."""

    list_display = ("tracking_no", "carrier", "order_no", "state_label", "shipped_at", "signed_at")
    list_filter = (("state", ChoicesDropdownFilter), "carrier", ("shipped_at", RangeDateTimeFilter))
    list_filter_submit = True
    list_select_related = ("carrier",)
    search_fields = ("tracking_no", "order_no", "no")
    search_help_text = _("运单号、订单号或包裹号")
    fields = ("no", "order_no", "carrier", "tracking_no", "state", "goods", "shipped_at", "subscribed_at", "signed_at")
    readonly_fields = ("goods",)
    inlines = (TraceInline,)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(
        description=_("状态"),
        ordering="state",
        label={"signed": "success", "problem": "danger", "refused": "danger", "returned": "danger"},
    )
    def state_label(self, row: Parcel) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("内容"))
    def goods(self, row: Parcel) -> str:
        return "、".join(f"{part['name']} ×{part['quantity']}" for part in row.contents)
