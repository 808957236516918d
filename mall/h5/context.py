"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def shop(request: HttpRequest) -> dict[str, Any]:
    """`sandbox` for the demo ribbon, `in_wechat` to hide our title bar where WeChat draws one, and the JS-SDK address."""
    return {
        "sandbox": settings.SANDBOX,
        "in_wechat": "MicroMessenger" in request.headers.get("User-Agent", ""),
        "wechat_js": settings.WECHAT_JSSDK_URL,
        "site_url": settings.SITE_URL,
    }
