"""Who calls the API: a member by access token, or by the browser session (with CSRF)."""

from django.contrib.auth.base_user import AbstractBaseUser
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import Token


class MemberAuthentication(BaseAuthentication):
    """Bearer token first; without one, the session."""

    def authenticate(self, request: Request) -> tuple[AbstractBaseUser, Token | None] | None:
        if "Authorization" in request.headers:
            return JWTAuthentication().authenticate(request)
        return SessionAuthentication().authenticate(request)

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="api"'
