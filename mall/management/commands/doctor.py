"""`manage.py doctor`: is everything there that the shop needs? One line per check, with the fix."""

import sys
from typing import Any

from django.core.management.base import BaseCommand

from mall.management import checkup

UNHEALTHY = 4


class Command(BaseCommand):
    help = "体检：设置、数据库、缓存、队列、字体、通道……。能营业退出 0，否则 4；“!” 是不妨碍营业的提醒。"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        findings = []
        for check in checkup.CHECKS:
            finding = check.run()
            findings.append(finding)
            self._print(finding)
        healthy = sum(1 for finding in findings if finding.level == checkup.Level.FINE)
        advice = sum(1 for finding in findings if finding.level == checkup.Level.ADVICE)
        failed = len(findings) - healthy - advice
        summary = f"{healthy}/{len(findings)} ✓"
        if advice:
            summary += f" · {advice} 项提醒"
        if failed:
            summary += f" · {failed} 项不合格"
        self.stdout.write(summary)
        if failed:
            sys.exit(UNHEALTHY)

    def _print(self, finding: checkup.Finding) -> None:
        styles = {
            checkup.Level.FINE: self.style.SUCCESS,
            checkup.Level.ADVICE: self.style.WARNING,
            checkup.Level.FAILED: self.style.ERROR,
        }
        self.stdout.write(f"{styles[finding.level](finding.level.value)} {finding.title}  {finding.detail}")
        if finding.fix:
            self.stdout.write(f"    → {finding.fix}")
        self.stdout.flush()
