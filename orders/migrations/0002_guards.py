"""Append-only and snapshot rules, kept by the database itself."""

from django.db import migrations

from mall.kernel.dbops import append_only, freeze_columns


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [
        append_only("orders_orderlog"),
        append_only("orders_lineadjustment"),
        freeze_columns(
            "orders_order",
            ["no", "member_id", "goods_total_fen", "discount_total_fen", "freight_fen", "payable_fen", "placed_at"],
        ),
        freeze_columns(
            "orders_orderline",
            [
                "order_id", "sku_id", "unit_price_fen", "list_price_fen", "cost_fen",
                "quantity", "subtotal_fen", "discount_fen", "payable_fen",
            ],
        ),
    ]
