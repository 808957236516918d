"""Why a commission is what it is: recomputed from the order's snapshot alone, next to what was booked."""

import dataclasses
import datetime as dt
from collections.abc import Collection
from typing import Any

from distribution import rules
from distribution.models import Attribution, Commission, CommissionLine, Entry
from distribution.queries import calculation, narration
from mall.kernel import money
from mall.kernel.errors import NotFound

# States beside those of a commission, for a tier that has none.
NONE, PENDING = "none", "pending"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Explanation:
    """One tier of one order, earning or not. Amounts in fen, rates in ppm, times aware.

    `state` is the commission's, or `none` (earns nothing, `reason` says why), or `pending` (the order is unpaid).
    `agrees`: the recomputation gives exactly the stored amounts, line by line, and the ledger holds the same.
    """

    order_no: str
    tier: int
    commission_id: int | None
    distributor_id: int | None
    code: str
    name: str
    state: str
    reason: str
    amount_fen: int
    reversed_fen: int
    agrees: bool
    attribution: dict[str, Any]
    rule: dict[str, Any]
    base: dict[str, Any]
    rate: str | None
    rounding: dict[str, Any]
    cap: dict[str, Any]
    cooling_ends_at: dt.datetime | None
    settlement: dict[str, Any] | None
    reversals: list[dict[str, Any]]
    ledger: list[dict[str, Any]]

    @property
    def net_fen(self) -> int:
        return self.amount_fen - self.reversed_fen

    @property
    def sentences(self) -> list[str]:
        """The same in Chinese sentences, in reading order."""
        return narration.sentences(self.to_api(), tier=self.tier, reason=self.reason, amount_fen=self.amount_fen)

    def to_api(self) -> dict[str, Any]:
        """The public shape; amounts as yuan strings, rates as percent strings."""
        return {
            "attribution": self.attribution,
            "rule": self.rule,
            "base": self.base,
            "rate": self.rate,
            "rounding": self.rounding,
            "cap": self.cap,
            "cooling_ends_at": self.cooling_ends_at.isoformat() if self.cooling_ends_at else None,
            "settlement": self.settlement,
            "reversals": self.reversals,
            "ledger": self.ledger,
        }


def explain(*, commission_id: int, distributor_id: int | None = None) -> Explanation:
    """One commission; with `distributor_id` only its owner finds it. Raises NotFound."""
    owned = Commission.objects.filter(pk=commission_id)
    if distributor_id is not None:
        owned = owned.filter(distributor=distributor_id)
    commission = owned.first()
    if commission is None:
        raise NotFound
    return next(e for e in explain_order(order_no=commission.order_no) if e.commission_id == commission.pk)


def explain_order(*, order_no: str) -> list[Explanation]:
    """Every tier of an order in order, those that earn nothing too. Raises NotFound for an order without snapshot."""
    attribution = Attribution.objects.select_related("programme").filter(order_no=order_no).first()
    if attribution is None:
        raise NotFound
    found = Commission.objects.filter(order_no=order_no).select_related("statement__run")
    commissions = {row.tier: row for row in found.prefetch_related("lines", "reversals")}
    # All tiers of an order are booked together: with none at all, its payment has not been booked yet - or nobody earns.
    result = calculation.of(attribution)
    booked = bool(commissions) or result.total_fen == 0
    journals = _journals(commissions.values())
    return [
        _tier(attribution, result, place, commissions.get(place["tier"]), journals, booked=booked)
        for place in attribution.chain
    ]


def _tier(
    attribution: Attribution,
    result: rules.Result,
    place: dict[str, Any],
    commission: Commission | None,
    journals: dict[str, list[dict[str, Any]]],
    *,
    booked: bool,
) -> Explanation:
    tier = place["tier"]
    computed = next((t for t in result.tiers if t.tier == tier), None)
    expected = computed.amount_fen if computed else 0
    amount = commission.amount_fen if commission else (0 if booked else expected)
    rates = {line["rates_ppm"][tier - 1] for line in attribution.lines}
    own_journals = journals.get(_owner(commission), []) if commission else []
    return Explanation(
        order_no=attribution.order_no,
        tier=tier,
        commission_id=commission.pk if commission else None,
        distributor_id=place["distributor"],
        code=place["code"],
        name=place["name"],
        state=commission.state if commission else (NONE if booked or not expected else PENDING),
        reason=_why_nothing(attribution, place, computed) if not expected else "",
        amount_fen=amount,
        reversed_fen=commission.reversed_fen if commission else 0,
        agrees=_agrees(commission, computed, own_journals) if commission else amount == (0 if booked else expected),
        attribution={
            "order_no": attribution.order_no,
            "placed_at": attribution.placed_at.isoformat(),
            "tier": tier,
            "code": place["code"],
            "why": place["why"],
            "skipped": [{"code": p["code"], "state": p["state"]} for p in place["skipped"]],
        },
        rule={
            "version": attribution.programme.version,
            "source": ", ".join(dict.fromkeys(line["source"] for line in attribution.lines)),
        },
        base=_base(attribution, tier, computed),
        rate=money.percent(rates.pop()) if len(rates) == 1 else None,
        rounding={
            "method": "floor_of_sum_then_largest_remainder",
            "exact_fen": calculation.exact_text(computed.exact) if computed else "0",
            "amount": money.yuan(expected),
        },
        cap=_cap(attribution, result, computed),
        cooling_ends_at=commission.cooling_ends_at if commission else None,
        settlement=_settlement(commission) if commission else None,
        reversals=_reversals(commission) if commission else [],
        ledger=[{key: value for key, value in journal.items() if key != "expense_fen"} for journal in own_journals],
    )


