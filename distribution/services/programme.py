"""Publishing rules: a new dated version each time, the old ones kept for ever."""

import dataclasses
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.models import Product
from distribution import rules
from distribution.models import ProductRate, Programme
from distribution.queries import programme as programmes
from mall.kernel import money
from mall.kernel.errors import DomainError
from mall.kernel.transactions import use_case

MAX_COOLING_DAYS = 90
MAX_PAY_DAY = 28
MAX_BINDING_DAYS = 3650
MAX_PER_DAY = 100
INSTANT = dt.timedelta(microseconds=1)


class InvalidProgramme(DomainError):
    """A value is unknown or impossible; `attr` names it (dotted for nested ones)."""

    code = "invalid"
    status = 400
    message = gettext_lazy("分销规则不正确")


@dataclasses.dataclass(frozen=True, kw_only=True)
class ProgrammeData:
    """Everything a merchant decides. Rates in ppm, one per tier; amounts in fen (`fee_cap_fen` 0: no cap).

    `pay_day`: ignored for daily, ISO weekday for weekly, day of the month for monthly. `binding_days`: how long a
    binding lasts (days) or is protected from being overwritten (overwrite). `acknowledged_by`: who accepted the risk
    text of a third tier; empty to rely on an earlier acknowledgement.
    """

    tiers: int
    rates_ppm: tuple[int, ...]
    basis: str
    self_purchase: str
    missing_tier: str
    cap_ppm: int
    cooling_days: int
    cycle: str
    pay_day: int
    withdrawal_minimum_fen: int
    withdrawal_maximum_fen: int
    withdrawals_per_day: int
    fee_ppm: int = 0
    fee_floor_fen: int = 0
    fee_cap_fen: int = 0
    binding_mode: str = Programme.BindingMode.PERMANENT.value
    binding_days: int = 0
    acknowledged_by: str = ""


_COPIED = tuple(field.name for field in dataclasses.fields(ProgrammeData) if field.name != "acknowledged_by")


@use_case
def publish(*, data: ProgrammeData, reason: str, by: str, at: dt.datetime) -> Programme:
    """Put a new version in force at `at`. Orders placed earlier keep theirs.

    Raises InvalidProgramme and changes nothing when a value is impossible, when the third tier was never
    acknowledged, or when `at` lies before the version in force.
    """
    validate(data)
    _queue()
    now_in_force = programmes.current()
    if not reason.strip():
        raise InvalidProgramme(_("请填写变更说明"), attr="reason")
    if at < now_in_force.active_from:
        raise InvalidProgramme(_("生效时间不能早于现行规则"), attr="active_from")
    acknowledged_by, acknowledged_at = now_in_force.acknowledged_by, now_in_force.acknowledged_at
    if data.acknowledged_by:
        acknowledged_by, acknowledged_at = data.acknowledged_by, at
    if data.tiers == rules.MAX_TIERS and acknowledged_at is None:
        raise InvalidProgramme(_("开启三级分销前，须由商家确认合规风险提示"), attr="tiers")
    start = max(at, now_in_force.active_from + INSTANT)
    now_in_force.active_to = start
    now_in_force.save(update_fields=["active_to"])
    values = {name: getattr(data, name) for name in _COPIED} | {"rates_ppm": list(data.rates_ppm)}
    return Programme.objects.create(
        **values,
        version=now_in_force.version + 1,
        acknowledged_by=acknowledged_by,
        acknowledged_at=acknowledged_at,
        reason=reason.strip()[:200],
        published_by=by,
        active_from=start,
    )


