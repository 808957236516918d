"""WeChat Pay API v3 through wechatpayv3, in public-key mode. https://pay.weixin.qq.com/doc/v3/merchant/

The library leaves four things to us: the host (a private attribute, so its version is pinned), time-outs, the age of
a notice, and not fetching certificates because a forged notice names an unknown serial.
"""

import datetime as dt
import functools
import json
import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

import requests
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from wechatpayv3 import WeChatPay, WeChatPayType

from mall.kernel.clock import SHANGHAI
from mall.kernel.errors import DomainError
from payments.providers import wechat_read
from payments.providers.base import (
    AlreadyPaidAtProvider,
    ClosedAtProvider,
    NotConfigured,
    NotEnoughFunds,
    NoticeRejected,
    OutcomeUnknown,
    PayIntent,
    PayNotice,
    PayRequest,
    PayState,
    PayStatus,
    ProviderRefused,
    RefundRequest,
    RefundState,
    RefundStatus,
    TransferRequest,
    TransferState,
    TransferStatus,
)

TIMEOUT = (3, 10)
NOTICE_AGE = 300
ABSENT_CODES = {"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS", "REFUNDNOTEXIST", "NOT_FOUND"}
REFUSALS: dict[str, type[ProviderRefused]] = {
    "ORDERPAID": AlreadyPaidAtProvider,
    "ORDER_PAID": AlreadyPaidAtProvider,
    "ORDER_CLOSED": ClosedAtProvider,
    "NOT_ENOUGH": NotEnoughFunds,
}
TYPES = {
    "wechat_jsapi": WeChatPayType.JSAPI,
    "wechat_mini": WeChatPayType.MINIPROG,
    "wechat_h5": WeChatPayType.H5,
    "wechat_native": WeChatPayType.NATIVE,
}
IN_WECHAT = {"wechat_jsapi", "wechat_mini"}
# Merchant transfer: limits and the report of scene 1005 (commission); the info types are fixed by WeChat.
LEAST_TRANSFER_FEN = 10
NAME_FORBIDDEN_BELOW_FEN = 30
NAME_REQUIRED_FROM_FEN = 200_000
SCENE = "1005"
SCENE_INFOS = [
    {"info_type": "岗位类型", "info_content": "推广员"},
    {"info_type": "报酬说明", "info_content": "推广佣金"},
]
PERCEPTION = "劳务报酬"


class OpenidRequired(DomainError):
    """Paying or receiving inside WeChat needs the person's openid of that app."""

    code = "openid_required"
    status = 409
    message = _("请先用微信登录，再使用微信支付")


class TransferTooSmall(DomainError):
    """WeChat pays out from 0.10 yuan."""

    code = "transfer_too_small"
    message = _("微信提现最低 0.10 元")


class NameRequired(DomainError):
    """From 2,000 yuan WeChat compares the receiver's real name."""

    code = "name_required"
    message = _("单笔 2000 元及以上需要填写收款人真实姓名")


