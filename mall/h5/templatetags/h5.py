"""Tags and filters of the shopper pages: money, masking, icons, charts and the page frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from mall.kernel import clock, middleware, money

register = template.Library()

ICONS = "h5/img/icons.svg"
THEMES = ("auto", "light", "dark")
TABBED_PATHS = {"/": "home", "/c/": "category", "/cart/": "cart", "/me/": "me"}
SECTIONS = (("/c/", "category"), ("/cart/", "cart"), ("/me/", "me"), ("/d/", "me"))
LANGUAGE_PREFIXES = ("/zh-hant/", "/en/")

JS_STRINGS = {
    "ok": _("确定"),
    "cancel": _("取消"),
    "close": _("关闭"),
    "retry": _("重试"),
    "undo": _("撤销"),
    "copied": _("已复制"),
    "copy_failed": _("复制失败，请长按复制：{text}"),
    "offline_write": _("当前离线，请联网后再试"),
    "network_error": _("网络不给力，请稍后重试"),
    "server_error": _("服务开小差了，请稍后重试"),
    "request_error": _("操作没有成功，请刷新后再试"),
    "too_many": _("操作太频繁，请 {n} 秒后再试"),
    "max_quantity": _("最多可购 {n} 件"),
    "limit": _("每人限购 {n} 件"),
    "slide": _("第 {n} 张，共 {total} 张"),
    "play": _("继续轮播"),
    "pause": _("暂停轮播"),
    "choose": _("请选择 {what}"),
    "chosen": _("已选 {what}"),
    "sku_missing": _("所选组合没有「{value}」"),
    "sku_sold_out": _("「{value}」暂时缺货"),
    "sold_out": _("已售罄"),
    "last_n": _("仅剩 {n} 件"),
    "in_stock": _("有货"),
    "yuan": _("{n}元"),
    "earn": _("预计赚 ¥{n}"),
    "loading": _("加载中…"),
    "load_failed": _("加载失败，点击重试"),
    "days": _("{n}天"),
    "pick": _("请选择"),
    "pick_region": _("请选择省/市/区"),
    "no_region": _("没有找到这个地区"),
    "resend_in": _("{n} 秒后重发"),
}


@dataclass(frozen=True)
class Chrome:
    """The frame of one page: which bars show, which tab is current, which look the visitor chose."""

    tab: str
    has_tabbar: bool
    in_wechat: bool
    theme: str
    care: bool
    now_ms: int
    icons: str

    @property
    def body_class(self) -> str:
        classes = ("has-tabbar" * self.has_tabbar, "in-wechat" * self.in_wechat)
        return " ".join(name for name in classes if name)


def _language_prefix(path: str) -> str:
    return next((prefix for prefix in LANGUAGE_PREFIXES if path.startswith(prefix)), "/")


@register.simple_tag(takes_context=True)
def chrome(context: template.Context) -> Chrome:
    """The `Chrome` of the current request; error pages rendered without a request get a plain frame."""
    request = context.get("request")
    path = request.path if request else ""
    path = "/" + path.removeprefix(_language_prefix(path)) if path else ""
    cookies: Mapping[str, str] = request.COOKIES if request else {}
    theme = cookies.get("theme", "auto")
    return Chrome(
        tab=TABBED_PATHS.get(path) or next((tab for start, tab in SECTIONS if path.startswith(start)), ""),
        has_tabbar=path in TABBED_PATHS,
        in_wechat=bool(context.get("in_wechat")),
        theme=theme if theme in THEMES else "auto",
        care=cookies.get("care") == "1",
        now_ms=int(clock.now().timestamp() * 1000),
        icons=static(ICONS),
    )


@register.simple_tag(takes_context=True)
def local(context: template.Context, path: str) -> str:
    """`path` under the language prefix of the current page: `/cart/` → `/en/cart/` on English pages."""
    request = context.get("request")
    return (_language_prefix(request.path) if request else "/") + path.removeprefix("/")


@register.simple_tag
def js_strings() -> dict[str, Any]:
    """Texts of the script modules; print with `json_script:"js-strings"`."""
    return dict(JS_STRINGS)


@register.simple_tag(name="request_id")
def current_request_id() -> str:
    """The id of this request, as in the log and the X-Request-ID header."""
    return middleware.request_id()


@register.simple_tag
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """An icon of the sprite. Decorative unless `label` is given; `css` adds classes such as `icon--s`."""
    if label:
        return format_html(
            '<svg class="icon {}" role="img" aria-label="{}"><use href="{}#{}"/></svg>',
            css,
            label,
            static(ICONS),
            name,
        )
    return format_html('<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>', css, static(ICONS), name)


@register.simple_tag
def empty_art(name: str) -> SafeString:
    """The drawing of an empty state: box, cart, search, list, coupon, team, lost, lock or repair."""
    return format_html(
        '<svg class="empty__art icon" viewBox="0 0 152 120" aria-hidden="true"><use href="{}#empty-{}"/></svg>',
        static(ICONS),
        name,
    )


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as yuan text: 1230 → "12.30"; nothing for None."""
    return "" if fen is None else money.yuan(fen)


