"""An explanation in Chinese sentences that a distributor can follow with a calculator."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from mall.kernel.clock import SHANGHAI

BASES = {"sales": "实付金额", "profit": "利润（实付 − 成本，最低为 0）", "list_price": "标价"}
NOTHING = {
    "missing": "这一级没有上级，佣金归平台。",
    "suspended": "这一级的分销商已暂停，佣金归平台。",
    "removed": "这一级的分销商已清退，佣金归平台。",
    "no_margin": "这笔订单没有利润（实付不高于成本），按利润计佣为 0。",
    "nothing_paid": "商品实付为 0，不产生佣金。",
    "no_rate": "这些商品在这一级没有佣金比例。",
    "below_one_fen": "按比例计算不足 1 分，向下取整后为 0。",
}
PLACES = {
    "bound": "下单时您是买家的第 %(tier)s 级上级（推广码 %(code)s）。",
    "self": "买家本人是分销商，按自购返佣规则作为第 1 级（推广码 %(code)s）。",
    "rolled_up": "中间有不能获佣的上级，按“上级递补”由您取得第 %(tier)s 级（推广码 %(code)s）。",
    "top_of_chain": "上面再没有上级，按“上级递补”第 %(tier)s 级也归链路顶端的您（推广码 %(code)s）。",
}


def nothing(reason: str) -> str:
    """Why a tier earns nothing."""
    return _(NOTHING[reason])


def sentences(shown: dict[str, Any], *, tier: int, reason: str, amount_fen: int) -> list[str]:
    """`shown` is the public shape of an explanation; `reason` is empty unless the tier earns nothing."""
    place = PLACES.get(shown["attribution"]["why"])
    told = [_(place) % {"tier": tier, "code": shown["attribution"]["code"]}] if place else []
    if reason:
        return [*told, nothing(reason)]
    told += [_base(shown), *_lines(shown), *_rounding(shown)]
    if shown["cooling_ends_at"]:
        told.append(
            _("签收后进入冷静期，%(when)s 结束；售后未处理完时顺延。") % {"when": _when(shown["cooling_ends_at"])}
        )
    told += [
        (
            _("售后 %(no)s 扣回 ¥%(amount)s（结算后扣回，从可提现中扣除）。")
            if row["after_settlement"]
            else _("售后 %(no)s 扣回 ¥%(amount)s。")
        )
        % {"no": row["refund_no"], "amount": row["amount"]}
        for row in shown["reversals"]
    ]
    if shown["settlement"]:
        told.append(_settled(shown["settlement"]))
    return told


def _base(shown: dict[str, Any]) -> str:
    return _("按下单时的规则 v%(version)s，计佣基数为%(kind)s，共 ¥%(total)s，运费不计佣。") % {
        "version": shown["rule"]["version"],
        "kind": _(BASES[shown["base"]["kind"]]),
        "total": shown["base"]["total"],
    }


def _lines(shown: dict[str, Any]) -> list[str]:
    return [
        _("%(name)s ×%(quantity)s：基数 ¥%(base)s × %(rate)s%% = %(exact)s 分，分得 ¥%(amount)s。")
        % {
            "name": line["name"],
            "quantity": line["quantity"],
            "base": line["base"],
            "rate": line["rate"],
            "exact": line["exact_fen"],
            "amount": line["amount"],
        }
        for line in shown["base"]["lines"]
    ]


def _rounding(shown: dict[str, Any]) -> list[str]:
    cap, told = shown["cap"], []
    if cap["limited_by"]:
        why = _("超过封顶 %(percent)s%%") % cap if cap["limited_by"] == "cap" else _("超过商品实付金额")
        told.append(
            _("各级合计 ¥%(all_tiers)s，%(why)s，按上限 ¥%(limit)s 同比例缩减：¥%(before)s → ¥%(after)s。")
            % {**cap, "why": why}
        )
    told.append(
        _("各行相加 %(exact)s 分，向下取整到分，佣金 ¥%(amount)s；零头按最大余数分回各行。")
        % {"exact": shown["rounding"]["exact_fen"], "amount": shown["rounding"]["amount"]}
    )
    return told


def _settled(settlement: dict[str, Any]) -> str:
    values = {"run": settlement["run"], "when": _when(settlement["paid_at"] or settlement["pay_on"])}
    if settlement["paid_at"]:
        return _("已列入结算批次 %(run)s，%(when)s 转入可提现。") % values
    return _("已列入结算批次 %(run)s，将于 %(when)s 转入可提现。") % values


def _when(moment: str) -> str:
    return f"{dt.datetime.fromisoformat(moment).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
