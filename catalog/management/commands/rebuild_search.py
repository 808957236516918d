"""Index every product for search anew: after an upgrade of the word lists, or a bulk import."""

import time
from typing import Any

from django.core.management.base import BaseCommand
from rich.progress import Progress

from catalog.models import Product
from catalog.services import index


class Command(BaseCommand):
    help = "重建商品搜索索引"

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        done = 0
        with Progress() as progress:
            task = progress.add_task(self.help, total=Product.objects.count())
            for size in index.rebuild():
                done += size
                progress.update(task, advance=size)
        self.stdout.write(f"{done} 个商品，{time.monotonic() - started:.1f} 秒")
