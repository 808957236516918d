"""The plumbing in the back office: events, what each made happen, and messages. Read-only but for one action."""

import json
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateTimeFilter
from unfold.decorators import action, display
from unfold.forms import BaseDialogForm

from mall.kernel import clock, outbox
from mall.kernel.errors import DomainError
from mall.kernel.models import Delivery, Notice, OutboxEvent

STATE_COLOURS = {"pending": "warning", "done": "success", "dead": "danger"}


class Record(ModelAdmin):
    """Rows to read."""

    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


def _pretty(value: Any) -> SafeString:
    text = json.dumps(value, ensure_ascii=False, indent=2)
    return format_html('<pre style="white-space: pre-wrap; word-break: break-all">{}</pre>', text)


@admin.register(OutboxEvent)
class OutboxEventAdmin(Record):
    list_display = ("id", "name", "aggregate", "created_at")
    list_filter = (("created_at", RangeDateTimeFilter),)
    search_fields = ("=aggregate", "=name")
    search_help_text = _("按聚合（如 order:订单号）或事件名精确查找")
    ordering = ("-id",)
    exclude = ("payload",)
    readonly_fields = ("content",)

    @display(description=_("内容"))
    def content(self, row: OutboxEvent) -> SafeString:
        return _pretty(row.payload)


@admin.register(Delivery)
class DeliveryAdmin(Record):
    list_display = ("id", "event_name", "aggregate", "subscriber", "state_label", "attempts", "due_at", "done_at")
    list_filter = (("state", ChoicesDropdownFilter), ("due_at", RangeDateTimeFilter))
    search_fields = ("=aggregate", "=subscriber")
    search_help_text = _("按聚合（如 order:订单号）或处理者精确查找")
    ordering = ("-id",)
    list_select_related = ("event",)
    fields = (
        "event_name",
        "aggregate",
        "subscriber",
        "state_label",
        "attempts",
        "due_at",
        "done_at",
        "content",
        "failure",
    )
    readonly_fields = ("event_name", "state_label", "content", "failure")
    actions_detail = ("retry",)

    @display(description=_("事件"))
    def event_name(self, row: Delivery) -> str:
        return row.event.name

    @display(description=_("状态"), ordering="state", label=STATE_COLOURS)
    def state_label(self, row: Delivery) -> tuple[str, str]:
        return row.state, row.get_state_display()

    @display(description=_("内容"))
    def content(self, row: Delivery) -> SafeString:
        return _pretty(row.event.payload)

    @display(description=_("错误"))
    def failure(self, row: Delivery) -> str:
        return row.error or "—"

    def has_retry_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Retrying asks for the change permission, though no field may be changed."""
        return request.user.has_perm("kernel.change_delivery")

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """A retry is offered only for what was given up."""
        is_dead = Delivery.objects.filter(pk=object_id, state=Delivery.State.DEAD).exists()
        return super().get_actions_detail(request, object_id) if is_dead else []

    @action(
        description=_("重试"),
        permissions=["retry"],
        icon="replay",
        dialog={
            "title": _("重新处理这个事件？"),
            "description": _("先排除错误原因再重试；处理与记账在同一事务内，不会重复生效。"),
            "form_class": BaseDialogForm,
            "form_submit_text": _("重试"),
        },
    )
    def retry(self, request: HttpRequest, form: BaseDialogForm, object_id: str) -> HttpResponse:
        """Give it all its attempts back."""
        try:
            outbox.revive(delivery_id=int(object_id), at=clock.now())
        except DomainError as refused:
            messages.error(request, refused.detail)
        else:
            messages.success(request, _("已重新排队"))
            self.log_change(request, Delivery.objects.get(pk=object_id), "重试")
        here = reverse("admin:kernel_delivery_change", args=[object_id])
        return HttpResponse(headers={"HX-Redirect": here}) if request.headers.get("HX-Request") else redirect(here)


@admin.register(Notice)
class NoticeAdmin(Record):
    """Messages to the staff and to members."""

    list_display = ("title", "receiver", "kind", "created_at", "read_at")
    list_filter = (("created_at", RangeDateTimeFilter),)
    search_fields = ("title", "=ref")
    ordering = ("-id",)

    @display(description=_("收件人"))
    def receiver(self, row: Notice) -> str:
        return str(_("会员 %s") % row.member_id) if row.member_id else str(_("员工"))
