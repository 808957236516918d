"""Forms over the services of distribution. Percentages and yuan are typed as text and read exactly."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from distribution.models import Distributor, Programme


def _text(label: Any, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, required=required, help_text=help_text, max_length=40, widget=UnfoldAdminTextInputWidget()
    )


def _number(label: Any, least: int, most: int, help_text: Any = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=least, max_value=most, help_text=help_text, widget=UnfoldAdminIntegerFieldWidget()
    )


def _choice(label: Any, choices: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=UnfoldAdminSelectWidget())


def _reason(label: Any, length: int) -> forms.CharField:
    return forms.CharField(label=label, max_length=length, widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}))


class ProgrammeForm(forms.Form):
    """A new version of the rules."""

    tiers = _number(_("级数"), 1, 3, _("新店建议两级；三级须确认下方的合规提示"))
    rates = _text(_("各级比例（%）"), help_text=_("用空格分隔，最多四位小数，如 20 10 5"))
    basis = _choice(_("计佣基数"), Programme.Basis.choices)
    self_purchase = _choice(_("自购"), Programme.SelfPurchase.choices)
    missing_tier = _choice(_("缺级处理"), Programme.MissingTier.choices)
    cap_percent = _text(_("佣金封顶（%）"), help_text=_("各级合计不超过计佣基数的这个比例，超出时同比例缩减"))
    cooling_days = _number(_("冷静期（天）"), 0, 90, _("从签收起算；售后未处理完时顺延"))
    cycle = _choice(_("结算周期"), Programme.Cycle.choices)
    pay_day = _number(_("发放日"), 0, 28, _("周结填 1–7（周一至周日），月结填 1–28，日结不用"))
    binding_mode = _choice(_("绑定方式"), Programme.BindingMode.choices)
    binding_days = _number(_("绑定天数"), 0, 3650, _("固定天数：多久后失效；最后一次为准：多久内不可被覆盖"))
    withdrawal_minimum = _text(_("最低提现（元）"))
    withdrawal_maximum = _text(_("最高提现（元）"))
    withdrawal_per_day = _number(_("每日提现次数"), 1, 100)
    withdrawal_fee_percent = _text(_("提现手续费（%）"))
    withdrawal_fee_floor = _text(_("手续费下限（元）"))
    withdrawal_fee_cap = _text(_("手续费上限（元）"), help_text=_("0 表示不设上限"))
    acknowledged = forms.BooleanField(
        label=_("我已阅读并确认第三级分销的合规风险提示"), required=False, widget=UnfoldBooleanWidget()
    )
    reason = _reason(_("变更说明"), 200)

    def to_body(self) -> dict[str, Any]:
        """The public shape of the programme."""
        data = self.cleaned_data
        plain = ("tiers", "basis", "self_purchase", "missing_tier", "cap_percent", "cooling_days", "cycle", "pay_day")
        limits = ("minimum", "maximum", "per_day", "fee_percent", "fee_floor", "fee_cap")
        return {
            **{name: data[name] for name in plain},
            "rates": data["rates"].split(),
            "withdrawal": {name: data[f"withdrawal_{name}"] for name in limits},
        }


class ProductRateForm(forms.Form):
    """A product's own rates."""

    product = _number(_("商品编号"), 1, 2**62)
    rates = _text(_("各级比例（%）"), required=False, help_text=_("用空格分隔；留空表示该商品不计佣"))
    follow = forms.BooleanField(label=_("取消单独设置，改回统一规则"), required=False, widget=UnfoldBooleanWidget())
    reason = _reason(_("说明"), 120)


class MoveForm(forms.Form):
    """Another inviter for a member."""

    member = _number(_("会员编号"), 1, 2**62)
    code = _text(_("新邀请人推广码"), required=False, help_text=_("留空表示解除邀请关系；已下单的订单不受影响"))
    reason = _reason(_("换绑原因"), 120)


class StandingForm(forms.Form):
    """Suspend, restore or remove a distributor."""

    state = _choice(_("状态"), Distributor.State.choices)
    reason = _reason(_("原因"), 120)
