"""The frame around every back-office page: the sidebar as this staff member may use it, and the environment's name."""

from typing import Any

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from mall.backoffice import todo

# Group -> (model, title, icon). Who may not see a model does not see its entry; an empty group disappears.
GROUPS: list[tuple[Any, list[tuple[str, Any, str]]]] = [
    (
        _("订单"),
        [
            ("orders.order", _("订单"), "receipt_long"),
            ("orders.refund", _("售后"), "assignment_return"),
            ("logistics.parcel", _("包裹"), "package_2"),
            ("logistics.freightrule", _("运费规则"), "local_shipping"),
            ("logistics.carrier", _("物流公司"), "airport_shuttle"),
            ("orders.orderpolicy", _("订单设置"), "tune"),
        ],
    ),
    (
        _("商品"),
        [
            ("catalog.product", _("商品"), "inventory_2"),
            ("catalog.category", _("分类"), "category"),
            ("catalog.brand", _("品牌"), "sell"),
            ("catalog.banner", _("轮播图"), "view_carousel"),
            ("catalog.hotword", _("热搜词"), "trending_up"),
        ],
    ),
    (
        _("库存"),
        [
            ("catalog.stock", _("库存总览"), "warehouse"),
            ("catalog.stockmovement", _("出入库流水"), "swap_vert"),
            ("catalog.stockalert", _("库存预警"), "notification_important"),
        ],
    ),
    (
        _("营销"),
        [
            ("marketing.coupon", _("优惠券"), "confirmation_number"),
            ("marketing.membercoupon", _("领券记录"), "redeem"),
            ("marketing.fullreduction", _("满减活动"), "savings"),
        ],
    ),
    (_("会员"), [("members.member", _("会员"), "group")]),
    (
        _("分销"),
        [
            ("distribution.distributor", _("分销商"), "diversity_3"),
            ("distribution.application", _("入驻申请"), "how_to_reg"),
            ("distribution.teamnode", _("团队树"), "account_tree"),
            ("distribution.binding", _("邀请关系"), "link"),
            ("distribution.programme", _("分销规则"), "rule"),
            ("distribution.productrate", _("商品佣金"), "percent"),
            ("distribution.commission", _("佣金记录"), "paid"),
        ],
    ),
    (
        _("财务"),
        [
            ("distribution.settlementrun", _("结算批次"), "event_repeat"),
            ("distribution.statement", _("结算单"), "description"),
            ("distribution.withdrawal", _("提现审核"), "account_balance_wallet"),
            ("payments.payment", _("支付单"), "payments"),
            ("payments.providerrefund", _("渠道退款"), "undo"),
            ("payments.transfer", _("转账单"), "send_money"),
            ("payments.unmatchedpayment", _("未匹配收款"), "help_center"),
            ("payments.wallet", _("会员钱包"), "wallet"),
            ("payments.walletentry", _("余额流水"), "list_alt"),
            ("distribution.account", _("分销账户"), "account_balance"),
            ("distribution.journal", _("记账凭证"), "menu_book"),
        ],
    ),
    (
        _("系统"),
        [
            ("kernel.notice", _("站内消息"), "mail"),
            ("members.staff", _("员工"), "badge"),
            ("auth.group", _("角色"), "shield_person"),
            ("api.apikey", _("接口密钥"), "key"),
            ("payments.providernotice", _("渠道通知"), "webhook"),
            ("kernel.outboxevent", _("领域事件"), "bolt"),
            ("kernel.delivery", _("事件投递"), "outbox"),
            ("members.region", _("行政区划"), "map"),
        ],
    ),
]


def environment(request: HttpRequest) -> list[str]:
    """The label in the corner: whether money here is real."""
    if not settings.SANDBOX:
        return [str(_("生产")), "danger"]
    return [str(_("沙箱")), "info"] if settings.DEBUG else [str(_("演示")), "warning"]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The sidebar of this staff member, with what waits for them as badges."""
    addresses = permitted(request)
    waiting = todo.by_model(request)
    home = {"title": _("概览"), "icon": "dashboard", "link": reverse("admin:index")}
    groups: list[dict[str, Any]] = [{"items": [home]}]
    for title, entries in GROUPS:
        items = [
            {"title": name, "icon": icon, "link": addresses[model], "badge": waiting.get(model) or None}
            for model, name, icon in entries
            if model in addresses
        ]
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return groups


def permitted(request: HttpRequest) -> dict[str, str]:
    """Model -> address of its list, for what this staff member may at least view."""
    return {
        f"{app['app_label']}.{model['object_name'].lower()}": model["admin_url"]
        for app in admin.site.get_app_list(request)
        for model in app["models"]
        if model["admin_url"]
    }
