"""Invariants of the plumbing."""

from mall.kernel.audit import Check

CHECKS = [
    Check(
        id="OBX2",
        title="没有积压或停止的事件投递",
        sql="""
        SELECT d.id, e.name, d.subscriber, d.aggregate, d.state, d.attempts, left(d.error, 120) AS error
        FROM kernel_delivery d JOIN kernel_outboxevent e ON e.id = d.event_id
        WHERE d.state = 'dead' OR (d.state = 'pending' AND e.created_at < now() - interval '15 minutes')
        """,
    ),
    Check(
        id="IDM1",
        title="没有一直停在“进行中”的幂等键",
        sql="""
        SELECT id, scope, key, created_at FROM kernel_idempotencykey
        WHERE state = 'running' AND created_at < now() - interval '10 minutes'
        """,
    ),
]
