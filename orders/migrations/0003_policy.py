"""The order policy every shop starts with."""

from django.db import migrations


def create(apps, schema_editor):
    apps.get_model("orders", "OrderPolicy").objects.get_or_create(pk=1)


class Migration(migrations.Migration):
    dependencies = [("orders", "0002_guards")]
    operations = [migrations.RunPython(create, migrations.RunPython.noop, elidable=False)]
