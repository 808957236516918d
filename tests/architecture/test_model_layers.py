"""What import-linter cannot see: foreign keys are strings, and reverse accessors are back doors."""

import tomllib
from pathlib import Path

from django.apps import apps
from django.db import models

ROOT = Path(__file__).resolve().parents[2]


def _ranks() -> dict[str, int]:
    """App label -> height, read from the one import contract."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = next(c for c in contracts if c["name"] == "Domains depend downwards")["layers"]
    ranks = {}
    for height, layer in enumerate(reversed(layers)):
        for name in layer.split("|"):
            ranks[name.strip().removeprefix("mall.")] = height
    return ranks


def _own_models() -> list[type[models.Model]]:
    ranks = _ranks()
    return [m for m in apps.get_models() if m._meta.app_label in ranks]


def _cross_app_relations() -> list[tuple[type[models.Model], models.ForeignKey]]:
    found = []
    for model in _own_models():
        for field in model._meta.get_fields():
            if isinstance(field, models.ForeignKey) and field.related_model._meta.app_label in _ranks():
                found.append((model, field))
    assert len(found) > 20
    return found


def test_foreign_keys_point_down_or_inside():
    ranks = _ranks()
    wrong = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model, field in _cross_app_relations()
        if model._meta.app_label != field.related_model._meta.app_label
        and ranks[model._meta.app_label] <= ranks[field.related_model._meta.app_label]
    ]
    assert wrong == []


def test_no_back_doors_from_lower_to_higher_apps():
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model, field in _cross_app_relations()
        if model._meta.app_label != field.related_model._meta.app_label and field.remote_field.related_name != "+"
    ]
    assert wrong == []
