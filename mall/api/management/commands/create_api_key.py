"""Make a key for the merchant API."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mall.api.auth import SCOPES
from mall.api.models import ApiKey


class Command(BaseCommand):
    """`create_api_key NAME --scope all` prints exactly one line, `KEYID.SECRET`. The secret cannot be shown again."""

    help = "Create a merchant API key and print it once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--scope", action="append", required=True, help=", ".join(sorted(SCOPES)))

    def handle(self, *args: Any, **options: Any) -> None:
        scopes: list[str] = options["scope"]
        if unknown := set(scopes) - SCOPES:
            raise CommandError(f"unknown scope: {', '.join(sorted(unknown))}")
        _, key = ApiKey.objects.create_key(name=options["name"][:50], scopes=sorted(set(scopes)))
        self.stdout.write(key)
