"""Invariants of coupons."""

from mall.kernel.audit import Check

CHECKS = [
    Check(
        id="CPN1",
        title="已领数 = 领取记录数，不超发，不超每人限领",
        sql="""
        SELECT c.id, c.total, c.claimed_count, count(m.id) AS claims, coalesce(max(m.serial), 0) AS most
        FROM marketing_coupon c LEFT JOIN marketing_membercoupon m ON m.coupon_id = c.id
        GROUP BY c.id
        HAVING c.claimed_count <> count(m.id) OR count(m.id) > c.total OR coalesce(max(m.serial), 0) > c.per_member
        """,
    ),
    Check(
        id="CPN2",
        title="一张券只属于一个订单",
        sql="""
        SELECT order_no, count(*) AS coupons FROM marketing_membercoupon
        WHERE state = 'used' GROUP BY order_no HAVING count(*) > 1
        """,
    ),
]
