"""The frame of the back office. What depends on who is looking is computed in `mall.backoffice.frame`."""

from typing import Any

from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("良品集 商家后台"),
    "SITE_HEADER": _("良品集 商家后台"),
    "SITE_SUBHEADER": _("分销商城"),
    "SITE_URL": "/",
    "SITE_ICON": lambda request: static("h5/img/logo.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("h5/img/logo.svg")},
    ],
    "STYLES": [lambda request: static("admin/office.css")],
    "ENVIRONMENT": "mall.backoffice.frame.environment",
    "DASHBOARD_CALLBACK": "mall.backoffice.dashboard.fill",
    "COMMAND": {"search_callback": "mall.backoffice.search.find", "show_history": True},
    "SIDEBAR": {"show_search": True, "command_search": True, "navigation": "mall.backoffice.frame.navigation"},
    "ACCOUNT": {"navigation": [{"title": _("修改密码"), "link": reverse_lazy("admin:password_change")}]},
    # The brand's #C81623 is step 600, which unfold uses for links and buttons: 5.8 : 1 on white.
    "COLORS": {
        "primary": {
            "50": "#fef2f2",
            "100": "#fde3e4",
            "200": "#fbcbce",
            "300": "#f6a6ab",
            "400": "#ee737b",
            "500": "#e1434e",
            "600": "#c81623",
            "700": "#ab121d",
            "800": "#8d121b",
            "900": "#76151c",
            "950": "#40060a",
        },
    },
}
