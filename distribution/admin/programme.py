"""The rules: their history, and publishing a new version."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from distribution.admin.base import ReadOnlyAdmin, actor, form_page, may
from distribution.admin.forms import ProductRateForm, ProgrammeForm
from distribution.models import ProductRate, Programme
from distribution.queries import programme as programmes
from distribution.services import programme
from mall.kernel import clock, money

RISK = gettext_lazy(
    "第三级分销的合规风险：《禁止传销条例》把以发展人员数量为依据计酬、收取入门费、多层级团队计酬列为传销。"
    "本系统只按真实成交且未退款的商品计佣，最多三级，加入免费，绝不为拉人付费；微信等渠道可能要求不超过两级。"
    "勾选即表示商家已了解上述风险并自行承担合规责任，确认人与时间会被永久记录。"
)


def _rates(rates_ppm: list[int]) -> str:
    return " / ".join(f"{money.percent(rate)}%" for rate in rates_ppm) or _("不计佣")


@admin.register(Programme)
class ProgrammeAdmin(ReadOnlyAdmin):
    list_display = [
        "version",
        "rates",
        "basis",
        "cap",
        "cooling_days",
        "cycle",
        "reason",
        "published_by",
        "active_from",
        "active_to",
    ]
    ordering = ["-version"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, "add_programme")

    @admin.display(description=gettext_lazy("各级比例"))
    def rates(self, obj: Programme) -> str:
        return _rates(obj.rates_ppm)

    @admin.display(description=gettext_lazy("封顶"))
    def cap(self, obj: Programme) -> str:
        return f"{money.percent(obj.cap_ppm)}%"

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Publish a new version, starting from the one in force."""
        current = programmes.current()
        shown = programmes.to_api(current)
        limits = {f"withdrawal_{name}": value for name, value in shown.pop("withdrawal").items()}
        binding = {"binding_mode": current.binding_mode, "binding_days": current.binding_days}
        return form_page(
            self,
            request,
            permission="add_programme",
            title=_("发布新版本（现行 v%(version)s）") % {"version": current.version},
            form_class=ProgrammeForm,
            initial={**shown, **limits, **binding, "rates": " ".join(shown["rates"])},
            submit=lambda data: _publish(request, data),
            back=reverse("admin:distribution_programme_changelist"),
            extra={"warning": RISK, "acknowledged": current},
        )


def _publish(request: HttpRequest, values: dict[str, Any]) -> str:
    form = ProgrammeForm()
    form.cleaned_data = values
    data = programme.from_api(form.to_body(), binding_mode=values["binding_mode"], binding_days=values["binding_days"])
    who = actor(request)
    version = programme.publish(
        data=programme.acknowledged(data, by=who) if values["acknowledged"] else data,
        reason=values["reason"],
        by=who,
        at=clock.now(),
    )
    return _("已发布 v%(version)s，此后下的订单按新规则计佣") % {"version": version.version}


@admin.register(ProductRate)
class ProductRateAdmin(ReadOnlyAdmin):
    list_display = ["product", "rates", "reason", "published_by", "active_from", "active_to"]
    list_select_related = ["product"]
    search_fields = ["product__name"]
    ordering = ["-active_from"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, "add_productrate")

    @admin.display(description=gettext_lazy("各级比例"))
    def rates(self, obj: ProductRate) -> str:
        return _rates(obj.rates_ppm)

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Give a product rates of its own, or take them away."""
        return form_page(
            self,
            request,
            permission="add_productrate",
            title=_("设置商品佣金"),
            form_class=ProductRateForm,
            initial={"product": request.GET.get("product", "")},
            submit=lambda data: _publish_rate(request, data),
            back=reverse("admin:distribution_productrate_changelist"),
        )


def _publish_rate(request: HttpRequest, values: dict[str, Any]) -> str:
    programme.publish_product_rate(
        product_id=values["product"],
        rates_ppm=None if values["follow"] else programme.parse_rates(values["rates"].split()),
        reason=values["reason"],
        by=actor(request),
        at=clock.now(),
    )
    return _("商品佣金已更新，此后下的订单按新比例计佣")
