"""Invariants of money in, back and out."""

from mall.kernel.audit import Check

CHECKS = [
    Check(
        id="PAY2",
        title="成功的支付都有渠道交易号",
        sql="""
        SELECT no, provider, state FROM payments_payment
        WHERE state = 'succeeded' AND (provider_txn IS NULL OR provider_txn = '' OR settled_at IS NULL)
        """,
    ),
    Check(
        id="PAY3",
        title="多付的款项都已原路退回",
        sql="""
        SELECT no, ref, amount_fen, refunding_fen, refunded_fen FROM payments_payment
        WHERE is_surplus AND state = 'succeeded' AND amount_fen <> refunding_fen + refunded_fen
        """,
    ),
    Check(
        id="PAY4",
        title="成功的支付都有凭据",
        sql="""
        SELECT no FROM payments_payment
        WHERE state = 'succeeded' AND coalesce(evidence->>'source', '') NOT IN ('notice', 'query', 'internal')
        """,
    ),
    Check(
        id="PAY6",
        title="没有未处理的未匹配收款",
        sql="SELECT provider, provider_txn, out_no, amount_fen, reason FROM payments_unmatchedpayment WHERE resolved_at IS NULL",
    ),
    Check(
        id="RFD1",
        title="支付单的退款 = 渠道退款之和，且不超过已付",
        sql="""
        SELECT p.no, p.amount_fen, p.refunding_fen, p.refunded_fen, r.pending, r.done
        FROM payments_payment p
        LEFT JOIN (SELECT payment_id,
                          coalesce(sum(amount_fen) FILTER (WHERE state <> 'succeeded'), 0) AS pending,
                          coalesce(sum(amount_fen) FILTER (WHERE state = 'succeeded'), 0) AS done
                   FROM payments_providerrefund GROUP BY payment_id) r ON r.payment_id = p.id
        WHERE p.refunding_fen <> coalesce(r.pending, 0) OR p.refunded_fen <> coalesce(r.done, 0)
           OR p.refunding_fen + p.refunded_fen > p.amount_fen
        """,
    ),
    Check(
        id="WAL1",
        title="钱包余额 = 流水之和，且不为负",
        sql="""
        SELECT w.member_id, w.balance_fen, coalesce(sum(e.delta_fen), 0) AS moved
        FROM payments_wallet w LEFT JOIN payments_walletentry e ON e.wallet_id = w.member_id
        GROUP BY w.member_id, w.balance_fen
        HAVING w.balance_fen <> coalesce(sum(e.delta_fen), 0) OR w.balance_fen < 0
        """,
    ),
]
