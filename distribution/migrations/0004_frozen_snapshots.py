"""More snapshots that never change: bindings but for their end, commission lines and reversals but for their progress."""

from django.db import migrations

from mall.kernel.dbops import freeze_columns


class Migration(migrations.Migration):
    dependencies = [("distribution", "0003_first_programme")]
    operations = [
        freeze_columns("distribution_binding", ["member_id", "inviter_id", "source", "reason", "actor", "active_from"]),
        freeze_columns(
            "distribution_commissionline",
            ["commission_id", "line", "position", "net_fen", "base_fen", "rate_ppm", "amount_fen"],
        ),
        freeze_columns(
            "distribution_reversal", ["commission_id", "refund_no", "amount_fen", "after_settlement", "at"]
        ),
        freeze_columns("distribution_productrate", ["product_id", "rates_ppm", "active_from"]),
    ]
