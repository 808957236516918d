"""Categories as an indented tree, brands, hot words."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.db.models import Count
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from mptt.forms import TreeNodeChoiceField
from pypinyin import lazy_pinyin
from unfold.admin import ModelAdmin
from unfold.decorators import display
from unfold.widgets import UnfoldAdminSelectWidget

from catalog import pictures
from catalog.models import Brand, Category, HotWord
from catalog.services import index
from mall.kernel.errors import DomainError


class _SluggedForm(forms.ModelForm):
    """An empty address is the pinyin of the name; uploads are re-encoded."""

    picture_field = ""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["slug"].required = False
        self.fields["slug"].help_text = _("留空则按拼音生成")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not cleaned.get("slug"):
            cleaned["slug"] = slugify("-".join(lazy_pinyin(cleaned.get("name", ""))))[:60] or "item"
        upload = cleaned.get(self.picture_field)
        if isinstance(upload, UploadedFile) and upload.file:
            try:
                data = pictures.prepare(upload.file).data
            except DomainError as error:
                raise forms.ValidationError({self.picture_field: error.detail}) from error
            cleaned[self.picture_field] = ContentFile(data, name=pictures.fresh_name("x").rpartition("/")[2])
        return cleaned


class CategoryForm(_SluggedForm):
    picture_field = "picture"
    parent = TreeNodeChoiceField(
        queryset=Category.objects.all(),
        required=False,
        label=_("上级分类"),
        widget=UnfoldAdminSelectWidget,
        level_indicator="　",
    )

    class Meta:
        model = Category
        fields = ["name", "slug", "parent", "picture", "position", "is_visible"]


class BrandForm(_SluggedForm):
    picture_field = "logo"

    class Meta:
        model = Brand
        fields = ["name", "slug", "logo", "story"]


@admin.register(Category)
class CategoryAdmin(ModelAdmin):
    form = CategoryForm
    list_display = ["tree_name", "slug", "product_count", "position", "is_visible"]
    list_filter = ["is_visible"]
    search_fields = ["name", "slug"]
    search_help_text = _("名称或网址")
    ordering = ["tree_id", "lft"]
    list_per_page = 200

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Category]:
        return super().get_queryset(request).annotate(number=Count("products"))

    def save_model(self, request: HttpRequest, obj: Category, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        index.refresh_category(category_id=obj.pk)

    @display(description=_("分类"), ordering="lft")
    def tree_name(self, category: Category) -> SafeString:
        indent = "padding-left: {}rem"
        return format_html('<span style="{}">{}</span>', indent.format(category.level * 1.5), category.name)

    @display(description=_("商品数"), ordering="number")
    def product_count(self, category: Category) -> int:
        return int(category.number)


@admin.register(Brand)
class BrandAdmin(ModelAdmin):
    form = BrandForm
    list_display = ["name", "slug", "product_count"]
    search_fields = ["name", "slug"]
    search_help_text = _("名称或网址")

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Brand]:
        return super().get_queryset(request).annotate(number=Count("products"))

    def save_model(self, request: HttpRequest, obj: Brand, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        index.refresh_brand(brand_id=obj.pk)

    @display(description=_("商品数"), ordering="number")
    def product_count(self, brand: Brand) -> int:
        return int(brand.number)  # type: ignore[attr-defined]  # annotated


@admin.register(HotWord)
class HotWordAdmin(ModelAdmin):
    list_display = ["text", "position", "is_visible"]
    list_editable = ["position", "is_visible"]
    search_fields = ["text"]
    search_help_text = _("热搜词")
