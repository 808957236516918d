"""What the admin pages of distribution share."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from mall.kernel import money
from mall.kernel.errors import DomainError


class ReadOnlyAdmin(ModelAdmin):
    """Lists and pages to look at; nothing is added, changed or deleted here."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def may(request: HttpRequest, permission: str) -> bool:
    """Whether the signed-in staff member has `distribution.<permission>`."""
    return bool(request.user.has_perm(f"distribution.{permission}"))


def actor(request: HttpRequest) -> str:
    """The staff member as the records name them."""
    return f"staff:{request.user.get_username()}"


def yuan(fen: int) -> SafeString:
    """An amount for a column."""
    return format_html('<span style="font-variant-numeric: tabular-nums">¥{}</span>', money.yuan(fen))


def form_page(
    admin: ModelAdmin,
    request: HttpRequest,
    *,
    permission: str,
    title: str,
    form_class: Callable[..., forms.Form],
    initial: Mapping[str, Any],
    submit: Callable[[dict[str, Any]], str],
    back: str,
    extra: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """A form over a service. `submit` gets the cleaned data and returns the message; a refusal lands on its field."""
    if not may(request, permission):
        raise PermissionDenied
    form = form_class(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            messages.success(request, submit(form.cleaned_data))
            return HttpResponseRedirect(back)
        except DomainError as error:
            field = (error.attr or "").replace(".", "_")
            form.add_error(field if field in form.fields else None, error.detail)
    context = {
        **admin.admin_site.each_context(request),
        "title": title,
        "opts": admin.model._meta,
        "form": form,
        "back": back,
        **(extra or {}),
    }
    return TemplateResponse(request, "admin/distribution/form.html", context)
