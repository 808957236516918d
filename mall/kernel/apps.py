"""The kernel as a Django app: it owns the outbox and the idempotency keys, and the start-up checks."""

from importlib import import_module

from django.apps import AppConfig


class KernelConfig(AppConfig):
    name = "mall.kernel"
    label = "kernel"
    verbose_name = "内核"

    def ready(self) -> None:
        import_module("mall.kernel.checks")
