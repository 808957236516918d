"""`manage.py seed_demo`: a shop with a past, told through the services, relative to now."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mall.kernel import clock
from mall.management.demo import progress, story
from members.models import Member


class Command(BaseCommand):
    help = "装载演示数据：账号、商品与图片、分销团队、两个多月的订单与佣金。最后一行是数量。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--scale", choices=sorted(story.SCALES), default="default", help="规模：small 与 default 只差订单数"
        )
        parser.add_argument("--seed", type=int, default=42, help="随机种子：相同的种子讲同样的故事")
        parser.add_argument("--if-empty", action="store_true", help="已有会员时什么也不做")

    def handle(self, *args: Any, **options: Any) -> None:
        if Member.objects.exists():
            if story.was_interrupted():
                raise CommandError("上次装载没有完成：make demo-reset 后再试")
            if options["if_empty"]:
                self.stdout.write("已有数据，保持不变")
                return
            raise CommandError("数据库里已有会员：演示数据只装入空库（make demo-reset 清空）", returncode=2)
        with progress.follow(self.stdout) as reporting:
            counts = story.tell(
                scale=story.SCALES[options["scale"]], seed=options["seed"], at=clock.now(), progress=reporting
            )
        self.stdout.write(" · ".join(f"{name} {count:,}" for name, count in counts.items()))
