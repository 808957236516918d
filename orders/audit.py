"""Invariants of orders: amounts add up, money matches state, stock matches state."""

from mall.kernel.audit import Check
from orders.states import ORDER_TRANSITIONS

_EDGES = ", ".join(f"('{start}', '{command}', '{end}')" for (start, command), end in ORDER_TRANSITIONS.items())

CHECKS = [
    Check(
        id="ORD1",
        title="行小计 = 单价 × 数量，行实付 = 小计 − 优惠",
        sql="""
        SELECT id, order_id, unit_price_fen, quantity, subtotal_fen, discount_fen, payable_fen FROM orders_orderline
        WHERE subtotal_fen <> unit_price_fen * quantity OR payable_fen <> subtotal_fen - discount_fen
           OR payable_fen < 0 OR quantity < 1
        """,
    ),
    Check(
        id="ORD2",
        title="行优惠 = 优惠明细之和",
        sql="""
        SELECT l.id, l.discount_fen, coalesce(sum(a.amount_fen), 0) AS adjusted
        FROM orders_orderline l LEFT JOIN orders_lineadjustment a ON a.line_id = l.id
        GROUP BY l.id, l.discount_fen HAVING l.discount_fen <> coalesce(sum(a.amount_fen), 0)
        """,
    ),
    Check(
        id="ORD3",
        title="订单金额 = 各行之和 + 运费",
        sql="""
        SELECT o.no, o.goods_total_fen, o.discount_total_fen, o.freight_fen, o.payable_fen
        FROM orders_order o
        LEFT JOIN (SELECT order_id, sum(subtotal_fen) AS goods, sum(discount_fen) AS discount, sum(payable_fen) AS payable
                   FROM orders_orderline GROUP BY order_id) l ON l.order_id = o.id
        WHERE o.goods_total_fen <> coalesce(l.goods, 0) OR o.discount_total_fen <> coalesce(l.discount, 0)
           OR o.payable_fen <> coalesce(l.payable, 0) + o.freight_fen
        """,
    ),
    Check(
        id="ORD5",
        title="状态变化都在状态图内，且与最后一条记录一致",
        sql=f"""
        SELECT o.no, o.state, g.command, g.from_state, g.to_state FROM orders_orderlog g
        JOIN orders_order o ON o.id = g.order_id
        WHERE g.to_state <> '' AND g.from_state <> ''
          AND (g.from_state, g.command, g.to_state) NOT IN ({_EDGES})
        UNION ALL
        SELECT o.no, o.state, '', '', last.to_state FROM orders_order o
        LEFT JOIN LATERAL (SELECT to_state FROM orders_orderlog g WHERE g.order_id = o.id AND g.to_state <> ''
                           ORDER BY id DESC LIMIT 1) last ON true
        WHERE last.to_state IS DISTINCT FROM o.state
        """,
    ),
    Check(
        id="PAY1",
        title="已付订单恰有一笔等额的有效支付，未付订单没有",
        sql="""
        SELECT o.no, o.state, o.payable_fen, count(p.id) AS payments, sum(p.amount_fen) AS paid
        FROM orders_order o
        LEFT JOIN payments_payment p
          ON p.purpose = 'order' AND p.ref = o.no AND p.state = 'succeeded' AND NOT p.is_surplus
        GROUP BY o.id, o.no, o.state, o.payable_fen, o.paid_at
        HAVING (o.paid_at IS NOT NULL AND (count(p.id) <> 1 OR sum(p.amount_fen) <> o.payable_fen))
            OR (o.state = 'unpaid' AND count(p.id) > 0 AND min(p.settled_at) < now() - interval '10 minutes')
        """,
    ),
    Check(
        id="STK4",
        title="每个订单的库存锁定与状态一致",
        sql="""
        SELECT o.no, o.state, l.sku_id, l.quantity, r.state AS reservation, r.quantity AS reserved
        FROM orders_order o JOIN orders_orderline l ON l.order_id = o.id
        LEFT JOIN catalog_stockreservation r ON r.ref = o.no AND r.sku_id = l.sku_id
        WHERE r.id IS NULL
           OR (o.state IN ('unpaid', 'paid', 'approved') AND r.state = 'committed')
           OR (o.state IN ('unpaid', 'paid', 'approved') AND r.state = 'released' AND l.refunded_quantity = 0)
           OR (o.state IN ('shipped', 'signed', 'completed') AND r.state <> 'committed'
               AND l.refunded_quantity < l.quantity)
           OR (o.state = 'cancelled' AND r.state <> 'released')
        """,
    ),
    Check(
        id="RFD3",
        title="退款单 = 退款明细 + 运费，行退款 = 明细之和",
        sql="""
        SELECT r.no AS ref, r.amount_fen AS recorded, coalesce(sum(x.amount_fen), 0) + r.freight_fen AS counted
        FROM orders_refund r LEFT JOIN orders_refundline x ON x.refund_id = r.id
        GROUP BY r.id HAVING r.amount_fen <> coalesce(sum(x.amount_fen), 0) + r.freight_fen
        UNION ALL
        SELECT 'line ' || l.id, l.refunded_fen, coalesce(sum(x.amount_fen) FILTER (WHERE r.state = 'refunded'), 0)
        FROM orders_orderline l LEFT JOIN orders_refundline x ON x.line_id = l.id
        LEFT JOIN orders_refund r ON r.id = x.refund_id
        GROUP BY l.id, l.refunded_fen
        HAVING l.refunded_fen <> coalesce(sum(x.amount_fen) FILTER (WHERE r.state = 'refunded'), 0)
        """,
    ),
    Check(
        id="RFD4",
        title="订单已退 = 成功退款之和",
        sql="""
        SELECT o.no, o.refunded_fen, coalesce(sum(r.amount_fen), 0) AS refunded
        FROM orders_order o LEFT JOIN orders_refund r ON r.order_id = o.id AND r.state = 'refunded'
        GROUP BY o.id, o.no, o.refunded_fen HAVING o.refunded_fen <> coalesce(sum(r.amount_fen), 0)
        """,
    ),
]