def _base(attribution: Attribution, tier: int, computed: rules.TierResult | None) -> dict[str, Any]:
    kind = attribution.programme.basis
    shares = {share.line: share for share in computed.lines} if computed else {}
    lines = []
    for line in attribution.lines:
        share = shares.get(line["line"])
        shown = {"line": line["line"], "name": line["name"], "quantity": line["quantity"]}
        shown["net"] = money.yuan(line["net_fen"])
        # The list price and the cost are shown only where the base is made of them.
        if kind == rules.LIST_PRICE:
            shown["list"] = money.yuan(line["list_fen"])
        if kind == rules.PROFIT:
            shown["cost"] = money.yuan(line["cost_fen"])
        shown["base"] = money.yuan(line["base_fen"])
        shown["rate"] = money.percent(line["rates_ppm"][tier - 1])
        shown["source"] = line["source"]
        shown["exact_fen"] = calculation.exact_text(share.exact) if share else "0"
        shown["amount"] = money.yuan(share.amount_fen if share else 0)
        lines.append(shown)
    return {"kind": kind, "total": money.yuan(sum(line["base_fen"] for line in attribution.lines)), "lines": lines}


def _cap(attribution: Attribution, result: rules.Result, computed: rules.TierResult | None) -> dict[str, Any]:
    return {
        "percent": money.percent(attribution.programme.cap_ppm),
        "limit": money.yuan(result.limit_fen),
        "all_tiers": money.yuan(sum(tier.uncapped_fen for tier in result.tiers)),
        "limited_by": result.limited_by,
        "before": money.yuan(computed.uncapped_fen if computed else 0),
        "after": money.yuan(computed.amount_fen if computed else 0),
    }


def _settlement(commission: Commission) -> dict[str, Any] | None:
    statement = commission.statement
    if statement is None:
        return None
    return {
        "run": statement.run.no,
        "statement": statement.pk,
        "period_end": statement.run.period_end.isoformat(),
        "pay_on": statement.run.pay_on.isoformat(),
        "paid_at": statement.paid_at.isoformat() if statement.paid_at else None,
    }


def _reversals(commission: Commission) -> list[dict[str, Any]]:
    return [
        {
            "refund_no": row.refund_no,
            "amount": money.yuan(row.amount_fen),
            "after_settlement": row.after_settlement,
            "at": row.at.isoformat(),
        }
        for row in sorted(commission.reversals.all(), key=lambda row: row.pk)
    ]


def _why_nothing(attribution: Attribution, place: dict[str, Any], computed: rules.TierResult | None) -> str:
    """Why a tier earns nothing: the reason its place is empty, or what is wrong with the base or the rate."""
    if computed is None:
        return str(place["why"])
    if not computed.base_fen:
        return "no_margin" if attribution.programme.basis == rules.PROFIT else "nothing_paid"
    if not any(share.rate_ppm for share in computed.lines):
        return "no_rate"
    return "below_one_fen"


def _owner(commission: Commission) -> str:
    return f"{commission.order_no}:{commission.tier}"


def _journals(commissions: Collection[Commission]) -> dict[str, list[dict[str, Any]]]:
    """The bookings of each commission, by `order:tier`, oldest first.

    A settlement and its pay-out move everything of a statement at once: those two cover more than this commission.
    """
    owners: dict[str, list[str]] = {}
    for commission in commissions:
        for key in _keys(commission):
            owners.setdefault(key, []).append(_owner(commission))
    booked: dict[str, dict[str, Any]] = {}
    entries = Entry.objects.filter(journal__key__in=list(owners)).select_related("journal", "account")
    for entry in entries.order_by("journal_id", "pk"):
        journal = booked.setdefault(
            entry.journal.key,
            {
                "key": entry.journal.key,
                "kind": entry.journal.kind,
                "at": entry.journal.at.isoformat(),
                "entries": [],
                "expense_fen": 0,
            },
        )
        journal["entries"].append({"account": entry.account.bucket, "amount": money.yuan(entry.delta_fen)})
        journal["expense_fen"] += entry.delta_fen if entry.account.distributor_id is None else 0
    result: dict[str, list[dict[str, Any]]] = {}
    for key, journal in booked.items():
        for owner in owners[key]:
            result.setdefault(owner, []).append(journal)
    return result


def _keys(commission: Commission) -> list[str]:
    keys = [f"{kind}:{_owner(commission)}" for kind in ("earn", "freeze")]
    keys += [f"reverse:{row.refund_no}:{commission.pk}" for row in commission.reversals.all()]
    if commission.statement is not None:
        run = commission.statement.run.no
        keys += [f"{kind}:{run}:{commission.distributor_id}" for kind in ("settle", "payout")]
    return keys


def _agrees(commission: Commission, computed: rules.TierResult | None, journals: list[dict[str, Any]]) -> bool:
    if computed is None or commission.amount_fen != computed.amount_fen:
        return False
    rows = {row.line: row for row in commission.lines.all()}
    voided = any(reversal.refund_no == "void" for reversal in commission.reversals.all())
    lines_agree = all(
        share.line in rows
        and rows[share.line].amount_fen == share.amount_fen
        and _reversal_agrees(rows[share.line], voided)
        for share in computed.lines
    )
    reversed_fen = sum(row.reversed_fen for row in rows.values())
    taken = sum(reversal.amount_fen for reversal in commission.reversals.all())
    in_books = -sum(journal["expense_fen"] for journal in journals)
    return lines_agree and reversed_fen == taken == commission.reversed_fen and in_books == commission.net_fen


def _reversal_agrees(row: CommissionLine, voided: bool) -> bool:
    if voided:
        return row.reversed_fen == row.amount_fen
    return row.reversed_fen == rules.reversed_fen(
        amount_fen=row.amount_fen, refunded_fen=row.refunded_fen, net_fen=row.net_fen
    )
