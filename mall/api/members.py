"""Signing in, the member's profile, addresses and balance."""

import contextlib
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.serializers import TokenRefreshSerializer
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from distribution.services import binding
from mall.api import fields
from mall.api.pagination import Pages
from mall.kernel import clients, clock, ratelimit
from mall.kernel.errors import NotFound
from members import queries, wechat
from members.models import Member, SmsCode
from members.services import addresses, login, profile, sms
from payments import queries as money


class SmsCodeForm(serializers.Serializer):
    phone = fields.PhoneField()
    purpose = serializers.ChoiceField(choices=SmsCode.Purpose.values)


class SmsLoginForm(serializers.Serializer):
    phone = fields.PhoneField()
    code = fields.TextField(max_length=8)
    referral_code = fields.TextField(max_length=32, required=False, allow_blank=True, default="")


class PasswordLoginForm(serializers.Serializer):
    phone = fields.PhoneField()
    password = fields.TextField(max_length=128, trim_whitespace=False)
    referral_code = fields.TextField(max_length=32, required=False, allow_blank=True, default="")


class MiniLoginForm(serializers.Serializer):
    code = fields.TextField(max_length=128)
    referral_code = fields.TextField(max_length=32, required=False, allow_blank=True, default="")


class RefreshForm(serializers.Serializer):
    refresh = fields.TextField(max_length=2000)


class ProfileForm(serializers.Serializer):
    nickname = fields.TextField(max_length=60)


class AddressForm(serializers.Serializer):
    name = fields.TextField(max_length=30)
    phone = fields.PhoneField()
    province = fields.TextField(max_length=40)
    city = fields.TextField(max_length=40)
    district = fields.TextField(max_length=40)
    street = fields.TextField(max_length=120)
    tag = fields.TextField(max_length=10, required=False, allow_blank=True, default="")
    is_default = fields.StrictBooleanField(required=False, default=False)


class AddressRow(AddressForm):
    id = serializers.IntegerField(read_only=True)


class MemberSummary(serializers.Serializer):
    id = serializers.IntegerField()
    nickname = serializers.CharField()
    phone_masked = serializers.CharField()
    level = serializers.CharField()


class Session(serializers.Serializer):
    access = serializers.CharField()
    refresh = serializers.CharField()
    member = MemberSummary()
    created = serializers.BooleanField()


class ProfileRow(MemberSummary):
    avatar = serializers.CharField()
    joined_at = serializers.DateTimeField(source="date_joined")
    has_password = serializers.BooleanField(source="has_usable_password")


class CodeSent(serializers.Serializer):
    expires_in = serializers.IntegerField()


class BalanceEntry(serializers.Serializer):
    kind = serializers.CharField()
    kind_text = serializers.CharField()
    ref = serializers.CharField()
    delta = fields.YuanField(source="delta_fen")
    balance_after = fields.YuanField(source="balance_after_fen")
    note = serializers.CharField()
    at = serializers.DateTimeField()


class Balance(serializers.Serializer):
    balance = fields.YuanField()
    count = serializers.IntegerField()
    next = serializers.CharField(allow_null=True)
    previous = serializers.CharField(allow_null=True)
    results = BalanceEntry(many=True)


class JsConfig(serializers.Serializer):
    # The names are those of wx.config.

    appId = serializers.CharField()
    timestamp = serializers.IntegerField()
    nonceStr = serializers.CharField()
    signature = serializers.CharField()


class Public(APIView):
    """For everybody; a stale token in the header does not matter here."""

    permission_classes = [AllowAny]
    authentication_classes = []

    def get_authenticate_header(self, request: Request) -> str:
        """A refused login is 401, although nobody is asked to sign in for trying."""
        return 'Bearer realm="api"'


class SmsCodes(Public):
    """Send a one-time code."""

    @extend_schema(request=SmsCodeForm, responses={202: CodeSent})
    def post(self, request: Request) -> Response:
        form = _valid(SmsCodeForm, request)
        seconds = sms.send_code(**form, ip=clients.address(request), at=clock.now())
        return Response({"expires_in": seconds}, status=202)


class LoginBySms(Public):
    """Log in with a code; the first time creates the account."""

    @extend_schema(request=SmsLoginForm, responses=Session)
    def post(self, request: Request) -> Response:
        form = _valid(SmsLoginForm, request)
        member, created = login.by_sms(
            phone=form["phone"], code=form["code"], ip=clients.address(request), at=clock.now()
        )
        return _session(member, created=created, referral_code=form["referral_code"])


class LoginByPassword(Public):
    """Log in with phone and password."""

    @extend_schema(request=PasswordLoginForm, responses=Session)
    def post(self, request: Request) -> Response:
        form = _valid(PasswordLoginForm, request)
        member = login.by_password(
            phone=form["phone"], password=form["password"], ip=clients.address(request), at=clock.now()
        )
        return _session(member, created=False, referral_code=form["referral_code"])


class LoginByMini(Public):
    """Log in with the code of `wx.login` in the mini program."""

    @extend_schema(request=MiniLoginForm, responses=Session)
    def post(self, request: Request) -> Response:
        form = _valid(MiniLoginForm, request)
        ratelimit.hit(settings.LOGIN_IP_LIMIT, "login-ip", clients.address(request))
        member, created = login.by_wechat(code=form["code"], app="mini", at=clock.now())
        return _session(member, created=created, referral_code=form["referral_code"])


class Refresh(Public):
    """A new access token; the refresh token is replaced, the old one is refused from now on."""

    @extend_schema(request=RefreshForm, responses=TokenRefreshSerializer)
    def post(self, request: Request) -> Response:
        renewal = TokenRefreshSerializer(data=_valid(RefreshForm, request))
        try:
            renewal.is_valid(raise_exception=True)
        except TokenError as error:
            raise InvalidToken(error.args[0]) from error
        except Member.DoesNotExist as error:
            raise InvalidToken from error
        # Also refuses a disabled account, and tokens older than the password.
        JWTAuthentication().get_user(AccessToken(renewal.validated_data["access"]))
        return Response(renewal.validated_data)


