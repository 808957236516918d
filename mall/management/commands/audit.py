"""`manage.py audit`: every invariant of the shop, checked against the whole database."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mall.kernel import audit
from mall.management.audit_registry import CHECKS


class Command(BaseCommand):
    help = "检查全部不变量（库存、订单、支付、退款、分销、账本）。全部成立退出 0，否则列出问题行并退出 1。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", help="只检查这些编号，逗号分隔，如 STK2,LED1")
        parser.add_argument("--json", action="store_true", help="输出 JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        findings = audit.run(self._chosen(options["check"]))
        if options["json"]:
            self.stdout.write(json.dumps([vars(f) for f in findings], ensure_ascii=False, default=str, indent=2))
        else:
            self._print(findings)
        if any(finding.count for finding in findings):
            sys.exit(1)

    def _chosen(self, ids: str | None) -> list[audit.Check]:
        if not ids:
            return CHECKS
        wanted = {name.strip().upper() for name in ids.split(",")}
        unknown = wanted - {check.id for check in CHECKS}
        if unknown:
            raise CommandError(f"没有这些检查：{', '.join(sorted(unknown))}", returncode=2)
        return [check for check in CHECKS if check.id in wanted]

    def _print(self, findings: list[audit.Finding]) -> None:
        for finding in findings:
            mark = self.style.ERROR("✗") if finding.count else self.style.SUCCESS("✓")
            self.stdout.write(f"{mark} {finding.id:<6} {finding.title}  {finding.seconds:.3f}s")
            for row in finding.rows:
                self.stdout.write("    " + "  ".join(f"{key}={value}" for key, value in row.items()))
            if finding.count > len(finding.rows):
                self.stdout.write(f"    …… 共 {finding.count} 行")
        broken = sum(1 for finding in findings if finding.count)
        self.stdout.write(f"{len(findings)} 项检查，{broken} 项不成立")
