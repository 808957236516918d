"""A new shop starts with two tiers; a third needs the merchant's acknowledgement. The house opens its accounts."""

import datetime as dt

from django.db import migrations

# Before any order of any shop, so that an imported history has rules in force too.
BEGINNING = dt.datetime(2020, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=8)))


def create(apps, schema_editor):
    apps.get_model("distribution", "Programme").objects.create(
        version=1,
        tiers=2,
        rates_ppm=[200_000, 100_000],
        basis="sales",
        self_purchase="off",
        missing_tier="forfeit",
        cap_ppm=500_000,
        cooling_days=7,
        cycle="monthly",
        pay_day=5,
        binding_mode="permanent",
        binding_days=0,
        withdrawal_minimum_fen=1_000,
        withdrawal_maximum_fen=500_000,
        withdrawals_per_day=3,
        reason="初始规则",
        published_by="system",
        active_from=BEGINNING,
    )
    account = apps.get_model("distribution", "Account")
    account.objects.bulk_create(
        [account(bucket=bucket) for bucket in ("expense", "fees", "tax")], ignore_conflicts=True
    )


class Migration(migrations.Migration):
    dependencies = [("distribution", "0002_guards")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop)]
