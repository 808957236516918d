"""Role presets as groups of Django permissions."""

from collections.abc import Iterator, Mapping

from django.apps import apps
from django.contrib.auth.models import Group, Permission

from mall.kernel.transactions import use_case

# Role -> model ("orders.order", or "orders" for every model of the app) -> actions ("view change").
Grants = Mapping[str, Mapping[str, str]]


class UnknownPermission(LookupError):
    """A preset names a permission that no model has."""


@use_case
def load(*, grants: Grants) -> dict[str, int]:
    """Make each role hold exactly its preset; returns how many permissions each has. Safe to repeat.

    Raises LookupError for an unknown app or model, UnknownPermission for an action it does not have.
    """
    known = {(p.content_type.app_label, p.codename): p for p in Permission.objects.select_related("content_type")}
    counts: dict[str, int] = {}
    for role, granted in grants.items():
        wanted = set(_codenames(granted))
        if unknown := wanted - known.keys():
            raise UnknownPermission(", ".join(sorted(".".join(pair) for pair in unknown)))
        group, _created = Group.objects.get_or_create(name=role)
        group.permissions.set(known[pair] for pair in wanted)
        counts[role] = len(wanted)
    return counts


def _codenames(granted: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for target, actions in granted.items():
        label, _, name = target.partition(".")
        found = [apps.get_model(label, name)] if name else list(apps.get_app_config(label).get_models())
        for model in found:
            for action in actions.split():
                suffix = "" if "_" in action else f"_{model._meta.model_name}"
                yield label, f"{action}{suffix}"
