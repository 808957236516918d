"""Commissions, and why each is what it is."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import RangeDateTimeFilter

from distribution.admin.base import ReadOnlyAdmin, may, yuan
from distribution.models import Account, Commission
from distribution.queries import explanation
from mall.kernel import money
from mall.kernel.errors import NotFound


@admin.register(Commission)
class CommissionAdmin(ReadOnlyAdmin):
    list_display = [
        "order_no",
        "distributor",
        "tier",
        "base",
        "amount",
        "reversed",
        "net",
        "state",
        "earned_at",
        "explain",
    ]
    list_filter = ["state", "tier", ("earned_at", RangeDateTimeFilter)]
    list_filter_submit = True
    list_select_related = ["distributor"]
    search_fields = ["=order_no", "distributor__code", "distributor__name"]
    ordering = ["-pk"]

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "explain/<str:order_no>/", self.admin_site.admin_view(self.explanation), name="distribution_explanation"
        )
        return [own, *super().get_urls()]

    def explanation(self, request: HttpRequest, order_no: str) -> HttpResponse:
        """All tiers of an order, recomputed from its snapshot."""
        if not may(request, "view_commission"):
            raise PermissionDenied
        try:
            tiers = explanation.explain_order(order_no=order_no)
        except NotFound as error:
            raise Http404 from error
        states, accounts = dict(Commission.State.choices), dict(Account.Bucket.choices)
        context = {
            **self.admin_site.each_context(request),
            "title": _("佣金解释：订单 %(no)s") % {"no": order_no},
            "opts": self.model._meta,
            "agrees": all(tier.agrees for tier in tiers),
            "tiers": [
                {
                    "tier": tier,
                    "amount": money.yuan(tier.amount_fen),
                    "reversed": money.yuan(tier.reversed_fen),
                    "net": money.yuan(tier.net_fen),
                    "ledger": [
                        (journal["key"], [(accounts[e["account"]], e["amount"]) for e in journal["entries"]])
                        for journal in tier.ledger
                    ],
                    "state": states.get(tier.state, _("待付款") if tier.state == explanation.PENDING else _("无佣金")),
                }
                for tier in tiers
            ],
        }
        return TemplateResponse(request, "admin/distribution/explanation.html", context)

    @admin.display(description=gettext_lazy("基数"), ordering="base_fen")
    def base(self, obj: Commission) -> SafeString:
        return yuan(obj.base_fen)

    @admin.display(description=gettext_lazy("佣金"), ordering="amount_fen")
    def amount(self, obj: Commission) -> SafeString:
        return yuan(obj.amount_fen)

    @admin.display(description=gettext_lazy("已撤销"), ordering="reversed_fen")
    def reversed(self, obj: Commission) -> SafeString:
        return yuan(obj.reversed_fen)

    @admin.display(description=gettext_lazy("净额"))
    def net(self, obj: Commission) -> SafeString:
        return yuan(obj.net_fen)

    @admin.display(description=gettext_lazy("操作"))
    def explain(self, obj: Commission) -> SafeString:
        url = reverse("admin:distribution_explanation", args=[obj.order_no])
        return format_html('<a href="{}">{}</a>', url, _("解释"))
