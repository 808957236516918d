"""What distribution looks like on the wire, to distributors and merchants."""

from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from distribution.queries.commissions import CommissionRow as CommissionView
from distribution.queries.overview import Overview
from mall.api import fields

APPLICATION_STATES = ("submitted", "approved", "rejected")
COMMISSION_STATES = ("estimated", "frozen", "cleared", "settled", "reversed")
WITHDRAWAL_STATES = ("requested", "approved", "sending", "awaiting_user", "paid", "failed", "refused", "cancelled")
CHANNELS = ("wechat", "alipay", "bank", "balance")


class ApplicationRow(serializers.Serializer):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=APPLICATION_STATES)
    reason = serializers.CharField()
    kind = serializers.CharField()
    name = serializers.CharField()
    channel = serializers.CharField()
    submitted_at = serializers.DateTimeField()
    reviewed_at = serializers.DateTimeField(allow_null=True)


class BalancesRow(serializers.Serializer):
    """`payable` is settled and waits for pay day; `debt` is what late refunds took beyond the balance."""

    estimated = fields.YuanField()
    frozen = fields.YuanField()
    payable = fields.YuanField()
    withdrawable = fields.YuanField()
    withdrawing = fields.YuanField()
    paid = fields.YuanField()
    debt = fields.YuanField()


class OverviewRow(serializers.Serializer):
    """`earned_*` count what was earned, net of what refunds took back."""

    code = serializers.CharField()
    link = serializers.SerializerMethodField()
    name = serializers.CharField()
    level = serializers.CharField()
    state = serializers.CharField()
    joined_at = serializers.DateTimeField()
    balances = BalancesRow()
    earned_today = fields.YuanField(source="earned_today_fen")
    earned_month = fields.YuanField(source="earned_month_fen")
    earned_total = fields.YuanField(source="earned_total_fen")

    def get_link(self, person: Overview) -> str:
        return f"{settings.SITE_URL}/r/{person.code}/"


class CommissionRow(serializers.Serializer):
    """`rate` is a percentage, null when the order's lines have different ones."""

    id = serializers.IntegerField()
    order_no_masked = serializers.CharField()
    tier = serializers.IntegerField()
    base = fields.YuanField(source="base_fen")
    rate = serializers.CharField(allow_null=True)
    amount = fields.YuanField(source="amount_fen")
    reversed = fields.YuanField(source="reversed_fen")
    net = fields.YuanField(source="net_fen")
    state = serializers.ChoiceField(choices=COMMISSION_STATES)
    earned_at = serializers.DateTimeField()
    cooling_ends_at = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_cooling_ends_at(self, row: CommissionView) -> Any:
        return serializers.DateTimeField().to_representation(row.cooling_ends_at) if row.cooling_ends_at else None


class ExplanationRow(serializers.Serializer):
    """Every number the amount follows from; amounts in yuan, rates in percent."""

    attribution = serializers.DictField()
    rule = serializers.DictField()
    base = serializers.DictField()
    rate = serializers.CharField(allow_null=True)
    rounding = serializers.DictField()
    cap = serializers.DictField()
    cooling_ends_at = serializers.DateTimeField(allow_null=True)
    settlement = serializers.DictField(allow_null=True)
    reversals = serializers.ListField(child=serializers.DictField())
    ledger = serializers.ListField(child=serializers.DictField())


class PromotedOrderRow(serializers.Serializer):
    order_no_masked = serializers.CharField()
    buyer_masked = serializers.CharField()
    placed_at = serializers.DateTimeField()
    goods = serializers.CharField()
    paid = fields.YuanField(source="paid_fen")
    commission = fields.YuanField(source="commission_fen")
    states = serializers.ListField(child=serializers.CharField())


class TeamMemberRow(serializers.Serializer):
    """`below` counts everybody under them; sales are those they brought themselves."""

    id = serializers.IntegerField(source="distributor_id")
    name_masked = serializers.CharField()
    phone_masked = serializers.CharField()
    level = serializers.CharField()
    state = serializers.CharField()
    joined_at = serializers.DateTimeField()
    below = serializers.IntegerField()
    orders = serializers.IntegerField()
    sales = fields.YuanField(source="sales_fen")


class StatementRow(serializers.Serializer):
    """opening + commission - reversal - withdrawal = closing; `id` 0 is only a preview."""

    id = serializers.IntegerField()
    run = serializers.CharField(source="run_no")
    distributor = serializers.IntegerField(source="distributor_id")
    period_end = serializers.DateTimeField()
    pay_on = serializers.DateTimeField()
    opening = fields.YuanField(source="opening_fen")
    commission = fields.YuanField(source="commission_fen")
    reversal = fields.YuanField(source="reversal_fen")
    withdrawal = fields.YuanField(source="withdrawal_fen")
    closing = fields.YuanField(source="closing_fen")
    digest = serializers.CharField()
    paid_at = serializers.DateTimeField(allow_null=True)


class RunRow(serializers.Serializer):
    """A settlement run with its first 100 statements; `no` is empty for a preview."""

    no = serializers.CharField()
    cycle = serializers.CharField()
    period_end = serializers.DateTimeField()
    pay_on = serializers.DateTimeField()
    state = serializers.CharField()
    statement_count = serializers.IntegerField()
    commission_count = serializers.IntegerField()
    commission_total = fields.YuanField(source="commission_fen")
    reversal_total = fields.YuanField(source="reversal_fen")
    digest = serializers.CharField()
    paid_at = serializers.DateTimeField(allow_null=True)
    statements = StatementRow(many=True)


class WithdrawalRow(serializers.Serializer):
    """amount = fee + tax + net."""

    no = serializers.CharField()
    state = serializers.ChoiceField(choices=WITHDRAWAL_STATES)
    amount = fields.YuanField(source="amount_fen")
    fee = fields.YuanField(source="fee_fen")
    tax = fields.YuanField(source="tax_fen")
    net = fields.YuanField(source="net_fen")
    channel = serializers.ChoiceField(choices=CHANNELS)
    account_masked = serializers.CharField()
    reason = serializers.CharField()
    requested_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
