"""What is sold: categories, brands, products with their SKUs, pictures, banners and search words."""

import csv
import dataclasses
import datetime as dt
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from django.db import transaction
from pypinyin import lazy_pinyin

from catalog import matrix
from catalog.models import SKU, Banner, Brand, Category, HotWord, Product
from catalog.pictures import Prepared
from catalog.services import gallery, products, skus, stock
from mall.kernel import money
from mall.management.demo import words
from mall.management.demo.pictures import Studio, Views, banner, sign
from mall.management.demo.progress import Progress
from mall.management.drawing.scenes import Subject

GOODS = Path(__file__).with_name("goods.csv")
OPERATOR, WAREHOUSE = "staff:operator", "staff:warehouse"
SLUGS = {"茶酒": "tea", "生鲜": "fresh", "母婴": "baby", "美妆": "beauty", "家居": "home", "数码": "digital",
         "服饰": "wear", "宠物": "pets"}  # fmt: skip
SIZES = ("S", "M", "L", "XL", "XXL")
# Colour name -> hue and strength of its picture.
COLOURS = {
    "云朵白": (210, 0.06), "曜石黑": (220, 0.12), "天空蓝": (205, 0.55), "樱花粉": (340, 0.5), "抹茶绿": (110, 0.4),
    "暖阳橙": (28, 0.75), "焦糖棕": (28, 0.5), "雾霾蓝": (210, 0.35), "奶咖": (34, 0.25), "墨绿": (155, 0.45), "雾蓝": (205, 0.4),
    "珊瑚": (8, 0.6), "云白": (200, 0.1), "星夜紫": (265, 0.45), "森林绿": (140, 0.45), "玫红": (340, 0.6), "酒红": (350, 0.55),
    "驼色": (30, 0.4), "黛蓝": (222, 0.45), "经典红": (2, 0.6), "燕麦": (40, 0.3), "豆沙": (5, 0.35), "薄荷": (160, 0.45),
    "奶黄": (46, 0.6), "粉白灰": (345, 0.4), "蓝绿米": (190, 0.4),
}  # fmt: skip
TSHIRT_COLOURS = ("云朵白", "曜石黑", "天空蓝", "樱花粉", "抹茶绿", "暖阳橙")
HOT_WORDS = ("龙井", "脐橙", "T恤", "玻尿酸", "乳胶枕", "充电器", "猫粮", "保温杯")
SOLD_OUT, LAST_ONE, NEARLY_LOW = "阳山水蜜桃 8 只装", "深睡圆形宠物窝", "丹东 99 草莓 1.5kg"
OFF_SHELF, LIMITED = (
    "晒后芦荟舒缓胶 200g",
    {"一分钱试用装 洗衣凝珠 1 颗": 1, "丹东 99 草莓 1.5kg": 2, "宜兴紫砂西施壶 180ml": 1},
)
BANNERS = (
    ("明前龙井 · 云栖新茶上市", "/c/tea/", 105, (("cake", 28), ("tin", 105), ("cup", 150))),
    ("当季鲜果 产地直发", "/c/fresh/", 32, (("berries", 352), ("oranges", 28), ("apples", 2))),
    ("秋冬焕新 全场满减", "/c/wear/", 212, (("hat", 38), ("tshirt", 205), ("sneaker", 345))),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Good:
    """A line of goods.csv."""

    category: str
    section: str
    name: str
    subtitle: str
    brand: str
    price_fen: int
    subject: Subject
    option: tuple[str, dict[str, int]] | None
    attributes: tuple[dict[str, str], ...]

    @property
    def is_tshirt(self) -> bool:
        return self.name == "新疆长绒棉T恤"


def read() -> list[Good]:
    """All goods in the order of the file."""
    with GOODS.open(encoding="utf-8", newline="") as file:
        return [_good(row) for row in csv.DictReader(file)]


def _good(row: dict[str, str]) -> Good:
    pairs = (part.split("=", 1) for part in row["attributes"].split(";") if part)
    return Good(
        category=row["category"],
        section=row["section"],
        name=row["name"],
        subtitle=row["subtitle"],
        brand=row["brand"],
        price_fen=money.parse_yuan(row["yuan"]),
        subject=Subject(row["kind"], float(row["hue"]), float(row["strength"]), row["sign"]),
        option=_option(row["options"]),
        attributes=tuple({"name": name, "value": value} for name, value in pairs),
    )


def _option(text: str) -> tuple[str, dict[str, int]] | None:
    if "=" not in text:
        return None
    name, values = text.split("=", 1)
    prices = dict(value.rsplit(":", 1) for value in values.split("/") if ":" in value)
    return name, {value: money.parse_yuan(yuan) for value, yuan in prices.items()}


def create(*, goods: Sequence[Good], chance: random.Random, at: dt.datetime, progress: Progress) -> dict[str, int]:
    """Categories, brands and published products without pictures; product ids by name. `at` is when the shop opened."""
    sections = _categories(goods)
    brands = _brands(goods)
    made: dict[str, int] = {}
    for good in progress.each("商品", goods):
        options, rows = _matrix(good, chance)
        made[good.name] = products.create(
            fields=_fields(good, sections[good.category, good.section], brands[good.brand], pictures=()),
            options=options,
            rows=rows,
            actor=OPERATOR,
            at=at,
        )
        products.publish(product_id=made[good.name], at=at + dt.timedelta(days=chance.uniform(0, 80)))
    HotWord.objects.bulk_create(HotWord(text=word, position=n) for n, word in enumerate(HOT_WORDS))
    return made


def hang_covers(*, goods: Sequence[Good], ids: dict[str, int], studio: Studio, progress: Progress) -> int:
    """Draw the first picture of everything and one per SKU colour; how many."""
    shades = [(good, name) for good in goods for name in _shades(good)]
    subjects = [good.subject for good in goods] + [_tint(good.subject, name) for good, name in shades]
    drawn = studio.heroes(subjects)
    for good, prepared in zip(progress.each("主图", goods), drawn, strict=False):
        gallery.keep(product_id=ids[good.name], prepared=prepared, alt=good.name)
    for (good, name), prepared in zip(progress.each("配色", shades), drawn, strict=True):
        _colour(ids[good.name], good, name, prepared)
    return len(subjects)


def hang_the_rest(*, goods: Sequence[Good], ids: dict[str, int], drawn: Iterator[Views], progress: Progress) -> int:
    """Add what `Studio.surroundings` drew to the galleries and descriptions; how many pictures."""
    labels = {"scene": "场景图", "detail": "细节图"}
    total = 0
    for good, views in zip(progress.each("图集", goods), drawn, strict=True):
        for view, prepared in views.items():
            gallery.keep(product_id=ids[good.name], prepared=prepared, alt=f"{good.name} {labels[view]}")
            total += 1
        _illustrate(ids[good.name], good)
    return total


def end_with_rarities(*, ids: dict[str, int], at: dt.datetime) -> None:
    """After all the trade: sold out, one left, close to the safety stock, off the shelf."""
    for name, left in ((SOLD_OUT, 0), (LAST_ONE, 1), (NEARLY_LOW, 12)):
        for sku in SKU.objects.filter(product_id=ids[name]).select_related("stock"):
            on_hand = sku.stock.reserved + left
            stock.adjust(sku_id=sku.pk, on_hand=on_hand, reason="月末盘点", actor=WAREHOUSE, at=at)
    products.unpublish(product_id=ids[OFF_SHELF])


def _categories(goods: Sequence[Good]) -> dict[tuple[str, str], int]:
    made: dict[tuple[str, str], int] = {}
    roots: dict[str, Category] = {}
    for good in goods:
        if good.category not in roots:
            position = len(roots)
            roots[good.category] = Category.objects.create(
                name=good.category, slug=SLUGS[good.category], position=position
            )
        if (good.category, good.section) not in made:
            slug = f"{SLUGS[good.category]}-{''.join(lazy_pinyin(good.section)).lower()}"
            root = Category.objects.get(pk=roots[good.category].pk)
            node = Category.objects.create(name=good.section, slug=slug, parent=root, position=len(made))
            made[good.category, good.section] = node.pk
    return made


def _brands(goods: Sequence[Good]) -> dict[str, int]:
    names = dict.fromkeys(good.brand for good in goods)
    made = Brand.objects.bulk_create(
        Brand(name=name, slug="-".join(lazy_pinyin(name)), story=words.story(name)) for name in names
    )
    return {brand.name: brand.pk for brand in made}


def _matrix(good: Good, chance: random.Random) -> tuple[list[matrix.Option], list[skus.Row]]:
    if good.is_tshirt:
        options = [matrix.Option("颜色", TSHIRT_COLOURS), matrix.Option("尺码", SIZES)]
        return options, [_row(good, good.price_fen, chance, specs) for specs in matrix.combinations(options)]
    if good.option is None:
        return [], [_row(good, good.price_fen, chance, {})]
    name, prices = good.option
    rows = [_row(good, price, chance, {name: value}) for value, price in prices.items()]
    return [matrix.Option(name, tuple(prices))], rows


def _row(good: Good, price_fen: int, chance: random.Random, specs: dict[str, str]) -> skus.Row:
    market = 0 if price_fen < 1000 else price_fen * chance.choice((120, 125, 130, 150)) // 10_000 * 100
    return skus.Row(
        specs=specs,
        price_fen=price_fen,
        market_price_fen=market,
        cost_fen=max(1, price_fen * chance.randint(42, 58) // 100),
        weight_g=chance.randrange(150, 1800, 50),
        on_hand=chance.randrange(120, 900),
        safety_stock=10,
    )


def _fields(good: Good, category_id: int, brand_id: int, *, pictures: Sequence[str]) -> products.Fields:
    return products.Fields(
        name=good.name,
        category_id=category_id,
        brand_id=brand_id,
        subtitle=good.subtitle,
        attributes=good.attributes,
        description_html=words.description(good.name, good.subtitle, good.brand, good.attributes, pictures),
        limit_per_order=LIMITED.get(good.name, 0),
    )


def _illustrate(product_id: int, good: Good) -> None:
    """Put the pictures into the description."""
    product = Product.objects.prefetch_related("pictures").get(pk=product_id)
    urls = [picture.image.url for picture in product.pictures.all()]
    fields = _fields(good, product.category_id, product.brand_id or 0, pictures=urls[-2:])
    products.update(product_id=product_id, fields=fields, actor=OPERATOR, at=product.updated_at)


def _shades(good: Good) -> Iterator[str]:
    names = TSHIRT_COLOURS if good.is_tshirt else tuple(good.option[1]) if good.option else ()
    return (name for name in names if name in COLOURS)


def _tint(subject: Subject, colour: str) -> Subject:
    hue, strength = COLOURS[colour]
    return dataclasses.replace(subject, hue=hue, strength=strength)


def _colour(product_id: int, good: Good, colour: str, prepared: Prepared) -> None:
    """Add the picture of a colour and show it for the SKUs of that colour."""
    picture_id = gallery.keep(product_id=product_id, prepared=prepared, alt=f"{good.name} {colour}")
    with transaction.atomic():
        wanted = [sku.pk for sku in SKU.objects.filter(product_id=product_id) if colour in sku.specs.values()]
        SKU.objects.filter(pk__in=wanted).update(picture_id=picture_id)


def decorate(goods: Sequence[Good]) -> int:
    """Signs of the categories and the banners of the home page; how many pictures."""
    first: dict[str, Subject] = {}
    for good in goods:
        first.setdefault(good.category, good.subject)
        first.setdefault(good.section, good.subject)
    for category in Category.objects.all():
        category.picture = gallery.store(sign(first[category.name]), folder="categories")
        category.save(update_fields=["picture"])
    for position, (title, url, hue, subjects) in enumerate(BANNERS):
        picture = banner(hue, tuple(Subject(kind, turn) for kind, turn in subjects), seed=position)
        image = gallery.store(picture, folder="banners")
        Banner.objects.create(title=title, url=url, image=image, position=position)
    return len(first) + len(BANNERS)
