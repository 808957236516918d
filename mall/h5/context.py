"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from mall.h5.visitor import cart_count


def shop(request: HttpRequest) -> dict[str, Any]:
    """`sandbox` for the demo ribbon, `in_wechat` to hide our title bar where WeChat draws one, the cart's badge.

    The badge is counted only by pages that print it.
    """
    return {
        "sandbox": settings.SANDBOX,
        "in_wechat": "MicroMessenger" in request.headers.get("User-Agent", ""),
        "cart_count": SimpleLazyObject(lambda: cart_count(request)),
        "wechat_js": settings.WECHAT_JSSDK_URL,
        "site_url": settings.SITE_URL,
    }
