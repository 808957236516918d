"""Append-only and snapshot rules, kept by the database itself."""

from django.db import migrations

from mall.kernel.dbops import append_only, freeze_columns


class Migration(migrations.Migration):
    dependencies = [("distribution", "0001_initial")]
    operations = [
        append_only("distribution_journal"),
        append_only("distribution_entry"),
        append_only("distribution_attribution"),
        append_only("distribution_statementline"),
        append_only("distribution_withdrawallog"),
        freeze_columns(
            "distribution_commission",
            ["order_no", "distributor_id", "tier", "base_fen", "amount_fen", "cooling_days"],
        ),
        freeze_columns(
            "distribution_withdrawal", ["no", "distributor_id", "amount_fen", "fee_fen", "tax_fen", "net_fen", "channel"]
        ),
        freeze_columns(
            "distribution_programme",
            ["version", "tiers", "rates_ppm", "basis", "self_purchase", "missing_tier", "cap_ppm", "cooling_days", "active_from"],
        ),
    ]
