"""Append-only and snapshot rules, kept by the database itself."""

from django.db import migrations

from mall.kernel.dbops import append_only


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [
        append_only("catalog_stockmovement"),
    ]
