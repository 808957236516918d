"""What the order and refund screens share: rows are read here and changed by services, through confirmed actions."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.forms import BaseDialogForm
from unfold.widgets import UnfoldAdminTextareaWidget

from mall.kernel import money
from mall.kernel.errors import DomainError


class ReasonForm(BaseDialogForm):
    """Why: the buyer reads it, and it is kept with the order."""

    reason = forms.CharField(
        label=_("原因"), min_length=2, max_length=60, widget=UnfoldAdminTextareaWidget(attrs={"rows": 2})
    )


def dialog(title: Any, description: Any, form_class: type[BaseDialogForm] = BaseDialogForm) -> Any:
    """An unfold dialog that asks before something happens."""
    return {"title": title, "description": description, "form_class": form_class, "form_submit_text": _("确定")}


def yuan(fen: int) -> str:
    """Fen as ¥ for the eye."""
    return f"¥{money.yuan(fen)}"


def actor(request: HttpRequest) -> str:
    """Who acts, as histories name staff."""
    return f"staff:{request.user.get_username()}"


def sees_amounts(request: HttpRequest) -> bool:
    """Whether this staff member may see what buyers pay."""
    return bool(request.user.has_perm("orders.view_amounts"))


class Desk(ModelAdmin):
    """A list to work through. Nothing is edited in place; `offered` says in which states an action makes sense."""

    list_filter_submit = True
    list_per_page = 50
    show_full_result_count = False
    offered: Mapping[str, tuple[str, ...]] = {}

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest, object_id: str | None = None) -> bool:
        """Actions ask for the change permission of the model."""
        return request.user.has_perm(f"orders.change_{self.opts.model_name}")

    def get_list_display(self, request: HttpRequest) -> Any:
        """The warehouse packs without prices."""
        shown = super().get_list_display(request)
        return shown if sees_amounts(request) else [column for column in shown if column != "amount"]

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Only the actions the row's state allows."""
        actions = super().get_actions_detail(request, object_id)
        state = self.model._default_manager.filter(pk=object_id).values_list("state", flat=True).first()
        return [a for a in actions if state in self.offered.get(a.method.original_function_name, (state,))]

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
