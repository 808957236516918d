"""The merchant's side of distribution: who joins, the rules, settlement, and money going out."""

import datetime as dt
from typing import Any

from django.conf import settings
from django.urls import path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from distribution.queries import applicants, payout
from distribution.queries import programme as programmes
from distribution.services import applications, programme, settlement, withdrawal
from mall.api import distribution_rows as rows
from mall.api import fields, support
from mall.api.merchant_orders import ReasonForm
from mall.kernel import clock

SCOPES = {"GET": "distribution:read", "POST": "distribution:write", "PUT": "distribution:write"}
REASON = "API"
EARLIEST = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
# How far ahead a sandbox may play the clock.
FARTHEST = dt.timedelta(days=1000)


class ApplicationQuery(support.PageQuery):
    state = serializers.ChoiceField(choices=rows.APPLICATION_STATES, required=False, default="")


class SettlementForm(serializers.Serializer):
    period_end = serializers.DateTimeField(required=False, allow_null=True, default=None)
    dry_run = fields.StrictBooleanField(required=False, default=False)

    def validate_period_end(self, value: dt.datetime | None) -> dt.datetime | None:
        if value is not None and not EARLIEST <= value <= clock.now() + FARTHEST:
            raise serializers.ValidationError(_("不在可结算的时间范围内"))
        return value


class LimitsForm(serializers.Serializer):
    """What a withdrawal may be and costs; `fee_cap` "0.00": no cap."""

    minimum = fields.YuanField()
    maximum = fields.YuanField()
    per_day = serializers.IntegerField()
    fee_percent = serializers.CharField()
    fee_floor = fields.YuanField()
    fee_cap = fields.YuanField()


class ProgrammeForm(serializers.Serializer):
    """Percentages are strings with up to four decimals, one rate per tier. What is read can be put back."""

    version = serializers.IntegerField(required=False)
    tiers = serializers.IntegerField(min_value=1, max_value=3)
    rates = serializers.ListField(child=serializers.CharField())
    basis = serializers.ChoiceField(choices=("sales", "profit", "list_price"))
    self_purchase = serializers.ChoiceField(choices=("off", "rebate"))
    missing_tier = serializers.ChoiceField(choices=("forfeit", "roll_up"))
    cap_percent = serializers.CharField()
    cooling_days = serializers.IntegerField()
    cycle = serializers.ChoiceField(choices=("daily", "weekly", "monthly"))
    pay_day = serializers.IntegerField()
    withdrawal = LimitsForm()


class Applications(support.Merchant):
    """Applications to join, the newest first."""

    scopes = SCOPES

    @extend_schema(
        operation_id="api_v1_merchant_distribution_applications_list",
        parameters=[ApplicationQuery],
        responses=support.page_of(rows.ApplicationRow),
    )
    def get(self, request: Request) -> Response:
        state = support.asked(ApplicationQuery, request)["state"]

        def fetch(page: int, size: int) -> tuple[Any, int]:
            found = applicants.applications(state=state, page=page, page_size=size)
            return found.items, found.total

        return support.paged(request, rows.ApplicationRow, fetch)


class ApproveApplication(support.Merchant):
    """Let an applicant earn."""

    scopes = SCOPES

    @extend_schema(request=None, responses=rows.ApplicationRow)
    def post(self, request: Request, application_id: int) -> Response:
        applications.approve(application_id=application_id, by=support.actor(request), at=clock.now())
        return Response(rows.ApplicationRow(applicants.application(application_id=application_id)).data)


class RejectApplication(support.Merchant):
    """Turn an applicant down."""

    scopes = SCOPES

    @extend_schema(request=ReasonForm, responses=rows.ApplicationRow)
    def post(self, request: Request, application_id: int) -> Response:
        reason = support.checked(ReasonForm, request)["reason"]
        rejected = applications.reject(
            application_id=application_id, reason=reason, by=support.actor(request), at=clock.now()
        )
        return Response(rows.ApplicationRow(rejected).data)


class Programme(support.Merchant):
    """The rules in force; PUT publishes a new version at once. Orders placed before keep theirs."""

    scopes = SCOPES

    @extend_schema(responses=ProgrammeForm)
    def get(self, request: Request) -> Response:
        return Response(programmes.to_api(programmes.current()))

    @extend_schema(request=ProgrammeForm, responses=ProgrammeForm)
    def put(self, request: Request) -> Response:
        body: Any = request.data
        data = programme.from_api(body)
        version = programme.publish(data=data, reason=REASON, by=support.actor(request), at=clock.now())
        return Response(programmes.to_api(version))


class Settlements(support.Merchant):
    """Settle what was cleared before `period_end` (the last end of the programme's cycle, if none is given).

    In the sandbox a date ahead plays the clock: what has cooled and what is due for payment by then counts.
    """

    scopes = {"POST": "settlements:write"}

    @extend_schema(request=SettlementForm, responses={200: rows.RunRow, 201: rows.RunRow})
    def post(self, request: Request) -> Response:
        form = support.checked(SettlementForm, request)
        now = clock.now()
        end: dt.datetime | None = form["period_end"]
        at = max(now, end) if settings.SANDBOX and end else now
        run = settlement.settle(period_end=end, dry_run=form["dry_run"], by=support.actor(request), at=at)
        if form["dry_run"]:
            return Response(rows.RunRow(run).data)
        settlement.pay_out_due(at=at)
        return Response(rows.RunRow(payout.run(no=run.no)).data, status=201)


class ApproveWithdrawal(support.Merchant):
    """Let the money go."""

    scopes = {"POST": "withdrawals:write"}

    @extend_schema(request=None, responses=rows.WithdrawalRow)
    def post(self, request: Request, no: str) -> Response:
        approved = withdrawal.approve(withdrawal_no=no, by=support.actor(request), at=clock.now())
        return Response(rows.WithdrawalRow(approved).data)


class RefuseWithdrawal(support.Merchant):
    """Turn a withdrawal down; the money is available again."""

    scopes = {"POST": "withdrawals:write"}

    @extend_schema(request=ReasonForm, responses=rows.WithdrawalRow)
    def post(self, request: Request, no: str) -> Response:
        reason = support.checked(ReasonForm, request)["reason"]
        refused = withdrawal.refuse(withdrawal_no=no, reason=reason, by=support.actor(request), at=clock.now())
        return Response(rows.WithdrawalRow(refused).data)


urlpatterns = [
    path("distribution/applications/", Applications.as_view()),
    path("distribution/applications/<int:application_id>/approve/", ApproveApplication.as_view()),
    path("distribution/applications/<int:application_id>/reject/", RejectApplication.as_view()),
    path("distribution/programme/", Programme.as_view()),
    path("distribution/settlements/", Settlements.as_view()),
    path("distribution/withdrawals/<slug:no>/approve/", ApproveWithdrawal.as_view()),
    path("distribution/withdrawals/<slug:no>/refuse/", RefuseWithdrawal.as_view()),
]
