"""The kernel as a Django app: it owns the outbox and the idempotency keys, and the start-up checks."""

from importlib import import_module

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured


class KernelConfig(AppConfig):
    name = "mall.kernel"
    label = "kernel"
    verbose_name = "内核"

    def ready(self) -> None:
        """Web servers and workers run no system checks, so the refusal to be a sandbox in production is made here."""
        checks = import_module("mall.kernel.checks")
        if faults := checks.not_a_sandbox():
            raise ImproperlyConfigured("；".join(fault.msg for fault in faults))
