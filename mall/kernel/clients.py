"""Where a request really came from, when proxies stand in front."""

from django.conf import settings
from django.http import HttpRequest


def address(request: HttpRequest) -> str:
    """The caller's IP: the address our outermost trusted proxy saw.

    `TRUSTED_PROXIES` proxies append to X-Forwarded-For; whatever a client wrote further left is not believed.
    """
    direct = str(request.META.get("REMOTE_ADDR") or "unknown")
    hops = [hop.strip() for hop in str(request.META.get("HTTP_X_FORWARDED_FOR", "")).split(",") if hop.strip()]
    trusted: int = settings.TRUSTED_PROXIES
    return hops[-trusted][:45] if 0 < trusted <= len(hops) else direct
