"""The promotion centre: joining, earning, the team, and taking money out. Strangers are shown masked."""

from typing import Any

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from distribution.queries import commissions, explanation, overview, payout, poster, team
from distribution.services import applications, withdrawal
from mall.api import distribution_rows as rows
from mall.api import fields, support
from mall.api.idempotency import idempotent
from mall.kernel import clock
from mall.kernel.errors import NotFound


class ApplicationForm(serializers.Serializer):
    kind = serializers.ChoiceField(choices=("person", "company"))
    name = fields.TextField(max_length=30)
    phone = fields.PhoneField()
    channel = fields.TextField(max_length=200)
    referral_code = fields.TextField(max_length=16, required=False, allow_blank=True, default="")
    agreement = fields.StrictBooleanField()


class CommissionQuery(support.PageQuery):
    state = serializers.ChoiceField(choices=rows.COMMISSION_STATES, required=False, default="")
    tier = serializers.ChoiceField(choices=("1", "2", "3"), required=False, default=None)


class AccountForm(serializers.Serializer):
    account_name = fields.TextField(max_length=60)
    account_no = fields.TextField(max_length=40)
    bank_name = fields.TextField(max_length=60)


class WithdrawalForm(serializers.Serializer):
    amount = fields.YuanField(min_fen=1)
    channel = serializers.ChoiceField(choices=rows.CHANNELS)
    account = AccountForm(required=False, allow_null=True, default=None)


class PosterQuery(serializers.Serializer):
    product = serializers.RegexField(r"^[-\w]{1,100}$", required=False, default="", help_text="slug or id")


class Applications(APIView):
    """Apply to become a distributor; joining is free."""

    @extend_schema(request=ApplicationForm, responses={201: rows.ApplicationRow})
    def post(self, request: Request) -> Response:
        form = support.checked(ApplicationForm, request)
        made = applications.submit(member_id=support.member_id(request), at=clock.now(), **form)
        return Response(rows.ApplicationRow(made).data, status=201)


class CurrentApplication(APIView):
    """The member's latest application."""

    @extend_schema(responses=rows.ApplicationRow)
    def get(self, request: Request) -> Response:
        found = applications.current(member_id=support.member_id(request))
        if found is None:
            raise NotFound
        return Response(rows.ApplicationRow(found).data)


class Me(APIView):
    """The distributor's code, link, level and balances."""

    @extend_schema(responses=rows.OverviewRow)
    def get(self, request: Request) -> Response:
        return Response(rows.OverviewRow(_overview(request)).data)


class Commissions(APIView):
    """What was earned, the newest first."""

    @extend_schema(
        operation_id="api_v1_distribution_commissions_list",
        parameters=[CommissionQuery],
        responses=support.page_of(rows.CommissionRow),
    )
    def get(self, request: Request) -> Response:
        wanted = support.asked(CommissionQuery, request)
        tier = int(wanted["tier"]) if wanted["tier"] else None
        distributor_id = _distributor_id(request)

        def fetch(page: int, size: int) -> tuple[Any, int]:
            found = commissions.commissions(
                distributor_id=distributor_id, state=wanted["state"], tier=tier, page=page, page_size=size
            )
            return found.items, found.total

        return support.paged(request, rows.CommissionRow, fetch)


class Explanation(APIView):
    """Why a commission is what it is: enough to recompute it by hand."""

    @extend_schema(responses=rows.ExplanationRow)
    def get(self, request: Request, commission_id: int) -> Response:
        found = explanation.explain(commission_id=commission_id, distributor_id=_distributor_id(request))
        return Response(found.to_api())


class PromotedOrders(APIView):
    """Orders that earn the distributor something, masked."""

    @extend_schema(
        operation_id="api_v1_distribution_orders_list",
        parameters=[support.PageQuery],
        responses=support.page_of(rows.PromotedOrderRow),
    )
    def get(self, request: Request) -> Response:
        distributor_id = _distributor_id(request)

        def fetch(page: int, size: int) -> tuple[Any, int]:
            found = commissions.promoted_orders(distributor_id=distributor_id, page=page, page_size=size)
            return found.items, found.total

        return support.paged(request, rows.PromotedOrderRow, fetch)