class WechatPay:
    """Collector, payer and notifier over one merchant account."""

    def __init__(self, client: WeChatPay) -> None:
        self._client = client
        self.merchant: str = settings.WXPAY_MCHID

    def identity(self, method: str) -> tuple[str, str]:
        """(app id, merchant id) of a method: the mini program has its own app."""
        return (settings.WECHAT_MINI_APPID if method == "wechat_mini" else settings.WECHAT_APPID), self.merchant

    def require(self, *, method: str, openid: str | None) -> None:
        """JSAPI and mini program need an openid. Raises OpenidRequired."""
        if method in IN_WECHAT and not openid:
            raise OpenidRequired

    def create(self, request: PayRequest) -> PayIntent:
        """H5 names the shopper's address, which must be the one that opens the cashier."""
        app, _merchant = self.identity(request.method)
        extra: dict[str, Any] = {"payer": {"openid": request.openid}} if request.method in IN_WECHAT else {}
        if request.method == "wechat_h5":
            extra["scene_info"] = {"payer_client_ip": request.client_ip, "h5_info": {"type": "Wap"}}
        answer = self._ask(
            lambda: self._client.pay(
                description=request.description,
                out_trade_no=request.no,
                amount={"total": request.amount_fen, "currency": "CNY"},
                time_expire=request.expires_at.astimezone(SHANGHAI).isoformat(timespec="seconds"),
                notify_url=request.notify_url,
                appid=app,
                pay_type=TYPES[request.method],
                **extra,
            )
        )
        try:
            return PayIntent(action=self._action(request, app, answer))
        except KeyError as missing:
            raise OutcomeUnknown(data={"reason": f"answer without {missing}"}) from missing

    def _action(self, request: PayRequest, app: str, answer: Mapping[str, Any]) -> dict[str, Any]:
        if request.method == "wechat_h5":
            back = quote(request.return_url, safe="")
            return {"kind": "redirect", "url": f"{answer['h5_url']}&redirect_url={back}"}
        if request.method == "wechat_native":
            return {"kind": "qr", "code_url": answer["code_url"]}
        stamp, nonce, package = str(int(time.time())), secrets.token_hex(16), f"prepay_id={answer['prepay_id']}"
        return {
            "kind": "jsapi",
            "appId": app,
            "timeStamp": stamp,
            "nonceStr": nonce,
            "package": package,
            "signType": "RSA",
            "paySign": self._client.sign([app, stamp, nonce, package]),
        }

    def query(self, no: str) -> PayState:
        """By our number. A transaction later refunded still counts as paid."""
        answer = self._find(lambda: self._client.query(out_trade_no=no))
        if answer is None:
            return PayState(no=no, status=PayStatus.ABSENT)
        return wechat_read.payment(answer, source="query", serial=settings.WXPAY_PUBLIC_KEY_ID)

    def close(self, no: str) -> None:
        """Closed twice is closed, and so is what never existed."""
        try:
            self._find(lambda: self._client.close(out_trade_no=no))
        except ClosedAtProvider:
            return

    def refund(self, request: RefundRequest) -> RefundState:
        """The answer means accepted, not refunded, unless it says SUCCESS."""
        answer = self._ask(
            lambda: self._client.refund(
                out_refund_no=request.no,
                out_trade_no=request.payment_no,
                amount={"refund": request.amount_fen, "total": request.total_fen, "currency": "CNY"},
                reason=request.reason[:80],
                notify_url=request.notify_url,
            )
        )
        return wechat_read.refund(answer, merchant=self.merchant)

    def query_refund(self, no: str) -> RefundState:
        """By our number."""
        answer = self._find(lambda: self._client.query_refund(out_refund_no=no))
        if answer is None:
            return RefundState(no=no, status=RefundStatus.ABSENT)
        return wechat_read.refund(answer, merchant=self.merchant)

    def check(self, *, account: Mapping[str, str], amount_fen: int) -> None:
        """WeChat's own limits. Raises OpenidRequired, TransferTooSmall, NameRequired."""
        if not account.get("openid"):
            raise OpenidRequired(str(_("请先绑定微信，再提现到微信零钱")))
        if amount_fen < LEAST_TRANSFER_FEN:
            raise TransferTooSmall(attr="amount")
        if amount_fen >= NAME_REQUIRED_FROM_FEN and not account.get("name"):
            raise NameRequired(attr="account")

    def transfer(self, request: TransferRequest) -> TransferState:
        """200 means WeChat waits for the receiver, not that money moved."""
        name = request.account.get("name") if request.amount_fen >= NAME_FORBIDDEN_BELOW_FEN else None
        answer = self._ask(
            lambda: self._client.mch_transfer_bills(
                out_bill_no=request.no,
                transfer_scene_id=SCENE,
                openid=request.account["openid"],
                transfer_amount=request.amount_fen,
                transfer_remark=request.remark,
                user_name=name,
                user_recv_perception=PERCEPTION,
                transfer_scene_report_infos=SCENE_INFOS,
                appid=request.account.get("appid") or settings.WECHAT_APPID,
                notify_url=request.notify_url,
            )
        )
        return wechat_read.transfer(answer, merchant=self.merchant, amount_fen=request.amount_fen)

    def query_transfer(self, no: str) -> TransferState:
        """By our number; WeChat keeps it for 30 days."""
        answer = self._find(lambda: self._client.mch_transfer_bills_query(out_bill_no=no))
        if answer is None:
            return TransferState(no=no, status=TransferStatus.ABSENT)
        return wechat_read.transfer(answer, merchant=self.merchant)

    def parse_notice(self, *, kind: str, headers: Mapping[str, str], body: bytes, at: dt.datetime) -> PayNotice:
        """`headers` in any case. Nothing here reaches the network: an unknown serial ends before the library sees it."""
        given = {name.lower(): value for name, value in headers.items()}
        if given.get("wechatpay-serial") != settings.WXPAY_PUBLIC_KEY_ID:
            raise NoticeRejected("unknown serial")
        stamp = given.get("wechatpay-timestamp", "")
        if not (stamp.isascii() and stamp.isdigit() and abs(at.timestamp() - int(stamp[:12])) <= NOTICE_AGE):
            raise NoticeRejected("timestamp outside five minutes")
        if given.get("wechatpay-signature", "").startswith("WECHATPAY/SIGNTEST/"):
            raise NoticeRejected("signature probe")
        try:
            content = self._client.callback(given, body)
        except Exception as error:
            raise NoticeRejected(f"unreadable: {type(error).__name__}") from error
        if not content:
            raise NoticeRejected("bad signature")
        return wechat_read.notice(kind, content, body=body, merchant=self.merchant)

    def _ask(self, call: Callable[[], tuple[int, Any]]) -> dict[str, Any]:
        """The verified answer. Raises OutcomeUnknown, or ProviderRefused by WeChat's code."""
        try:
            status, text = call()
        except requests.RequestException as error:
            raise OutcomeUnknown(data={"reason": type(error).__name__}) from error
        except Exception as error:  # the library raises bare Exception for a missing or wrong signature
            raise OutcomeUnknown(data={"reason": str(error)[:120]}) from error
        answer = _object(text)
        if 200 <= status < 300:
            return answer
        code = str(answer.get("code", ""))
        if status >= 500 or status == 429 or not code:
            raise OutcomeUnknown(data={"reason": f"HTTP {status} {code}"})
        raise REFUSALS.get(code, ProviderRefused)(code, str(answer.get("message", ""))[:200])

    def _find(self, call: Callable[[], tuple[int, Any]]) -> dict[str, Any] | None:
        """As `_ask`, but None for what WeChat does not know."""
        try:
            return self._ask(call)
        except ProviderRefused as refused:
            if refused.provider_code in ABSENT_CODES:
                return None
            raise


def _object(text: Any) -> dict[str, Any]:
    try:
        answer = json.loads(text or "{}")
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def provider() -> WechatPay:
    """The merchant account of the settings. Raises NotConfigured."""
    if not (settings.WXPAY_MCHID and settings.WXPAY_PRIVATE_KEY and settings.WXPAY_PUBLIC_KEY_ID):
        raise NotConfigured
    return _provider(settings.WXPAY_BASE, settings.WXPAY_MCHID, settings.WXPAY_SERIAL, settings.WXPAY_PUBLIC_KEY_ID)


@functools.cache
def _provider(base: str, merchant: str, serial: str, public_key_id: str) -> WechatPay:
    client = WeChatPay(
        wechatpay_type=WeChatPayType.JSAPI,
        mchid=merchant,
        private_key=settings.WXPAY_PRIVATE_KEY,
        cert_serial_no=serial,
        appid=settings.WECHAT_APPID,
        apiv3_key=settings.WXPAY_APIV3_KEY,
        public_key=settings.WXPAY_PUBLIC_KEY,
        public_key_id=public_key_id,
        timeout=TIMEOUT,
    )
    client._core._gate_way = base
    return WechatPay(client)
