"""The style guide: every component of the shopper pages with sample data. Served by sandbox shops only."""

from datetime import timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from mall.kernel import clock


class SampleForm(forms.Form):
    """Shows how form fields look, with and without errors."""

    name = forms.CharField(label=_("收货人"), widget=forms.TextInput(attrs={"autocomplete": "name"}))
    phone = forms.CharField(
        label=_("手机号"),
        help_text=_("仅用于配送联系"),
        min_length=11,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"}),
    )
    tag = forms.ChoiceField(label=_("标签"), choices=[("home", _("家")), ("work", _("公司"))], required=False)
    detail = forms.CharField(label=_("详细地址"), widget=forms.Textarea(attrs={"rows": 3}), required=False)


def _picture(name: str) -> str:
    return static(f"h5/img/sample-{name}.svg")


def _products() -> list[dict[str, Any]]:
    return [
        {
            "url": "#tea",
            "name": "明前龙井 西湖核心产区头采 罐装 100g",
            "image_url": _picture("tea"),
            "price_fen": 26800,
            "market_fen": 32800,
            "from_price": True,
            "sold": 12840,
            "tags": ["满199减20", "包邮"],
            "flag": "新品",
            "earn_fen": 5360,
        },
        {
            "url": "#honey",
            "name": "秦岭百花蜜 成熟原蜜 500g",
            "image_url": _picture("honey"),
            "price_fen": 8990,
            "sold": 3021,
            "tags": ["会员价"],
        },
        {
            "url": "#cup",
            "name": "青山系列 手拉坯马克杯 茶水分离",
            "image_url": _picture("cup"),
            "price_fen": 12800,
            "market_fen": 15800,
            "sold": 860,
            "progress_percent": 72,
        },
        {
            "url": "#towel",
            "name": "长绒棉毛巾 三条装 加厚吸水",
            "image_url": _picture("towel"),
            "price_fen": 5900,
            "sold_out": True,
            "sold": 9920,
        },
        {"url": "#tea2", "name": "没有图片的商品", "image_url": "", "price_fen": 100, "tags": ["拼团"]},
    ]


def _specs() -> dict[str, Any]:
    colours, sizes = ["青山", "月白", "砖红"], ["300ml", "450ml", "600ml"]
    skus = [
        {
            "id": 10 * i + j,
            "specs": {"颜色": colour, "容量": size},
            "price_fen": 12800 + 2000 * j,
            "market_fen": 15800 + 2000 * j,
            "stock": 0 if (i, j) == (1, 2) else 4 + 9 * i,
            "limit": 5,
            "earn_fen": 2560 + 400 * j,
            "image": _picture(["cup", "tea", "towel"][i]),
        }
        for i, colour in enumerate(colours)
        for j, size in enumerate(sizes)
        if (i, j) != (2, 0)
    ]
    pictures = zip(colours, ["cup", "tea", "towel"], strict=True)
    return {
        "matrix": {"names": ["颜色", "容量"], "skus": skus},
        "specs": [
            {
                "name": "颜色",
                "values": [{"value": colour, "image_url": _picture(name)} for colour, name in pictures],
            },
            {"name": "容量", "values": [{"value": size} for size in sizes]},
        ],
    }


def _samples() -> dict[str, Any]:
    now = clock.now()
    form = SampleForm({"name": "李小明", "phone": "138"})
    form.is_valid()
    return {
        **_specs(),
        "products": _products(),
        "slides": [
            {"image_url": _picture("banner"), "alt": "春茶上新", "url": "#banner"},
            {"image_url": _picture("honey"), "alt": "秦岭百花蜜"},
            {"image_url": _picture("cup"), "alt": "手拉坯马克杯"},
        ],
        "shots": [{"image_url": _picture(n), "alt": n} for n in ("cup", "tea", "honey", "towel")],
        "form": form,
        "ends_at": now + timedelta(hours=5, minutes=12, seconds=40),
        "ends_later": now + timedelta(days=2, hours=3),
        "order_steps": [
            {"label": _("已提交"), "state": "done", "time": "09:12"},
            {"label": _("已付款"), "state": "done", "time": "09:13"},
            {"label": _("已审核"), "state": "done", "time": "09:40"},
            {"label": _("已发货"), "state": "current", "time": "14:05"},
            {"label": _("已签收"), "state": ""},
        ],
        "events": [
            {"title": "派送中", "note": "快递员李师傅正在派送，电话 138****0002", "at": now},
            {"title": "到达 杭州西湖营业部", "note": "", "at": now - timedelta(hours=3)},
            {"title": "已揽收", "note": "包裹离开仓库", "at": now - timedelta(hours=20)},
        ],
        "week": [(f"11-{16 + day}", fen) for day, fen in enumerate([8600, 12800, 9900, 21800, 17600, 26400, 31250])],
        "counts": [(f"11-{16 + day}", n) for day, n in enumerate([3, 5, 2, 8, 6, 9, 12])],
        "coupons": [
            {
                "name": "春茶节满减券",
                "amount_fen": 2000,
                "minimum_fen": 19900,
                "scope": "茶叶类目可用",
                "ends_at": now + timedelta(days=6),
                "url": "#coupon",
                "action": "去使用",
                "left_percent": 64,
            },
            {
                "name": "会员九折券",
                "discount_text": "9 折",
                "minimum_fen": 0,
                "scope": "全场通用",
                "reason": "还差 ¥32.00 可用",
                "ends_at": now + timedelta(days=2),
            },
        ],
        "order_tabs": [
            {"label": "全部", "url": "#all", "current": True},
            {"label": "待付款", "url": "#unpaid", "count": 2},
            {"label": "待发货", "url": "#paid"},
            {"label": "待收货", "url": "#shipped", "count": 1},
            {"label": "待评价", "url": "#review"},
        ],
        "empty_arts": ["box", "cart", "search", "list", "coupon", "team", "lost", "lock", "repair"],
        "cart_count": 3,
    }


def page(request: HttpRequest) -> HttpResponse:
    """All components on one page. 404 unless the shop runs in sandbox mode."""
    if not settings.SANDBOX:
        raise Http404
    return render(request, "h5/styleguide.html", _samples())
