"""Print why each tier of an order earns what it earns, recomputed from the order's snapshot."""

import json
from typing import IO, Any, cast

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _
from rich.console import Console
from rich.table import Table

from distribution.queries import explanation, narration
from distribution.queries.explanation import Explanation
from mall.kernel import money
from mall.kernel.errors import NotFound


class Command(BaseCommand):
    help = _("解释一笔订单的佣金：每一级为什么是这个金额")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("order_no", help=_("订单号"))
        parser.add_argument("--json", action="store_true", help=_("输出 JSON"))

    def handle(self, *args: Any, order_no: str, **options: Any) -> None:
        """Exits 0 when the recomputation agrees with the books, 1 when it does not or the order is unknown."""
        try:
            tiers = explanation.explain_order(order_no=order_no)
        except NotFound as error:
            raise CommandError(_("没有订单 %(no)s 的归属快照") % {"no": order_no}) from error
        agrees = all(tier.agrees for tier in tiers)
        if options["json"]:
            rows = [_row(tier) for tier in tiers]
            self.stdout.write(
                json.dumps({"order_no": order_no, "agrees": agrees, "tiers": rows}, ensure_ascii=False, indent=2)
            )
        else:
            self._print(order_no, tiers)
        if not agrees:
            raise CommandError(_("重新计算的结果与账面不一致"))

    def _print(self, order_no: str, tiers: list[Explanation]) -> None:
        console = Console(file=cast(IO[str], self.stdout), width=110)
        rule = tiers[0].rule if tiers else {"version": "-", "source": "-"}
        table = Table(title=_("订单 %(no)s 的佣金（规则 v%(version)s）") % {"no": order_no, **rule})
        for title in (
            _("级"),
            _("分销商"),
            _("基数"),
            _("比例"),
            _("精确值（分）"),
            _("佣金"),
            _("已撤销"),
            _("净额"),
            _("状态"),
        ):
            table.add_column(title, justify="right" if title not in (_("分销商"), _("状态")) else "left")
        for tier in tiers:
            table.add_row(
                str(tier.tier),
                f"{tier.name} {tier.code}".strip() or "—",
                tier.base["total"],
                f"{tier.rate}%" if tier.rate else _("按行"),
                tier.rounding["exact_fen"],
                money.yuan(tier.amount_fen),
                money.yuan(tier.reversed_fen),
                money.yuan(tier.net_fen),
                tier.state,
            )
        console.print(table)
        for tier in tiers:
            console.print(_("第 %(tier)s 级") % {"tier": tier.tier}, style="bold")
            for sentence in tier.sentences:
                console.print(f"  · {sentence}", highlight=False)
        agrees = all(tier.agrees for tier in tiers)
        console.print(
            _("✓ 由下单快照重新计算，与账面一致") if agrees else _("✗ 与账面不一致"), style="green" if agrees else "red"
        )


def _row(tier: Explanation) -> dict[str, Any]:
    return {
        "tier": tier.tier,
        "distributor": tier.code or None,
        "name": tier.name,
        "state": tier.state,
        "amount": money.yuan(tier.amount_fen),
        "reversed": money.yuan(tier.reversed_fen),
        "net": money.yuan(tier.net_fen),
        "reason": tier.reason,
        "why": narration.nothing(tier.reason) if tier.reason else "",
        "agrees": tier.agrees,
        **tier.to_api(),
    }