@register.filter
def round_yuan(fen: int) -> str:
    """Fen as short yuan text for slogans: 20000 → "200", 990 → "9.9"."""
    whole, _dot, decimals = money.yuan(fen).partition(".")
    return f"{whole}.{decimals}".rstrip("0").rstrip(".")


@register.filter
def price_parts(fen: int) -> tuple[str, str]:
    """Fen as (yuan, decimals) for print: 126800 → ("1268", "00")."""
    whole, _dot, decimals = money.yuan(fen).partition(".")
    return whole, decimals


@register.filter
def masked_phone(phone: str | None) -> str:
    """A phone for other people's eyes: 13800000002 → 138****0002."""
    digits = phone or ""
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 8 else "****"


@register.filter
def masked_name(name: str | None) -> str:
    """A name for other people's eyes: 李小明 → 李**. One star for short names hides their length too."""
    return f"{name[0]}**" if name else "**"


@register.filter
def count_text(number: int | None) -> str:
    """A count as shops print it: 9800 → "9800", 12345 → "1.2万"."""
    value = number or 0
    if value < 10_000:
        return str(value)
    tenths = value // 1_000
    return f"{tenths // 10}.{tenths % 10}万" if tenths % 10 else f"{tenths // 10}万"


@dataclass(frozen=True)
class Mark:
    """One value of a chart in drawing units."""

    label: str
    text: str
    x: int
    left: int
    y: int
    height: int


@dataclass(frozen=True)
class Drawing:
    """An SVG chart worked out on the server: `line` and `area` are path data, `marks` the single values."""

    width: int
    height: int
    baseline: int
    line: str
    area: str
    bar_width: int
    marks: tuple[Mark, ...]


CHART_WIDTH, CHART_HEIGHT, CHART_PAD, CHART_LABELS = 320, 112, 8, 16


def draw(points: Sequence[tuple[str, int]], *, is_money: bool) -> Drawing:
    """Lay out `points` (label, value ≥ 0; fen when `is_money`) on a 320 × 112 canvas, zero above the labels."""
    baseline = CHART_HEIGHT - CHART_LABELS
    top = max((value for _label, value in points), default=0) or 1
    slot = (CHART_WIDTH - 2 * CHART_PAD) // max(len(points), 1)
    bar_width = max(slot * 3 // 5, 2)
    marks = tuple(
        Mark(
            label=label,
            text=f"¥{money.yuan(value)}" if is_money else str(value),
            x=CHART_PAD + slot * position + slot // 2,
            left=CHART_PAD + slot * position + (slot - bar_width) // 2,
            y=baseline - (baseline - CHART_PAD) * max(value, 0) // top,
            height=(baseline - CHART_PAD) * max(value, 0) // top,
        )
        for position, (label, value) in enumerate(points)
    )
    line = " ".join(f"{'L' if position else 'M'}{mark.x} {mark.y}" for position, mark in enumerate(marks))
    area = f"{line} L{marks[-1].x} {baseline} L{marks[0].x} {baseline} Z" if marks else ""
    return Drawing(CHART_WIDTH, CHART_HEIGHT, baseline, line, area, bar_width, marks)


@register.inclusion_tag("h5/components/sparkline.html")
def sparkline(
    points: Sequence[tuple[str, int]], title: str, kind: str = "line", is_money: bool = True
) -> dict[str, Any]:
    """A chart with its numbers as a table. `points`: (label, value) oldest first; `kind`: "line" or "bar"."""
    return {"drawing": draw(points, is_money=is_money), "title": title, "kind": kind}
