"""The product editor's form: plain fields, the SKU matrix as JSON, pictures."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from mptt.forms import TreeNodeChoiceField
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from catalog import matrix as sku_matrix
from catalog.models import Category, Product
from catalog.services import products, skus
from mall.kernel import money
from mall.kernel.errors import DomainError
from mall.kernel.forms import YuanField

MAX_UPLOADS = 15


class PicturesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Any number of files; cleaned to a list."""

    widget = PicturesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        files = data if isinstance(data, list | tuple) else [data] if data else []
        if len(files) > MAX_UPLOADS:
            raise ValidationError(_("一次最多上传 15 张图片"))
        return [super(PicturesField, self).clean(file, initial) for file in files]


class ProductForm(forms.ModelForm):
    """What the editor page posts. `refusal` is the service's answer to the same input a moment ago."""

    refusal: DomainError | None = None

    category = TreeNodeChoiceField(
        queryset=Category.objects.all(), label=_("分类"), widget=UnfoldAdminSelectWidget, level_indicator="　"
    )
    attribute_lines = forms.CharField(
        label=_("参数"),
        required=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text=_("每行一个，如“产地：杭州”"),
    )
    matrix = forms.CharField(widget=forms.HiddenInput, required=False)
    gallery = forms.CharField(widget=forms.HiddenInput, required=False)
    new_pictures = PicturesField(label=_("添加图片"), required=False)

    class Meta:
        model = Product
        fields = [
            "name", "subtitle", "slug", "category", "brand", "audience", "limit_per_order", "description_html",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        product = self.instance
        self.fields["slug"].required = False
        self.fields["slug"].help_text = _("留空则按拼音生成")
        self.initial["attribute_lines"] = "\n".join(f"{a['name']}：{a['value']}" for a in product.attributes)
        self.initial["matrix"] = json.dumps(matrix_data(product), ensure_ascii=False)
        self.fields["new_pictures"].widget.attrs["accept"] = "image/jpeg,image/png,image/webp"

    def clean_attribute_lines(self) -> list[dict[str, str]]:
        pairs = [
            line.replace("：", ":", 1).partition(":") for line in self.cleaned_data["attribute_lines"].splitlines()
        ]
        return [{"name": name.strip(), "value": value.strip()} for name, _colon, value in pairs if name.strip()]

    def clean_matrix(self) -> tuple[list[sku_matrix.Option], list[skus.Row]]:
        try:
            data = json.loads(self.cleaned_data["matrix"] or "{}")
            options = sku_matrix.options_from(data.get("options", []))
            rows = [_row(item) for item in data.get("rows", [])]
        except DomainError as error:
            raise ValidationError(error.detail) from error
        except (ValueError, TypeError, AttributeError) as error:
            raise ValidationError(_("规格数据不正确，请刷新后重试")) from error
        return options, rows

    def clean_gallery(self) -> list[tuple[int, str]] | None:
        """(picture id, alternative text) in their new order; None when the page left the gallery alone."""
        if not self.cleaned_data["gallery"]:
            return None
        try:
            return [(int(item["id"]), str(item["alt"])) for item in json.loads(self.cleaned_data["gallery"])]
        except (ValueError, TypeError, KeyError) as error:
            raise ValidationError(_("图片数据不正确，请刷新后重试")) from error

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.refusal is not None:
            known = self.refusal.attr in self.fields
            self.add_error(self.refusal.attr if known else None, self.refusal.detail)
        return cleaned

    def product_fields(self) -> products.Fields:
        """The cleaned fields as the service wants them."""
        data = self.cleaned_data
        return products.Fields(
            name=data["name"],
            category_id=data["category"].pk,
            brand_id=data["brand"].pk if data["brand"] else None,
            subtitle=data["subtitle"],
            slug=data["slug"],
            audience=data["audience"],
            attributes=data["attribute_lines"],
            description_html=data["description_html"],
            limit_per_order=data["limit_per_order"],
        )


def matrix_data(product: Product) -> dict[str, Any]:
    """The matrix for the page's script, prices in yuan: options, and every SKU of these options.

    SKUs whose value was taken away are included, so that they come back whole when the value does.
    """
    names = {str(option["name"]) for option in product.options}
    listed = {sku_matrix.key(specs) for specs in sku_matrix.combinations(sku_matrix.options_from(product.options))}
    rows = product.skus.select_related("stock").order_by("position", "pk") if product.pk else []
    return {
        "options": product.options,
        "rows": [
            {
                "specs": sku.specs,
                "price": money.yuan(sku.price_fen),
                "market": money.yuan(sku.market_price_fen),
                "cost": money.yuan(sku.cost_fen),
                "stock": sku.stock.on_hand,
                "safety": sku.stock.safety_stock,
                "weight": sku.weight_g,
                "code": sku.code,
                "active": sku.is_active or sku.spec_key not in listed,
                "saved": True,
            }
            for sku in rows
            if set(sku.specs) == names
        ],
    }


def _row(item: dict[str, Any]) -> skus.Row:
    """One posted row. `stock` is empty or absent when it was not touched. Raises InvalidMatrix with the row's name."""
    specs = {str(name): str(value) for name, value in item["specs"].items()}
    try:
        return skus.Row(
            specs=specs,
            price_fen=YuanField(min_fen=1).clean(item.get("price", "")),
            market_price_fen=YuanField(required=False).clean(item.get("market", "")) or 0,
            cost_fen=YuanField(required=False).clean(item.get("cost", "")) or 0,
            weight_g=_units(item.get("weight"), gettext("重量")) or 0,
            code=str(item.get("code") or ""),
            on_hand=_units(item.get("stock"), gettext("库存")),
            safety_stock=_units(item.get("safety"), gettext("安全库存")) or 0,
            is_active=bool(item.get("active", True)),
        )
    except ValidationError as error:
        name = " / ".join(specs.values()) or gettext("售价")
        raise sku_matrix.InvalidMatrix(f"{name}：{' '.join(error.messages)}", attr="matrix") from error


def _units(value: Any, label: str) -> int | None:
    text = str(value if value is not None else "").strip()
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 10):
        raise ValidationError(gettext("%(label)s应为整数") % {"label": label})
    return int(text)