def _queue() -> None:
    """Publications come one after the other, whatever row is in force by then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('distribution.programme'))")


def validate(data: ProgrammeData) -> None:
    """Raise InvalidProgramme for the first impossible value."""
    _between(data.tiers, 1, rules.MAX_TIERS, "tiers")
    if len(data.rates_ppm) != data.tiers:
        raise InvalidProgramme(_("每一级都要有一个比例"), attr="rates")
    for rate in data.rates_ppm:
        _between(rate, 0, rules.PPM, "rates")
    _between(data.cap_ppm, 0, rules.PPM, "cap_percent")
    if sum(data.rates_ppm) > data.cap_ppm:
        raise InvalidProgramme(_("各级比例之和不能超过佣金封顶"), attr="rates")
    _one_of(data.basis, Programme.Basis.values, "basis")
    _one_of(data.self_purchase, Programme.SelfPurchase.values, "self_purchase")
    _one_of(data.missing_tier, Programme.MissingTier.values, "missing_tier")
    _one_of(data.cycle, Programme.Cycle.values, "cycle")
    _one_of(data.binding_mode, Programme.BindingMode.values, "binding_mode")
    _between(data.cooling_days, 0, MAX_COOLING_DAYS, "cooling_days")
    # A weekly pay day beyond 7 or a daily one means nothing, but is kept so that what was read can be put back.
    _between(data.pay_day, 0 if data.cycle == Programme.Cycle.DAILY else 1, MAX_PAY_DAY, "pay_day")
    shortest = 1 if data.binding_mode == Programme.BindingMode.DAYS else 0
    _between(data.binding_days, shortest, MAX_BINDING_DAYS, "binding_days")
    _validate_withdrawal(data)


def _validate_withdrawal(data: ProgrammeData) -> None:
    _between(data.withdrawal_minimum_fen, 1, money.MAX_FEN, "withdrawal.minimum")
    _between(data.withdrawal_maximum_fen, data.withdrawal_minimum_fen, money.MAX_FEN, "withdrawal.maximum")
    _between(data.withdrawals_per_day, 1, MAX_PER_DAY, "withdrawal.per_day")
    _between(data.fee_ppm, 0, rules.PPM - 1, "withdrawal.fee_percent")
    _between(data.fee_floor_fen, 0, money.MAX_FEN, "withdrawal.fee_floor")
    _between(data.fee_cap_fen, 0, money.MAX_FEN, "withdrawal.fee_cap")
    if data.fee_cap_fen and data.fee_cap_fen < data.fee_floor_fen:
        raise InvalidProgramme(_("手续费上限不能低于下限"), attr="withdrawal.fee_cap")
    if data.fee_floor_fen >= data.withdrawal_minimum_fen:
        raise InvalidProgramme(_("手续费下限须小于最低提现金额"), attr="withdrawal.fee_floor")


def _between(value: int, least: int, most: int, attr: str) -> None:
    if not least <= value <= most:
        raise InvalidProgramme(_("取值须在 %(least)s 到 %(most)s 之间") % {"least": least, "most": most}, attr=attr)


def _one_of(value: str, choices: Sequence[str], attr: str) -> None:
    if value not in choices:
        raise InvalidProgramme(_("只能是 %(choices)s") % {"choices": "、".join(choices)}, attr=attr)


def data_of(version: Programme) -> ProgrammeData:
    """The decisions of a version, as a starting point for the next; its acknowledgement is carried by `publish`."""
    values = {name: getattr(version, name) for name in _COPIED}
    return ProgrammeData(**{**values, "rates_ppm": tuple(version.rates_ppm)})


_TOP = {
    "tiers", "rates", "basis", "self_purchase", "missing_tier", "cap_percent", "cooling_days", "cycle", "pay_day",
    "withdrawal",
}  # fmt: skip
_WITHDRAWAL = {"minimum", "maximum", "per_day", "fee_percent", "fee_floor", "fee_cap"}


def acknowledged(data: ProgrammeData, *, by: str) -> ProgrammeData:
    """The same decisions with the risk text of a third tier accepted by `by`."""
    return dataclasses.replace(data, acknowledged_by=by)


def from_api(
    body: Mapping[str, Any], *, binding_mode: str | None = None, binding_days: int | None = None
) -> ProgrammeData:
    """The inverse of `queries.programme.to_api`: every key required, unknown ones refused, `version` ignored.

    How bindings last is not in the public shape: given here, or kept from the version in force. Raises
    InvalidProgramme.
    """
    _keys(body, _TOP, "", optional={"version"})
    if "version" in body:
        _integer(body, "version", "")
    withdrawal = body["withdrawal"]
    _keys(withdrawal, _WITHDRAWAL, "withdrawal.")
    kept = programmes.current()
    data = ProgrammeData(
        tiers=_integer(body, "tiers", ""),
        rates_ppm=parse_rates(body["rates"]),
        basis=_text(body, "basis"),
        self_purchase=_text(body, "self_purchase"),
        missing_tier=_text(body, "missing_tier"),
        cap_ppm=_percent(body["cap_percent"], "cap_percent"),
        cooling_days=_integer(body, "cooling_days", ""),
        cycle=_text(body, "cycle"),
        pay_day=_integer(body, "pay_day", ""),
        withdrawal_minimum_fen=_yuan(withdrawal, "minimum"),
        withdrawal_maximum_fen=_yuan(withdrawal, "maximum"),
        withdrawals_per_day=_integer(withdrawal, "per_day", "withdrawal."),
        fee_ppm=_percent(withdrawal["fee_percent"], "withdrawal.fee_percent"),
        fee_floor_fen=_yuan(withdrawal, "fee_floor"),
        fee_cap_fen=_yuan(withdrawal, "fee_cap"),
        binding_mode=kept.binding_mode if binding_mode is None else binding_mode,
        binding_days=kept.binding_days if binding_days is None else binding_days,
    )
    validate(data)
    return data


def _keys(body: Any, required: set[str], prefix: str, *, optional: frozenset[str] | set[str] = frozenset()) -> None:
    if not isinstance(body, Mapping):
        raise InvalidProgramme(_("须为对象"), attr=prefix.rstrip(".") or None)
    for key in sorted(required - body.keys()):
        raise InvalidProgramme(_("必填"), attr=prefix + key)
    for key in sorted(str(key) for key in body.keys() - required - optional):
        raise InvalidProgramme(_("未知的字段"), attr=prefix + key)


def _integer(body: Mapping[str, Any], key: str, prefix: str) -> int:
    value = body[key]
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidProgramme(_("须为整数"), attr=prefix + key)
    return value


def _text(body: Mapping[str, Any], key: str) -> str:
    value = body[key]
    if not isinstance(value, str):
        raise InvalidProgramme(_("须为文字"), attr=key)
    return value


def _percent(value: Any, attr: str) -> int:
    try:
        return money.ppm(value if isinstance(value, str) else "")
    except ValueError as error:
        raise InvalidProgramme(_("须为最多四位小数的百分数，写成文字"), attr=attr) from error


def parse_rates(value: Any) -> tuple[int, ...]:
    """Percent strings as ppm, at most one per tier. Raises InvalidProgramme."""
    if not isinstance(value, list) or len(value) > rules.MAX_TIERS:
        raise InvalidProgramme(_("须为一到三个百分数"), attr="rates")
    return tuple(_percent(rate, "rates") for rate in value)


def _yuan(body: Mapping[str, Any], key: str) -> int:
    value = body[key]
    try:
        return money.parse_yuan(value if isinstance(value, str) else "")
    except ValueError as error:
        raise InvalidProgramme(_("须为最多两位小数的金额，写成文字"), attr=f"withdrawal.{key}") from error


@use_case
def publish_product_rate(
    *, product_id: int, rates_ppm: Sequence[int] | None, reason: str, by: str, at: dt.datetime
) -> ProductRate | None:
    """Give a product rates of its own from `at` on; [] earns nothing, None returns it to the programme.

    The sum may exceed the programme's cap, which then scales the order down. Raises InvalidProgramme.
    """
    if rates_ppm is not None:
        if len(rates_ppm) > rules.MAX_TIERS or any(rate < 0 for rate in rates_ppm) or sum(rates_ppm) > rules.PPM:
            raise InvalidProgramme(_("最多三级，比例之和不超过 100%"), attr="rates")
        if not reason.strip():
            raise InvalidProgramme(_("请填写说明"), attr="reason")
    if not Product.objects.filter(pk=product_id).exists():
        raise InvalidProgramme(_("没有这个商品"), attr="product")
    _queue()
    old = ProductRate.objects.filter(product_id=product_id, active_to=None).first()
    start = max(at, old.active_from + INSTANT) if old else at
    if old:
        old.active_to = start
        old.save(update_fields=["active_to"])
    if rates_ppm is None:
        return None
    return ProductRate.objects.create(
        product_id=product_id,
        rates_ppm=list(rates_ppm),
        reason=reason.strip()[:120],
        published_by=by,
        active_from=start,
    )