class Logout(Public):
    """End the session of this refresh token."""

    @extend_schema(request=RefreshForm, responses={204: None})
    def post(self, request: Request) -> Response:
        try:
            RefreshToken(_valid(RefreshForm, request)["refresh"]).blacklist()
        except TokenError as error:
            raise InvalidToken(error.args[0]) from error
        return Response(status=204)


class Me(APIView):
    """The member's own profile."""

    @extend_schema(responses=ProfileRow)
    def get(self, request: Request) -> Response:
        return Response(ProfileRow(queries.member(member_id=_me(request))).data)

    @extend_schema(request=ProfileForm, responses=ProfileRow)
    def patch(self, request: Request) -> Response:
        profile.rename(member_id=_me(request), nickname=_valid(ProfileForm, request)["nickname"])
        return self.get(request)


class Export(APIView):
    """All personal data of the member."""

    @extend_schema(responses=dict)
    def get(self, request: Request) -> Response:
        data = queries.personal_data(member_id=_me(request))
        balance = money.wallet(member_id=_me(request)).balance_fen
        count = money.wallet_entry_count(member_id=_me(request))
        entries = money.wallet_entries(member_id=_me(request), page_size=max(1, count))
        data["balance"] = {
            "balance": fields.YuanField().to_representation(balance),
            "entries": BalanceEntry(entries, many=True).data,
        }
        return Response(data, headers={"Cache-Control": "no-store"})


class Addresses(APIView):
    """The member's address book."""

    @extend_schema(responses=AddressRow(many=True))
    def get(self, request: Request) -> Response:
        pages = Pages()
        rows = pages.paginate_queryset(queries.addresses(member_id=_me(request)), request)
        return pages.get_paginated_response(AddressRow(rows, many=True).data)

    @extend_schema(request=AddressForm, responses={201: AddressRow})
    def post(self, request: Request) -> Response:
        data = addresses.AddressData(**_valid(AddressForm, request))
        row = addresses.save(member_id=_me(request), data=data)
        return Response(AddressRow(row).data, status=201)


class AddressDetail(APIView):
    """One address of the member; anybody else's does not exist here."""

    @extend_schema(responses=AddressRow)
    def get(self, request: Request, address_id: int) -> Response:
        return Response(AddressRow(queries.address(member_id=_me(request), address_id=address_id)).data)

    @extend_schema(request=AddressForm, responses=AddressRow)
    def put(self, request: Request, address_id: int) -> Response:
        queries.address(member_id=_me(request), address_id=address_id)
        data = addresses.AddressData(**_valid(AddressForm, request))
        return Response(AddressRow(addresses.save(member_id=_me(request), data=data, address_id=address_id)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, address_id: int) -> Response:
        addresses.delete(member_id=_me(request), address_id=address_id)
        return Response(status=204)


class MyBalance(APIView):
    """The balance and its changes, newest first."""

    @extend_schema(responses=Balance)
    def get(self, request: Request) -> Response:
        pages = Pages()
        size = pages.get_page_size(request)
        positions = range(money.wallet_entry_count(member_id=_me(request)))
        shown = pages.paginate_queryset(positions, request)
        number = shown[0] // size + 1 if shown else 1
        entries = money.wallet_entries(member_id=_me(request), page=number, page_size=size)
        balance = fields.YuanField().to_representation(money.wallet(member_id=_me(request)).balance_fen)
        body = pages.get_paginated_response(BalanceEntry(entries, many=True).data).data
        return Response({"balance": balance, **body})


class WechatJsConfig(Public):
    """What `wx.config` needs on one of our own pages (`?url=`)."""

    @extend_schema(responses=JsConfig)
    def get(self, request: Request) -> Response:
        url = request.query_params.get("url", "")
        if urlsplit(url).netloc != urlsplit(settings.SITE_URL).netloc:
            raise ValidationError({"url": [_("只能为本站页面签名")]})
        return Response(wechat.js_config(url=url), headers={"Cache-Control": "no-store"})


def _me(request: Request) -> int:
    return int(request.user.pk or 0)


def _valid(form: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    checked = form(data=request.data)
    checked.is_valid(raise_exception=True)
    return dict(checked.validated_data)


def _session(member: Member, *, created: bool, referral_code: str) -> Response:
    if referral_code:
        with contextlib.suppress(binding.BindingRefused, NotFound):
            binding.bind(
                member_id=member.pk, code=referral_code, source="link", actor=f"member:{member.pk}", at=clock.now()
            )
    refresh = RefreshToken.for_user(member)
    body = {
        "access": str(refresh.access_token),
        "refresh": str(refresh),
        "member": MemberSummary(member).data,
        "created": created,
    }
    return Response(body, headers={"Cache-Control": "no-store"})


urlpatterns = [
    path("auth/sms-codes/", SmsCodes.as_view()),
    path("auth/login/sms/", LoginBySms.as_view()),
    path("auth/login/password/", LoginByPassword.as_view()),
    path("auth/login/wechat-mini/", LoginByMini.as_view()),
    path("auth/refresh/", Refresh.as_view()),
    path("auth/logout/", Logout.as_view()),
    path("me/", Me.as_view()),
    path("me/export/", Export.as_view()),
    path("me/addresses/", Addresses.as_view()),
    path("me/addresses/<int:address_id>/", AddressDetail.as_view()),
    path("me/balance/", MyBalance.as_view()),
    path("wechat/js-config/", WechatJsConfig.as_view()),
]
