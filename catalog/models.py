"""What is for sale. Stock has its own module, `catalog.stock_models`, because it is the hot half."""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _
from mptt.models import MPTTModel, TreeForeignKey

from catalog.stock_models import (
    Stock,
    StockAlert,
    StockMovement,
    StockReservation,
)

__all__ = [
    "SKU",
    "Banner",
    "Brand",
    "Category",
    "HotWord",
    "Product",
    "ProductPicture",
    "Stock",
    "StockAlert",
    "StockMovement",
    "StockReservation",
]


class Category(MPTTModel):
    """A node of the category tree."""

    name = models.CharField(_("名称"), max_length=40)
    slug = models.SlugField(_("网址"), max_length=60, unique=True)
    parent = TreeForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("上级分类")
    )
    picture = models.ImageField(_("图片"), upload_to="categories/", blank=True)
    position = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_visible = models.BooleanField(_("显示"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("分类")

    class MPTTMeta:
        order_insertion_by = ["position", "name"]

    def __str__(self) -> str:
        return self.name


class Brand(models.Model):
    """A brand with its story."""

    name = models.CharField(_("名称"), max_length=40, unique=True)
    slug = models.SlugField(_("网址"), max_length=60, unique=True)
    story = models.TextField(_("品牌故事"), blank=True)
    logo = models.ImageField(_("标志"), upload_to="brands/", blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("品牌")
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    """A product page. Prices and stock belong to its SKUs; the price range is kept here for lists."""

    class State(models.TextChoices):
        DRAFT = "draft", _("草稿")
        ON_SALE = "on_sale", _("销售中")
        OFF_SHELF = "off_shelf", _("已下架")

    class Audience(models.TextChoices):
        EVERYONE = "everyone", _("通用")
        WOMEN = "women", _("女士")
        MEN = "men", _("男士")
        CHILDREN = "children", _("儿童")
        SENIORS = "seniors", _("长辈")

    name = models.CharField(_("名称"), max_length=80)
    subtitle = models.CharField(_("副标题"), max_length=120, blank=True)
    slug = models.SlugField(_("网址"), max_length=100, unique=True)
    category = models.ForeignKey(Category, models.PROTECT, related_name="products", verbose_name=_("分类"))
    brand = models.ForeignKey(
        Brand, models.PROTECT, null=True, blank=True, related_name="products", verbose_name=_("品牌")
    )
    audience = models.CharField(_("适用人群"), max_length=10, choices=Audience.choices, default=Audience.EVERYONE)
    # [{"name": "颜色", "values": ["红", "蓝"]}], at most three; the SKU matrix is their product.
    options = models.JSONField(_("规格"), default=list, blank=True)
    # [{"name": "产地", "value": "杭州"}]
    attributes = models.JSONField(_("参数"), default=list, blank=True)
    description_html = models.TextField(_("图文详情"), blank=True)
    state = models.CharField(_("状态"), max_length=10, choices=State.choices, default=State.DRAFT)
    limit_per_order = models.PositiveIntegerField(_("每单限购"), default=0, help_text=_("0 表示不限购"))
    min_price_fen = models.BigIntegerField(_("最低价（分）"), default=0)
    max_price_fen = models.BigIntegerField(_("最高价（分）"), default=0)
    market_price_fen = models.BigIntegerField(_("划线价（分）"), default=0)
    sales_count = models.PositiveIntegerField(_("销量"), default=0)
    cover = models.ForeignKey(
        "ProductPicture", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("主图")
    )
    search_vector = SearchVectorField(null=True, editable=False)
    # Names, pinyin and initials in lower case, for prefixes and typing (trigrams).
    search_text = models.TextField(default="", editable=False)
    created_at = models.DateTimeField(_("创建时间"), auto_now_add=True)
    updated_at = models.DateTimeField(_("更新时间"), auto_now=True)
    published_at = models.DateTimeField(_("上架时间"), null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("商品")
        indexes = [
            GinIndex(fields=["search_vector"], name="product_search"),
            GinIndex(fields=["search_text"], opclasses=["gin_trgm_ops"], name="product_typing"),
            models.Index(fields=["state", "-sales_count", "-id"]),
            models.Index(fields=["state", "min_price_fen", "id"]),
            models.Index(fields=["state", "-published_at", "-id"]),
            models.Index(fields=["category", "state", "-sales_count"]),
        ]

    def __str__(self) -> str:
        return self.name


class ProductPicture(models.Model):
    """A picture of a product with its WebP renditions (200, 400 and 800 pixels wide, beside the original)."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="pictures", verbose_name=_("商品"))
    image = models.ImageField(
        _("图片"), upload_to="products/", width_field="width", height_field="height", max_length=200
    )
    alt = models.CharField(_("替代文字"), max_length=120)
    width = models.PositiveIntegerField(default=0, editable=False)
    height = models.PositiveIntegerField(default=0, editable=False)
    position = models.PositiveSmallIntegerField(_("排序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("商品图片")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.alt


class SKU(models.Model):
    """One sellable variant of a product."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="skus", verbose_name=_("商品"))
    code = models.CharField(_("SKU 编码"), max_length=40, unique=True)
    # {"颜色": "红", "尺码": "M"}; empty for a product without options.
    specs = models.JSONField(_("规格值"), default=dict, blank=True)
    # The same as text ("颜色:红;尺码:M"), so that a combination exists once.
    spec_key = models.CharField(max_length=200, default="", editable=False)
    price_fen = models.BigIntegerField(_("售价（分）"))
    market_price_fen = models.BigIntegerField(_("划线价（分）"), default=0)
    cost_fen = models.BigIntegerField(_("成本（分）"), default=0)
    weight_g = models.PositiveIntegerField(_("重量（克）"), default=0)
    picture = models.ForeignKey(
        ProductPicture, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("图片")
    )
    is_active = models.BooleanField(_("启用"), default=True)
    position = models.PositiveSmallIntegerField(_("排序"), default=0)

    class Meta:
        verbose_name = verbose_name_plural = _("SKU")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["product", "spec_key"], name="sku_combination_once"),
            models.CheckConstraint(
                condition=models.Q(price_fen__gt=0, market_price_fen__gte=0, cost_fen__gte=0),
                name="sku_prices_sane",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code}"


class HotWord(models.Model):
    """A search word the merchant puts under the search box."""

    text = models.CharField(_("热搜词"), max_length=20, unique=True)
    position = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_visible = models.BooleanField(_("显示"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("热搜词")
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text


class Banner(models.Model):
    """A picture at the top of the home page that leads somewhere in the shop. 1170 × 500 pixels."""

    title = models.CharField(_("标题"), max_length=60, help_text=_("读屏软件会读出，也是图片的替代文字"))
    image = models.ImageField(_("图片"), upload_to="banners/", max_length=200)
    url = models.CharField(_("链接"), max_length=200, help_text=_("本站地址，如 /c/tea/"))
    position = models.PositiveSmallIntegerField(_("排序"), default=0)
    is_visible = models.BooleanField(_("显示"), default=True)

    class Meta:
        verbose_name = verbose_name_plural = _("首页轮播")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=models.Q(url__startswith="/"), name="banner_stays_on_this_site"),
        ]

    def __str__(self) -> str:
        return self.title
