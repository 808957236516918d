"""Who calls the API: a member by access token or browser session (with CSRF), or a merchant system by key."""

from typing import TYPE_CHECKING

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework_api_key.permissions import KeyParser
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import Token

from mall.api.models import ALL, ApiKey

if TYPE_CHECKING:
    # rest_framework.views loads this module as a setting.
    from rest_framework.views import APIView

SCOPES = frozenset(
    {
        ALL,
        "orders:read",
        "orders:write",
        "refunds:read",
        "refunds:write",
        "products:read",
        "products:write",
        "stock:read",
        "stock:write",
        "members:read",
        "distribution:read",
        "distribution:write",
        "settlements:read",
        "settlements:write",
        "withdrawals:write",
        "statistics:read",
    }
)


class MemberAuthentication(BaseAuthentication):
    """Bearer token first; without one, the session."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, Token | None] | None:
        if "Authorization" in request.headers:
            return JWTAuthentication().authenticate(request)
        return SessionAuthentication().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Api-Key KEYID.SECRET`; the key is then `request.auth`, the user stays anonymous."""

    def authenticate(self, request: Request) -> tuple[AnonymousUser, ApiKey] | None:
        given = KeyParser().get(request)
        if given is None:
            return None
        key = ApiKey.objects.filter(prefix=given.partition(".")[0], revoked=False).first()
        if key is None or not key.is_valid(given) or key.has_expired:
            raise AuthenticationFailed(_("接口密钥无效"))
        return AnonymousUser(), key

    def authenticate_header(self, request: Request) -> str:
        return "Api-Key"


class HasScope(BasePermission):
    """`permission_classes = [HasScope("orders:write")]`: the caller's API key covers the scope."""

    def __init__(self, scope: str) -> None:
        if scope not in SCOPES:
            raise ValueError(f"unknown scope {scope}")
        self.scope = scope

    def __call__(self) -> "HasScope":
        return self

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.auth, ApiKey):
            raise NotAuthenticated
        return request.auth.allows(self.scope)
