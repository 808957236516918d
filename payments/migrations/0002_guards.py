"""Append-only and snapshot rules, kept by the database itself."""

from django.db import migrations

from mall.kernel.dbops import append_only, freeze_columns


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [
        append_only("payments_walletentry"),
        freeze_columns("payments_payment", ["no", "purpose", "ref", "member_id", "amount_fen", "provider"]),
    ]
