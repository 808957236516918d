"""Checkout and orders of the member, and their claims for money back."""

from typing import Any

from django.urls import path
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from mall.api import order_forms as forms
from mall.api import order_rows as rows
from mall.api import support
from mall.api.idempotency import idempotent
from mall.kernel import clock
from orders import queries
from orders.services import cancel, checkout, fulfilment, refunds


class OrderQuery(support.PageQuery):
    state = serializers.ChoiceField(choices=rows.ORDER_STATES, required=False, default="")


class Quote(APIView):
    """Price a checkout; nothing is promised yet."""

    @extend_schema(request=forms.QuoteForm, responses=rows.QuoteRow)
    def post(self, request: Request) -> Response:
        wanted = forms.checkout(support.checked(forms.QuoteForm, request))
        return Response(
            rows.QuoteRow(checkout.quote(member_id=support.member_id(request), request=wanted, at=clock.now())).data
        )


class Orders(APIView):
    """The member's orders, newest first; or a new one."""

    @extend_schema(operation_id="api_v1_orders_list", parameters=[OrderQuery], responses=support.page_of(rows.OrderRow))
    def get(self, request: Request) -> Response:
        state = support.asked(OrderQuery, request)["state"]

        def fetch(page: int, size: int) -> tuple[Any, int]:
            found = queries.orders_of(member_id=support.member_id(request), state=state, page=page, page_size=size)
            return found.items, found.count

        return support.paged(request, rows.OrderRow, fetch)

    @extend_schema(request=forms.OrderForm, responses={201: rows.OrderDetail}, parameters=[support.IDEMPOTENCY_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        form = support.checked(forms.OrderForm, request)
        no = checkout.place(
            member_id=support.member_id(request),
            request=forms.checkout(form),
            fingerprint=form["fingerprint"] or None,
            at=clock.now(),
        )
        order = queries.order_view(order_no=no, member_id=support.member_id(request))
        return Response(rows.OrderDetail(order, context={"is_new": True}).data, status=201)


class Order(APIView):
    """One order of the member."""

    @extend_schema(responses=rows.OrderDetail)
    def get(self, request: Request, no: str) -> Response:
        return _shown(request, no)


class Cancel(APIView):
    """Cancel an unpaid order."""

    @extend_schema(request=forms.CancelForm, responses=rows.OrderDetail)
    def post(self, request: Request, no: str) -> Response:
        reason = support.checked(forms.CancelForm, request)["reason"] or _("买家取消")
        member_id = support.member_id(request)
        cancel.cancel(order_no=no, reason=reason, actor=f"member:{member_id}", member_id=member_id, at=clock.now())
        return _shown(request, no)


class Receive(APIView):
    """Confirm that the goods have come."""

    @extend_schema(request=None, responses=rows.OrderDetail)
    def post(self, request: Request, no: str) -> Response:
        fulfilment.receive(order_no=no, member_id=support.member_id(request), at=clock.now())
        return _shown(request, no)


class Tracking(APIView):
    """The parcels of an order and where they are."""

    @extend_schema(responses=rows.TrackingRow)
    def get(self, request: Request, no: str) -> Response:
        return Response(rows.TrackingRow(queries.order_view(order_no=no, member_id=support.member_id(request))).data)


class Refunds(APIView):
    """Claim money back for lines of an order."""

    @extend_schema(request=forms.RefundForm, responses={201: rows.RefundRow}, parameters=[support.IDEMPOTENCY_KEY])
    @idempotent
    def post(self, request: Request, no: str) -> Response:
        form = support.checked(forms.RefundForm, request)
        member_id = support.member_id(request)
        refund_no = refunds.apply(
            order_no=no,
            kind=form["kind"],
            lines=forms.claim(form),
            reason=form["reason"],
            description=form["description"],
            photos=form["photos"],
            actor=f"member:{member_id}",
            member_id=member_id,
            at=clock.now(),
        )
        return _refund(request, refund_no, status=201)


class Refund(APIView):
    """One claim of the member."""

    @extend_schema(responses=rows.RefundRow)
    def get(self, request: Request, no: str) -> Response:
        return _refund(request, no)


class CancelRefund(APIView):
    """Take a claim back."""

    @extend_schema(request=None, responses=rows.RefundRow)
    def post(self, request: Request, no: str) -> Response:
        refunds.cancel(refund_no=no, member_id=support.member_id(request), at=clock.now())
        return _refund(request, no)


class ReturnParcel(APIView):
    """Say how the goods are coming back."""

    @extend_schema(request=forms.ReturnParcelForm, responses=rows.RefundRow)
    def post(self, request: Request, no: str) -> Response:
        form = support.checked(forms.ReturnParcelForm, request)
        refunds.return_parcel(refund_no=no, member_id=support.member_id(request), at=clock.now(), **form)
        return _refund(request, no)


def _shown(request: Request, no: str) -> Response:
    order = queries.order_view(order_no=no, member_id=support.member_id(request))
    return Response(rows.OrderDetail(order).data)


def _refund(request: Request, no: str, status: int = 200) -> Response:
    refund = queries.refund_view(refund_no=no, member_id=support.member_id(request))
    return Response(rows.RefundRow(refund).data, status=status)


urlpatterns = [
    path("orders/quote/", Quote.as_view()),
    path("orders/", Orders.as_view()),
    path("orders/<slug:no>/", Order.as_view()),
    path("orders/<slug:no>/cancel/", Cancel.as_view()),
    path("orders/<slug:no>/receive/", Receive.as_view()),
    path("orders/<slug:no>/tracking/", Tracking.as_view()),
    path("orders/<slug:no>/refunds/", Refunds.as_view()),
    path("refunds/<slug:no>/", Refund.as_view()),
    path("refunds/<slug:no>/cancel/", CancelRefund.as_view()),
    path("refunds/<slug:no>/return-parcel/", ReturnParcel.as_view()),
]
