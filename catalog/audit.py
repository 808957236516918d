"""Invariants of stock."""

from mall.kernel.audit import Check

CHECKS = [
    Check(
        id="STK1",
        title="0 ≤ 锁定 ≤ 在库",
        sql="SELECT sku_id, on_hand, reserved FROM catalog_stock WHERE reserved < 0 OR reserved > on_hand",
    ),
    Check(
        id="STK2",
        title="锁定数 = 未释放的锁定单之和",
        sql="""
        SELECT s.sku_id, s.reserved, coalesce(h.held, 0) AS held
        FROM catalog_stock s
        LEFT JOIN (SELECT sku_id, sum(quantity) AS held FROM catalog_stockreservation
                   WHERE state = 'held' GROUP BY sku_id) h USING (sku_id)
        WHERE s.reserved <> coalesce(h.held, 0)
        """,
    ),
    Check(
        id="STK3",
        title="在库与锁定 = 流水之和",
        sql="""
        SELECT s.sku_id, s.on_hand, s.reserved, coalesce(m.on_hand, 0) AS moved, coalesce(m.reserved, 0) AS moved_reserved
        FROM catalog_stock s
        LEFT JOIN (SELECT sku_id, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved
                   FROM catalog_stockmovement GROUP BY sku_id) m USING (sku_id)
        WHERE s.on_hand <> coalesce(m.on_hand, 0) OR s.reserved <> coalesce(m.reserved, 0)
        """,
    ),
    Check(
        id="STK8",
        title="流水结存连续",
        sql="""
        SELECT id, sku_id, on_hand_after, reserved_after FROM (
          SELECT id, sku_id, on_hand_after, reserved_after,
                 sum(on_hand_delta) OVER w AS on_hand, sum(reserved_delta) OVER w AS reserved
          FROM catalog_stockmovement WINDOW w AS (PARTITION BY sku_id ORDER BY id)
        ) m WHERE on_hand_after <> on_hand OR reserved_after <> reserved
        """,
    ),
]
