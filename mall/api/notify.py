"""What providers call. Raw bytes in, the provider's own form out; no session, no CSRF, no DRF.

Paths are relative to `notify/`. A notice proves itself by its signature, never by host or address.
"""

from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from logistics.services import shipments
from mall.kernel import clock
from mall.kernel.errors import DomainError
from payments.services import notices

View = Callable[..., HttpResponseBase]


def _too_large(request: HttpRequest) -> bool:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not length.isdigit() or int(length) > notices.MAX_BODY


def _answer(status: int, body: Mapping[str, Any] | None) -> HttpResponse:
    return HttpResponse(status=status) if body is None else JsonResponse(dict(body), status=status)


def _payment_notice(provider: str, kind: str) -> View:
    """The view of one provider and kind; the size is judged before the body is read."""

    @csrf_exempt
    @require_POST
    def view(request: HttpRequest) -> HttpResponse:
        if _too_large(request):
            return _answer(413, {"code": "FAIL", "message": "too large"})
        reply = notices.receive(
            provider=provider, kind=kind, headers=request.headers, body=request.body, at=clock.now()
        )
        return _answer(reply.status, reply.body)

    return view


@csrf_exempt
@require_POST
def kuaidi100(request: HttpRequest, parcel_no: str) -> HttpResponse:
    """Tracking of one parcel; Kuaidi100 tries again unless `result` is true."""
    if _too_large(request):
        return _answer(413, {"result": False, "returnCode": "500", "message": "too large"})
    try:
        shipments.receive_push(parcel_no=parcel_no, form=request.POST.dict(), at=clock.now())
    except DomainError as error:
        return _answer(error.status, {"result": False, "returnCode": "500", "message": error.detail})
    return _answer(200, {"result": True, "returnCode": "200", "message": "成功"})


urlpatterns = [
    path("wechat/pay/", _payment_notice("wechat", "pay")),
    path("wechat/refund/", _payment_notice("wechat", "refund")),
    path("wechat/transfer/", _payment_notice("wechat", "transfer")),
    path("bank/transfer/", _payment_notice("bank", "transfer")),
    path("kuaidi100/<str:parcel_no>/", kuaidi100),
]
