"""Stock levels with 入库 and 盘点, the ledger behind them, and alerts. Levels change through `services.stock` only."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminIntegerFieldWidget, UnfoldAdminTextInputWidget

from catalog import matrix
from catalog.models import Stock, StockAlert, StockMovement
from catalog.services import stock
from mall.kernel import clock, numbers
from mall.kernel.errors import DomainError


class ReceiveForm(forms.Form):
    """A delivery arrives."""

    quantity = forms.IntegerField(label=_("入库数量"), min_value=1, widget=UnfoldAdminIntegerFieldWidget)
    ref = forms.CharField(label=_("入库单号"), max_length=60, widget=UnfoldAdminTextInputWidget)
    reason = forms.CharField(label=_("说明"), max_length=120, required=False, widget=UnfoldAdminTextInputWidget)


class CountForm(forms.Form):
    """Somebody counted."""

    on_hand = forms.IntegerField(label=_("实际在库"), min_value=0, widget=UnfoldAdminIntegerFieldWidget)
    safety_stock = forms.IntegerField(
        label=_("安全库存"),
        min_value=0,
        help_text=_("可售数量降到此值时预警"),
        widget=UnfoldAdminIntegerFieldWidget,
    )
    reason = forms.CharField(label=_("原因"), max_length=120, widget=UnfoldAdminTextInputWidget)


class LevelFilter(admin.SimpleListFilter):
    title = _("库存状况")
    parameter_name = "level"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("low", _("低于安全库存")), ("out", _("售罄")), ("ok", _("充足"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        sellable = F("on_hand") - F("reserved")
        rows = queryset.annotate(left=sellable)
        if self.value() == "low":
            return rows.filter(left__lte=F("safety_stock"))
        if self.value() == "out":
            return rows.filter(left=0)
        if self.value() == "ok":
            return rows.filter(left__gt=F("safety_stock"))
        return queryset


class _ReadOnlyAdmin(ModelAdmin):
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Stock)
class StockAdmin(ModelAdmin):
    list_display = ["code", "product", "on_hand", "reserved", "sellable", "safety_stock", "level"]
    list_display_links = None
    list_filter = [LevelFilter]
    search_fields = ["sku__code", "sku__product__name"]
    search_help_text = _("SKU 编码或商品名称")
    list_select_related = ["sku__product"]
    ordering = ["sku__product_id", "sku__position", "pk"]
    list_per_page = 50
    actions_row = ["receive", "count", "journal"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """A level is never edited in place; its address leads to the count."""
        return HttpResponseRedirect(reverse("admin:catalog_stock_count", args=[object_id]))

    @display(description=_("SKU 编码"), ordering="sku__code")
    def code(self, row: Stock) -> str:
        return row.sku.code

    @display(description=_("商品"), ordering="sku__product__name")
    def product(self, row: Stock) -> SafeString:
        product = row.sku.product
        return format_html(
            '<a href="{}">{}</a> {}',
            reverse("admin:catalog_product_change", args=[product.pk]),
            product.name,
            matrix.text(row.sku.specs, product.options),
        )

    @display(description=_("可售"))
    def sellable(self, row: Stock) -> int:
        return row.sellable

    @display(description=_("状况"), label={_("售罄"): "danger", _("偏低"): "warning", _("充足"): "success"})
    def level(self, row: Stock) -> Any:
        if row.sellable == 0:
            return _("售罄")
        return _("偏低") if row.sellable <= row.safety_stock else _("充足")

    @action(description=_("入库"), url_path="receive", permissions=["change"])
    def receive(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = get_object_or_404(Stock.objects.select_related("sku__product"), pk=object_id)
        at = clock.now()
        form = ReceiveForm(request.POST or None, initial={"ref": numbers.new("I", at)})

        def book(data: dict[str, Any]) -> None:
            stock.receive(sku_id=row.pk, actor=_staff(request), at=at, **data)

        return self._dialog(request, row, form, gettext("入库"), book)

    @action(description=_("盘点"), url_path="count", permissions=["change"])
    def count(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = get_object_or_404(Stock.objects.select_related("sku__product"), pk=object_id)
        initial = {"on_hand": row.on_hand, "safety_stock": row.safety_stock}
        form = CountForm(request.POST or None, initial=initial)

        def book(data: dict[str, Any]) -> None:
            at = clock.now()
            if data["safety_stock"] != row.safety_stock:
                stock.change_safety(sku_id=row.pk, safety_stock=data["safety_stock"], at=at)
            stock.adjust(sku_id=row.pk, on_hand=data["on_hand"], reason=data["reason"], actor=_staff(request), at=at)

        return self._dialog(request, row, form, gettext("盘点"), book)

    @action(description=_("流水"), url_path="journal", permissions=["view"])
    def journal(self, request: HttpRequest, object_id: str) -> HttpResponse:
        address = reverse("admin:catalog_stockmovement_changelist")
        return HttpResponseRedirect(f"{address}?sku__id__exact={int(object_id)}")

    def _dialog(
        self,
        request: HttpRequest,
        row: Stock,
        form: forms.Form,
        title: str,
        book: Callable[[dict[str, Any]], None],
    ) -> HttpResponse:
        if request.method == "POST" and form.is_valid():
            try:
                book(form.cleaned_data)
            except DomainError as error:
                form.add_error(error.attr if error.attr in form.fields else None, error.detail)
            else:
                messages.success(request, gettext("%(sku)s 已%(title)s") % {"sku": row.sku.code, "title": title})
                return HttpResponseRedirect(reverse("admin:catalog_stock_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": f"{title} · {row.sku.code}",
            "opts": self.opts,
            "form": form,
            "row": row,
            "spec_text": matrix.text(row.sku.specs, row.sku.product.options),
        }
        return render(request, "admin/catalog/stock_form.html", context)


@admin.register(StockMovement)
class StockMovementAdmin(_ReadOnlyAdmin):
    list_display = [
        "at",
        "sku_code",
        "kind_label",
        "on_hand_change",
        "reserved_change",
        "balance",
        "ref",
        "reason",
        "actor",
    ]
    list_display_links = None
    list_filter = ["kind"]
    search_fields = ["sku__code", "ref"]
    search_help_text = _("SKU 编码或单号")
    list_select_related = ["sku"]
    ordering = ["-pk"]
    list_per_page = 50

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup == "sku__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description=_("SKU"), ordering="sku__code")
    def sku_code(self, row: StockMovement) -> str:
        return row.sku.code

    @display(description=_("类型"), ordering="kind", label=True)
    def kind_label(self, row: StockMovement) -> str:
        return row.get_kind_display()

    @display(description=_("在库变动"))
    def on_hand_change(self, row: StockMovement) -> str:
        return f"{row.on_hand_delta:+d}" if row.on_hand_delta else "–"

    @display(description=_("锁定变动"))
    def reserved_change(self, row: StockMovement) -> str:
        return f"{row.reserved_delta:+d}" if row.reserved_delta else "–"

    @display(description=_("结存（在库 / 锁定）"))
    def balance(self, row: StockMovement) -> str:
        return f"{row.on_hand_after} / {row.reserved_after}"


class OpenFilter(admin.SimpleListFilter):
    title = _("状态")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("1", _("未恢复")), ("0", _("已恢复"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() is None:
            return queryset
        return queryset.filter(closed_at__isnull=self.value() == "1")


@admin.register(StockAlert)
class StockAlertAdmin(_ReadOnlyAdmin):
    list_display = ["opened_at", "sku_code", "product", "sellable", "safety_stock", "state", "mailed_at", "closed_at"]
    list_display_links = None
    list_filter = [OpenFilter]
    search_fields = ["sku__code", "sku__product__name"]
    search_help_text = _("SKU 编码或商品名称")
    list_select_related = ["sku__product"]
    ordering = ["-pk"]

    @display(description=_("SKU"))
    def sku_code(self, row: StockAlert) -> SafeString:
        address = reverse("admin:catalog_stock_changelist")
        return format_html('<a href="{}?q={}">{}</a>', address, row.sku.code, row.sku.code)

    @display(description=_("商品"))
    def product(self, row: StockAlert) -> str:
        return row.sku.product.name

    @display(description=_("状态"), label={_("未恢复"): "danger", _("已恢复"): "success"})
    def state(self, row: StockAlert) -> Any:
        return _("已恢复") if row.closed_at else _("未恢复")


def _staff(request: HttpRequest) -> str:
    return f"staff:{request.user.get_username()}"
