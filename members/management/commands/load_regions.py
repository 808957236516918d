"""Fill the region table."""

from typing import Any

from django.core.management.base import BaseCommand

from members.services import regions


class Command(BaseCommand):
    """`load_regions` prints what it added, changed and removed. Safe to repeat; works offline."""

    help = "Load provinces, cities and districts."

    def handle(self, *args: Any, **options: Any) -> None:
        loaded = regions.load()
        self.stdout.write(
            f"regions: {loaded.provinces} provinces, {loaded.cities} cities, {loaded.districts} districts "
            f"(+{loaded.added} ~{loaded.changed} -{loaded.removed})"
        )
