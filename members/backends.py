"""Password login: shoppers by phone, staff by username."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from members.models import Member


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
        field = "phone" if username.isascii() and username.isdigit() and len(username) == 11 else "username"
        member = Member.objects.filter(**{field: username}).first()
        if member is None:
            Member().set_password(password)
            return None
        return member if member.check_password(password) and self.user_can_authenticate(member) else None
