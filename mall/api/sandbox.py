"""The sandbox's hands: complete a payment, a transfer or a parcel without a browser. Does not exist in production.

Each call moves the service simulator, which then sends its signed notice over HTTP like the real service.
"""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.urls import path
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from logistics import queries as logistics
from mall.api import support
from mall.kernel import http
from mall.kernel.errors import NotFound, ServiceUnavailable, StateConflict
from payments import queries
from payments.queries import TransferView

PARCEL_STATES = (
    "collected",
    "transit",
    "arrived",
    "delivering",
    "station",
    "signed",
    "problem",
    "refused",
    "returning",
    "returned",
)
OPEN = ("pending", "unknown")
# What becomes of a bank transfer, whose receiver confirms nothing.
BANK = {"confirm": "SUCCESS", "expire": "FAILED", "fail": "FAILED"}


class SandboxPaymentForm(serializers.Serializer):
    result = serializers.ChoiceField(choices=("success", "failure", "duplicate", "late"))


class SandboxTransferForm(serializers.Serializer):
    action = serializers.ChoiceField(choices=("confirm", "expire", "fail"))


class SandboxParcelForm(serializers.Serializer):
    state = serializers.ChoiceField(choices=PARCEL_STATES, required=False, help_text="without one: the next")


class DoneRow(serializers.Serializer):
    """What was moved, and how."""

    no = serializers.CharField()
    done = serializers.CharField()


class Sandbox(support.Public):
    """404 outside the sandbox, whatever is asked."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        if not settings.SANDBOX or not settings.SIMULATOR_URL:
            raise NotFound
        super().initial(request, *args, **kwargs)


class Payments(Sandbox):
    """Pay, fail, pay twice, or pay late: a payment, or the latest open payment of an order."""

    @extend_schema(request=SandboxPaymentForm, responses=DoneRow)
    def post(self, request: Request, no: str) -> Response:
        result = support.checked(SandboxPaymentForm, request)["result"]
        payment_no = _payment_no(no, result)
        _control("pay", {"out_trade_no": payment_no, "result": result})
        return Response(DoneRow({"no": payment_no, "done": result}).data)


class Transfers(Sandbox):
    """Let the receiver confirm a transfer or miss it, or let it fail; a transfer or a withdrawal."""

    @extend_schema(request=SandboxTransferForm, responses=DoneRow)
    def post(self, request: Request, no: str) -> Response:
        action = support.checked(SandboxTransferForm, request)["action"]
        transfer = _transfer(no)
        if transfer.channel == "bank":
            _control("bank", {"out_no": transfer.no, "state": BANK[action]})
        else:
            _control("transfer", {"out_bill_no": transfer.no, "action": action})
        return Response(DoneRow({"no": transfer.no, "done": action}).data)


class Parcels(Sandbox):
    """Move a parcel to its next state, or to the one given; the carrier then pushes the news."""

    @extend_schema(request=SandboxParcelForm, responses=DoneRow)
    def post(self, request: Request, tracking_no: str) -> Response:
        form = support.checked(SandboxParcelForm, request)
        if not logistics.orders_with_tracking(tracking_no=tracking_no):
            raise NotFound
        _control("express", {"tracking_no": tracking_no, **form})
        return Response(DoneRow({"no": tracking_no, "done": form.get("state", "next")}).data)


def _payment_no(no: str, result: str) -> str:
    """The payment to act on. A payment that comes late may be closed already."""
    try:
        return queries.payment(no=no).no
    except NotFound:
        attempts = queries.payments_of(purpose="order", ref=no)
    return _latest(attempts, any_state=result in ("late", "duplicate"))


def _latest(attempts: Iterable[queries.PaymentView], *, any_state: bool) -> str:
    usable = [attempt.no for attempt in attempts if any_state or attempt.state in OPEN]
    if not usable:
        raise NotFound
    return usable[-1]


def _transfer(no: str) -> TransferView:
    return queries.transfer_of(purpose="withdrawal", ref=no) or queries.transfer(no=no)


def _control(command: str, body: dict[str, Any]) -> None:
    answer = http.request("POST", f"{settings.SIMULATOR_URL}/__ctl__/{command}", json=body)
    if answer.status_code == 404:
        raise NotFound
    if answer.status_code == 409:
        raise StateConflict
    if answer.status_code != 200:
        raise ServiceUnavailable(data={"reason": answer.text[:200]})


urlpatterns = [
    path("payments/<slug:no>/", Payments.as_view()),
    path("transfers/<slug:no>/", Transfers.as_view()),
    path("parcels/<slug:tracking_no>/", Parcels.as_view()),
]
