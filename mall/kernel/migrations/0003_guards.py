"""Events are never rewritten."""

from django.db import migrations

from mall.kernel.dbops import append_only


class Migration(migrations.Migration):
    dependencies = [("kernel", "0002_outbox_and_idempotency")]
    operations = [append_only("kernel_outboxevent")]
