"""`manage.py rebuild_team`: the team tree anew from the bindings."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from distribution.services import team
from mall.kernel import clock


class Command(BaseCommand):
    help = _("按邀请关系重建团队树")

    def handle(self, *args: Any, **options: Any) -> None:
        count = team.rebuild(at=clock.now())
        self.stdout.write(_("团队树已重建：%(count)s 位分销商") % {"count": count})
