"""`manage.py load_roles`: the staff's groups and their permissions."""

from typing import Any

from django.core.management.base import BaseCommand

from mall.management import roles


class Command(BaseCommand):
    help = "建立员工角色（店主、运营、财务、仓库、客服）及其权限；可重复执行，升级后执行一次即可补齐新权限。"

    def handle(self, *args: Any, **options: Any) -> None:
        for name, count in roles.load().items():
            self.stdout.write(f"{name} {count} 项权限")
