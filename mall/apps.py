"""The top-level app: templates tags, commands, and the wiring of events to reactions."""

from importlib import import_module

from django.apps import AppConfig


class MallConfig(AppConfig):
    name = "mall"
    verbose_name = "商城"

    def ready(self) -> None:
        import_module("mall.wiring")