class Team(APIView):
    """The distributors brought directly, masked, the newest first."""

    @extend_schema(
        operation_id="api_v1_distribution_team_list",
        parameters=[support.PageQuery],
        responses=support.page_of(rows.TeamMemberRow),
    )
    def get(self, request: Request) -> Response:
        distributor_id = _distributor_id(request)

        def fetch(page: int, size: int) -> tuple[Any, int]:
            found = team.members_of(viewer_id=distributor_id, offset=(page - 1) * size, limit=size)
            return found, team.summary(distributor_id=distributor_id, at=clock.now()).direct

        return support.paged(request, rows.TeamMemberRow, fetch)


class Statements(APIView):
    """The distributor's statements, the newest first."""

    @extend_schema(
        operation_id="api_v1_distribution_statements_list",
        parameters=[support.PageQuery],
        responses=support.page_of(rows.StatementRow),
    )
    def get(self, request: Request) -> Response:
        found = payout.statements_of(member_id=support.member_id(request))

        def fetch(page: int, size: int) -> tuple[Any, int]:
            shown = found[(page - 1) * size : page * size]
            return [payout.statement_view(row) for row in shown], found.count()

        return support.paged(request, rows.StatementRow, fetch)


class Withdrawals(APIView):
    """Ask for money; it is held from now on."""

    @extend_schema(
        operation_id="api_v1_distribution_withdrawals_list",
        parameters=[support.PageQuery],
        responses=support.page_of(rows.WithdrawalRow),
    )
    def get(self, request: Request) -> Response:
        return support.sliced(
            request, rows.WithdrawalRow, payout.withdrawals_of(member_id=support.member_id(request), limit=1000)
        )

    @extend_schema(request=WithdrawalForm, responses={201: rows.WithdrawalRow}, parameters=[support.IDEMPOTENCY_KEY])
    @idempotent
    def post(self, request: Request) -> Response:
        form = support.checked(WithdrawalForm, request)
        made = withdrawal.request(
            member_id=support.member_id(request),
            amount_fen=form["amount"],
            channel=form["channel"],
            account=form["account"],
            at=clock.now(),
        )
        return Response(rows.WithdrawalRow(made).data, status=201)


class Withdrawal(APIView):
    """How a withdrawal stands."""

    @extend_schema(responses=rows.WithdrawalRow)
    def get(self, request: Request, no: str) -> Response:
        return Response(rows.WithdrawalRow(payout.withdrawal(no=no, member_id=support.member_id(request))).data)


class CancelWithdrawal(APIView):
    """Change one's mind before the review."""

    @extend_schema(request=None, responses=rows.WithdrawalRow)
    def post(self, request: Request, no: str) -> Response:
        cancelled = withdrawal.cancel(withdrawal_no=no, member_id=support.member_id(request), at=clock.now())
        return Response(rows.WithdrawalRow(cancelled).data)


class Poster(APIView):
    """A picture whose QR code opens the referral link, of the shop or of a product."""

    @extend_schema(parameters=[PosterQuery], responses={(200, "image/png"): OpenApiTypes.BINARY})
    def get(self, request: Request) -> HttpResponse:
        reference = support.asked(PosterQuery, request)["product"]
        person = _overview(request)
        png = poster.png(code=person.code, nickname=person.name, product=poster.product_of(reference))
        return HttpResponse(png, content_type="image/png", headers={"Cache-Control": "private, max-age=600"})


def _overview(request: Request) -> overview.Overview:
    return overview.overview(member_id=support.member_id(request), at=clock.now())


def _distributor_id(request: Request) -> int:
    person = overview.distributor_of(member_id=support.member_id(request))
    if person is None:
        raise NotFound
    return person.pk


urlpatterns = [
    path("distribution/applications/", Applications.as_view()),
    path("distribution/applications/current/", CurrentApplication.as_view()),
    path("distribution/me/", Me.as_view()),
    path("distribution/commissions/", Commissions.as_view()),
    path("distribution/commissions/<int:commission_id>/explanation/", Explanation.as_view()),
    path("distribution/orders/", PromotedOrders.as_view()),
    path("distribution/team/", Team.as_view()),
    path("distribution/statements/", Statements.as_view()),
    path("distribution/withdrawals/", Withdrawals.as_view()),
    path("distribution/withdrawals/<slug:no>/", Withdrawal.as_view()),
    path("distribution/withdrawals/<slug:no>/cancel/", CancelWithdrawal.as_view()),
    path("distribution/poster/", Poster.as_view()),
]
