"""Start-up checks: a database that can search Chinese, and a production that is not a sandbox."""

from collections.abc import Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

MINIMUM_SECRET = 32


@register(Tags.database)
def chinese_trigrams(databases: Sequence[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """pg_trgm finds no trigram in Chinese when the database locale is C; search would silently return nothing."""
    errors: list[CheckMessage] = []
    for alias in databases or []:
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm'")
            if not cursor.fetchone():
                continue
            cursor.execute("SELECT cardinality(show_trgm('运动鞋'))")
            if cursor.fetchone()[0] == 0:
                errors.append(
                    Error(
                        "数据库的区域设置不能检索中文",
                        hint="用 C.UTF-8 重新建库（initdb --locale=C.UTF-8）",
                        id="mall.E001",
                    )
                )
    return errors


@register(Tags.security)
def not_a_sandbox(app_configs: Sequence[AppConfig] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """With production settings, refuse DEBUG, sandbox mode, weak secrets, simulator keys and loopback services."""
    if not (settings.SETTINGS_MODULE or "").endswith(".prod"):
        return []
    faults = {
        "DEBUG 必须关闭": settings.DEBUG,
        "不能在生产环境使用沙箱模式": settings.SANDBOX,
        "SECRET_KEY 缺失或太短": len(settings.SECRET_KEY) < MINIMUM_SECRET,
        "ALLOWED_HOSTS 不能为 *": "*" in settings.ALLOWED_HOSTS,
        "微信支付公钥是模拟器的": settings.WXPAY_PUBLIC_KEY_ID.startswith("PUB_KEY_ID_SIM"),
        "外部服务必须是 https": any(
            not base.startswith("https://")
            for base in (
                settings.WECHAT_API_BASE,
                settings.WXPAY_BASE,
                settings.KD100_BASE,
                settings.SMS_BASE,
            )
        ),
    }
    return [Error(text, id="mall.E002") for text, wrong in faults.items() if wrong]
