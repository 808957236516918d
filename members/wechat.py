"""WeChat as an identity provider: web OAuth2, mini program login, and the JS-SDK signature."""

import dataclasses
import hashlib
import logging
import secrets
from collections.abc import Callable
from typing import Any

import redis
import requests
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _
from wechatpy.exceptions import WeChatOAuthException
from wechatpy.oauth import WeChatOAuth

from mall.kernel import clock, http
from mall.kernel.errors import DomainError, ServiceUnavailable
from mall.kernel.transactions import remote

logger = logging.getLogger(__name__)

TIMEOUT = (3.0, 10.0)
# WeChat renews a stable token during its last five minutes, both staying valid.
EARLY_SECONDS = 300
_BUSY = -1


class WechatRefused(DomainError):
    """WeChat does not accept the code (used, expired, made up); `data["errcode"]` is its number."""

    code = "wechat_refused"
    status = 400
    message = _("微信授权已失效，请重新登录")


class SnapshotUser(DomainError):
    """WeChat's read-only snapshot page hands out an identity that belongs to nobody: never create or bind an account."""

    code = "snapshot_user"
    status = 403
    message = _("当前是微信快照页，请点击右下角“使用完整服务”后再登录")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Identity:
    """Whom WeChat vouched for. `unionid` and `nickname` are empty unless WeChat gave them."""

    appid: str
    openid: str
    unionid: str = ""
    nickname: str = ""


class _Session(requests.Session):
    """Always with a time-out, never through an environment proxy, never following a redirect."""

    def __init__(self) -> None:
        super().__init__()
        self.trust_env = False

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        return super().request(*args, **{"timeout": TIMEOUT, "allow_redirects": False, **kwargs})


def _oauth(*, redirect_uri: str = "", scope: str = "", state: str = "") -> WeChatOAuth:
    oauth = WeChatOAuth(settings.WECHAT_APPID, settings.WECHAT_SECRET, redirect_uri, scope, state)
    oauth.API_BASE_URL = f"{settings.WECHAT_API_BASE}/"
    oauth.OAUTH_BASE_URL = f"{settings.WECHAT_OPEN_BASE}/connect/"
    oauth._http = _Session()
    return oauth


def authorize_url(*, redirect_uri: str, state: str) -> str:
    """Where to send the browser after the person tapped 微信登录; WeChat answers to `redirect_uri` with code and state."""
    return str(_oauth(redirect_uri=redirect_uri, scope="snsapi_userinfo", state=state).authorize_url)


@remote
def identify_h5(*, code: str) -> Identity:
    """Exchange the one-use OAuth code. Raises WechatRefused, SnapshotUser, ServiceUnavailable."""
    oauth = _oauth()
    try:
        grant = oauth.fetch_access_token(code)
        if grant.get("is_snapshotuser") == 1:
            raise SnapshotUser
        wants_profile = "snsapi_userinfo" in str(grant.get("scope", ""))
        profile = oauth.get_user_info() if wants_profile else {}
    except WeChatOAuthException as error:
        raise _refusal(error.errcode) from error
    except (requests.RequestException, ValueError, KeyError) as error:
        raise ServiceUnavailable(data={"reason": type(error).__name__}) from error
    return Identity(
        appid=settings.WECHAT_APPID,
        openid=str(grant["openid"]),
        unionid=str(grant.get("unionid") or profile.get("unionid") or ""),
        nickname=str(profile.get("nickname") or ""),
    )


@remote
def identify_mini(*, code: str) -> Identity:
    """Exchange the code of `wx.login`. The session key stays here. Raises WechatRefused, ServiceUnavailable."""
    answer = _get(
        "/sns/jscode2session",
        appid=settings.WECHAT_MINI_APPID,
        secret=settings.WECHAT_MINI_SECRET,
        js_code=code,
        grant_type="authorization_code",
    )
    return Identity(
        appid=settings.WECHAT_MINI_APPID, openid=str(answer["openid"]), unionid=str(answer.get("unionid") or "")
    )


@remote
def js_config(*, url: str) -> dict[str, Any]:
    """What `wx.config` needs on the page `url`: appId, timestamp, nonceStr, signature. Raises ServiceUnavailable."""
    nonce, timestamp = secrets.token_hex(8), int(clock.now().timestamp())
    signature = js_signature(ticket=_ticket(), nonce=nonce, timestamp=timestamp, url=url.split("#")[0])
    return {"appId": settings.WECHAT_APPID, "timestamp": timestamp, "nonceStr": nonce, "signature": signature}


def js_signature(*, ticket: str, nonce: str, timestamp: int, url: str) -> str:
    """SHA-1 over the sorted, raw parameters, as WeChat prescribes."""
    text = f"jsapi_ticket={ticket}&noncestr={nonce}&timestamp={timestamp}&url={url}"
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _ticket() -> str:
    def fetch() -> tuple[str, int]:
        answer = _get("/cgi-bin/ticket/getticket", access_token=_token(), type="jsapi")
        return str(answer["ticket"]), int(answer["expires_in"])

    return _cached(f"wechat:ticket:{settings.WECHAT_APPID}", fetch)


def _token() -> str:
    def fetch() -> tuple[str, int]:
        body = {
            "grant_type": "client_credential",
            "appid": settings.WECHAT_APPID,
            "secret": settings.WECHAT_SECRET,
        }
        answer = _read(http.request("POST", f"{settings.WECHAT_API_BASE}/cgi-bin/stable_token", json=body))
        return str(answer["access_token"]), int(answer["expires_in"])

    return _cached(f"wechat:token:{settings.WECHAT_APPID}", fetch)


def _cached(key: str, fetch: Callable[[], tuple[str, int]]) -> str:
    """The value in Redis, else a fresh one; without Redis every call asks WeChat, which repeats the same token."""
    try:
        if held := cache.get(key):
            return str(held)
    except redis.RedisError:
        return fetch()[0]
    value, seconds = fetch()
    try:
        cache.set(key, value, max(60, seconds - EARLY_SECONDS))
    except redis.RedisError:
        logger.warning("cache unreachable; %s not kept", key.rpartition(":")[0])
    return value


def _get(path: str, **params: str) -> dict[str, Any]:
    return _read(http.request("GET", f"{settings.WECHAT_API_BASE}{path}", params=params))


def _read(response: Any) -> dict[str, Any]:
    """WeChat reports failures with HTTP 200 and an errcode."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        raise ServiceUnavailable(data={"reason": f"http {response.status_code}"})
    if answer.get("errcode"):
        raise _refusal(answer["errcode"])
    return answer


def _refusal(errcode: int | None) -> DomainError:
    if errcode in (None, _BUSY):
        return ServiceUnavailable(data={"reason": f"wechat {errcode}"})
    return WechatRefused(data={"errcode": errcode})
