"""Products: a list with thumbnails, and one editor page with the SKU matrix and the gallery."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import F, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from mptt.admin import TreeRelatedFieldListFilter
from unfold.admin import ModelAdmin
from unfold.decorators import display

from catalog.admin.forms import ProductForm
from catalog.models import SKU, Product, ProductPicture
from catalog.queries import views
from catalog.services import gallery, products
from mall.kernel import clock, money
from mall.kernel.errors import DomainError


class SoldOutFilter(admin.SimpleListFilter):
    title = _("库存")
    parameter_name = "stock"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("out", _("售罄")), ("in", _("有货"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "out":
            return queryset.filter(sellable__lte=0)
        if self.value() == "in":
            return queryset.filter(sellable__gt=0)
        return queryset


@admin.register(Product)
class ProductAdmin(ModelAdmin):
    form = ProductForm
    change_form_template = "admin/catalog/product_form.html"
    list_display = ["thumbnail", "title", "category", "price", "sellable", "sales_count", "state_label"]
    list_display_links = ["thumbnail", "title"]
    list_filter = ["state", SoldOutFilter, ("category", TreeRelatedFieldListFilter), "brand", "audience"]
    list_select_related = ["category", "cover", "brand"]
    list_per_page = 30
    search_fields = ["name", "search_text", "skus__code"]
    search_help_text = _("名称、拼音、首字母或 SKU 编码")
    ordering = ["-pk"]
    actions = ["publish", "unpublish"]
    autocomplete_fields = ["brand"]
    warn_unsaved_form = True
    fieldsets = [
        (
            _("基本信息"),
            {"fields": [("name", "slug"), "subtitle", ("category", "brand"), ("audience", "limit_per_order")]},
        ),
        (_("参数与详情"), {"fields": ["attribute_lines", "description_html"]}),
        (_("图片"), {"fields": ["new_pictures", "matrix", "gallery"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        stock = (
            SKU.objects.filter(product=OuterRef("pk"), is_active=True)
            .values("product")
            .annotate(left=Sum(F("stock__on_hand") - F("stock__reserved")))
            .values("left")
        )
        rows = super().get_queryset(request).defer("search_vector", "search_text")
        return rows.annotate(sellable=Coalesce(Subquery(stock), 0))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: orders and the stock ledger refer to products. They are taken off the shelf instead."""
        return False

    def get_form(
        self, request: HttpRequest, obj: Product | None = None, change: bool = False, **kwargs: Any
    ) -> type[forms.ModelForm]:
        form: type[forms.ModelForm] = super().get_form(request, obj, change=change, **kwargs)
        return type("BoundProductForm", (form,), {"refusal": getattr(request, "catalog_refusal", None)})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Post without Django's transaction: the services open their own.

        When they refuse, the same input goes through the form once more and comes back with their reason.
        """
        context = {**(extra_context or {}), "pictures": self._pictures(object_id)}
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, context)
        try:
            return self._changeform_view(request, object_id, form_url, context)
        except DomainError as error:
            request.catalog_refusal = error  # type: ignore[attr-defined]
            return self._changeform_view(request, object_id, form_url, context)

    def save_model(self, request: HttpRequest, obj: Product, form: ProductForm, change: bool) -> None:
        options, rows = form.cleaned_data["matrix"]
        actor, at = f"staff:{request.user.get_username()}", clock.now()
        fields = form.product_fields()
        if change:
            products.update(product_id=obj.pk, fields=fields, options=options, rows=rows or None, actor=actor, at=at)
        else:
            obj.pk = products.create(fields=fields, options=options, rows=rows, actor=actor, at=at)
        arranged = form.cleaned_data["gallery"]
        if change and arranged is not None:
            gallery.arrange(product_id=obj.pk, picture_ids=[pk for pk, _alt in arranged], alts=dict(arranged))
        for number, file in enumerate(form.cleaned_data["new_pictures"], start=1):
            try:
                gallery.add(product_id=obj.pk, file=file, alt="")
            except DomainError as error:
                # The product itself is saved: tell which picture was not, and go on.
                messages.warning(
                    request, gettext("第 %(number)s 张图片未保存：%(why)s") % {"number": number, "why": error.detail}
                )

    @admin.action(description=_("上架"), permissions=["change"])
    def publish(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        done = 0
        for product_id in queryset.values_list("pk", flat=True):
            try:
                products.publish(product_id=product_id, at=clock.now())
                done += 1
            except DomainError as error:
                messages.error(request, error.detail)
        messages.success(request, gettext("%(count)s 个商品已上架") % {"count": done})

    @admin.action(description=_("下架"), permissions=["change"])
    def unpublish(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        ids = list(queryset.values_list("pk", flat=True))
        for product_id in ids:
            products.unpublish(product_id=product_id)
        messages.success(request, gettext("%(count)s 个商品已下架") % {"count": len(ids)})

    @display(description=_("图"))
    def thumbnail(self, product: Product) -> SafeString | str:
        address = views.thumbnail(product.cover)
        if not address:
            return "–"
        return format_html(
            '<img src="{}" alt="" width="48" height="48" loading="lazy" class="rounded-default object-cover">', address
        )

    @display(description=_("商品"), ordering="name")
    def title(self, product: Product) -> str:
        return f"{product.name}（{product.brand.name}）" if product.brand else product.name

    @display(description=_("价格（元）"), ordering="min_price_fen")
    def price(self, product: Product) -> str:
        low, high = money.yuan(product.min_price_fen), money.yuan(product.max_price_fen)
        return low if low == high else f"{low}–{high}"

    @display(description=_("可售"), ordering="sellable")
    def sellable(self, product: Product) -> int:
        return int(product.sellable)  # type: ignore[attr-defined]  # annotated

    @display(
        description=_("状态"),
        ordering="state",
        label={_("销售中"): "success", _("草稿"): "info", _("已下架"): "warning"},
    )
    def state_label(self, product: Product) -> str:
        return product.get_state_display()

    def _pictures(self, object_id: str | None) -> list[dict[str, Any]]:
        if not object_id or not object_id.isdecimal():
            return []
        rows = ProductPicture.objects.filter(product_id=int(object_id))
        return [{"id": row.pk, "alt": row.alt, "url": views.thumbnail(row)} for row in rows]
