"""Distributors and who brought whom."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from distribution.admin.base import ReadOnlyAdmin, actor, form_page, may, yuan
from distribution.admin.forms import MoveForm, StandingForm
from distribution.models import Binding, Distributor
from distribution.queries import overview
from distribution.services import binding, standing
from mall.kernel import clock


@admin.register(Distributor)
class DistributorAdmin(ReadOnlyAdmin):
    list_display = ["code", "name", "level", "state", "joined_at", "change_state"]
    list_filter = ["state", "level", "kind"]
    search_fields = ["code", "name", "member__phone", "member__nickname"]
    ordering = ["-joined_at"]
    readonly_fields = ["estimated", "frozen", "payable", "withdrawable", "withdrawing", "paid", "debt"]

    def get_urls(self) -> list[URLPattern]:
        own = path("<int:pk>/standing/", self.admin_site.admin_view(self.standing), name="distribution_standing")
        return [own, *super().get_urls()]

    def standing(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Suspend, restore or remove."""
        return form_page(
            self,
            request,
            permission="change_distributor",
            title=_("调整分销商状态"),
            form_class=StandingForm,
            initial={},
            submit=lambda data: _stand(request, pk, data),
            back=reverse("admin:distribution_distributor_changelist"),
        )

    @admin.display(description=gettext_lazy("操作"))
    def change_state(self, obj: Distributor) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("admin:distribution_standing", args=[obj.pk]), _("调整状态"))

    @admin.display(description=gettext_lazy("预估"))
    def estimated(self, obj: Distributor) -> SafeString:
        return yuan(overview.balances(distributor_id=obj.pk).estimated)

    @admin.display(description=gettext_lazy("冻结"))
    def frozen(self, obj: Distributor) -> SafeString:
        return yuan(overview.balances(distributor_id=obj.pk).frozen)

    @admin.display(description=gettext_lazy("待发放"))
    def payable(self, obj: Distributor) -> SafeString:
        return yuan(overview.balances(distributor_id=obj.pk).payable)

    @admin.display(description=gettext_lazy("可提现"))
    def withdrawable(self, obj: Distributor) -> SafeString:
        return yuan(overview.balances(distributor_id=obj.pk).withdrawable)

    @admin.display(description=gettext_lazy("提现中"))
    def withdrawing(self, obj: Distributor) -> SafeString:
        return yuan(overview.balances(distributor_id=obj.pk).withdrawing)

    @admin.display(description=gettext_lazy("已提现"))
    def paid(self, obj: Distributor) -> SafeString:
        return yuan(overview.balances(distributor_id=obj.pk).paid)

    @admin.display(description=gettext_lazy("欠款"))
    def debt(self, obj: Distributor) -> SafeString:
        return yuan(overview.balances(distributor_id=obj.pk).debt)


def _stand(request: HttpRequest, pk: int, values: dict[str, Any]) -> str:
    standing.change(
        distributor_id=pk, state=values["state"], reason=values["reason"], actor=actor(request), at=clock.now()
    )
    return _("状态已调整")


@admin.register(Binding)
class BindingAdmin(ReadOnlyAdmin):
    list_display = ["member", "inviter", "source", "reason", "actor", "active_from", "active_to", "move"]
    list_filter = ["source"]
    list_select_related = ["member", "inviter"]
    search_fields = ["member__phone", "member__nickname", "inviter__code", "inviter__name"]
    ordering = ["-active_from"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return may(request, "add_binding")

    @admin.display(description=gettext_lazy("操作"))
    def move(self, obj: Binding) -> SafeString:
        if obj.active_to and obj.active_to <= clock.now():
            return format_html("{}", "")
        url = f"{reverse('admin:distribution_binding_add')}?member={obj.member_id}"
        return format_html('<a href="{}">{}</a>', url, _("换绑"))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Bind a member, move them to another inviter, or release them."""
        return form_page(
            self,
            request,
            permission="add_binding",
            title=_("换绑邀请人"),
            form_class=MoveForm,
            initial={"member": request.GET.get("member", "")},
            submit=lambda data: _move(request, data),
            back=reverse("admin:distribution_binding_changelist"),
        )


def _move(request: HttpRequest, values: dict[str, Any]) -> str:
    binding.move(
        member_id=values["member"],
        code=values["code"],
        reason=values["reason"],
        actor=actor(request),
        at=clock.now(),
    )
    return _("邀请关系已更新，只影响此后下的订单")
