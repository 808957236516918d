"""Password login: shoppers by phone, staff by username."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from mall.kernel import clients, ratelimit
from mall.kernel.errors import RateLimited
from members.models import Member

LIMIT = "10/5 minutes"


class PhoneOrUsernameBackend(ModelBackend):
    """Takes as long for an unknown name as for a known one."""

    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Member | None:
        if not username or password is None:
            return None
        keys = ("back-office", username[:80], clients.address(request)) if request else ()
        _count(keys)
        field = "phone" if username.isascii() and username.isdigit() and len(username) == 11 else "username"
        member = Member.objects.filter(**{field: username}).first()
        if member is None:
            Member().set_password(password)
            return None
        if not member.check_password(password) or not self.user_can_authenticate(member):
            return None
        if keys:
            ratelimit.clear(LIMIT, *keys)
        return member


def _count(keys: tuple[str, ...]) -> None:
    """Stop a guesser before the password is looked at; others with the same name come from another address."""
    if not keys:
        return
    try:
        ratelimit.hit(LIMIT, *keys)
    except RateLimited as error:
        raise PermissionDenied from error
