"""The production files, checked as far as a machine without containers can: shape, secrets, health checks."""

import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ops.paths import ROOT

DURATION = {"type": "string", "pattern": r"^\d+(ms|s|m|h)$"}
COMMAND = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]}
ENVIRONMENT = {"type": "object", "additionalProperties": {"type": ["string", "number", "null"]}}
# The part of the Compose specification these files may use; anything else is a typing mistake.
COMPOSE = {
    "type": "object",
    "required": ["services"],
    "additionalProperties": False,
    "patternProperties": {"^x-": {}},
    "properties": {
        "services": {"type": "object", "additionalProperties": {"$ref": "#/$defs/service"}},
        "volumes": {"type": "object", "additionalProperties": {"type": ["object", "null"]}},
    },
    "$defs": {
        "service": {
            "type": "object",
            "additionalProperties": False,
            "anyOf": [{"required": ["image"]}, {"required": ["build"]}],
            "properties": {
                "build": {"type": ["string", "object"]},
                "image": {"type": "string"},
                "restart": {"enum": ["no", "always", "on-failure", "unless-stopped"]},
                "command": COMMAND,
                "environment": ENVIRONMENT,
                "env_file": {"type": "array"},
                "volumes": {"type": "array", "items": {"type": "string", "pattern": "^[a-z]+:/"}},
                "ports": {"type": "array", "items": {"type": "string"}},
                "stop_grace_period": DURATION,
                "depends_on": {"type": "object", "additionalProperties": {"$ref": "#/$defs/dependency"}},
                "healthcheck": {"$ref": "#/$defs/healthcheck"},
            },
        },
        "dependency": {
            "type": "object",
            "required": ["condition"],
            "additionalProperties": False,
            "properties": {
                "condition": {"enum": ["service_started", "service_healthy", "service_completed_successfully"]}
            },
        },
        "healthcheck": {
            "type": "object",
            "required": ["test"],
            "additionalProperties": False,
            "properties": {
                "test": {"type": "array", "prefixItems": [{"enum": ["CMD", "CMD-SHELL"]}], "minItems": 2},
                "interval": DURATION,
                "timeout": DURATION,
                "start_period": DURATION,
                "retries": {"type": "integer"},
            },
        },
    },
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    return loaded


def test_compose_follows_the_specification(compose: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(COMPOSE).validate(compose)


def test_compose_names_only_what_it_defines(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        assert {volume.split(":")[0] for volume in service.get("volumes", ())} <= set(compose["volumes"])


def test_dependencies_that_must_be_healthy_have_a_health_check(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for name, dependency in service.get("depends_on", {}).items():
            if dependency["condition"] == "service_healthy":
                assert "healthcheck" in compose["services"][name]


def test_every_lasting_service_is_watched_and_restarted(compose: dict[str, Any]) -> None:
    lasting = {name: service for name, service in compose["services"].items() if name != "migrate"}
    assert set(lasting) == {"web", "worker", "beat", "postgres", "redis"}
    assert all("healthcheck" in s and s["restart"] == "unless-stopped" for s in lasting.values())


def test_no_secret_has_a_value_or_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    secrets = re.findall(r"(?<!\$)\$\{(\w*(?:SECRET|PASSWORD|KEY)\w*)([^}]*)\}", text)
    assert {name for name, _ in secrets} == {"SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"}
    assert all(rest == "" or rest.startswith(":?") for _, rest in secrets)


def test_database_is_created_with_a_locale_that_trigrams_understand(compose: dict[str, Any]) -> None:
    arguments = compose["services"]["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]
    assert "--locale=C.UTF-8 --locale-provider=builtin --builtin-locale=C.UTF-8" in arguments


def test_image_does_not_run_as_root() -> None:
    final = (ROOT / "Dockerfile").read_text(encoding="utf-8").rsplit("\nFROM ", 1)[1]
    users = re.findall(r"^USER (\S+)$", final, re.MULTILINE)
    assert users
    assert users[-1] not in {"root", "0"}


@pytest.mark.parametrize("name", ["Dockerfile", "docker-compose.yml", "requirements.lock", ".pre-commit-config.yaml"])
def test_no_registry_host_is_written_down(name: str) -> None:
    text = Path(ROOT / name).read_text(encoding="utf-8")
    assert not [url for url in re.findall(r"https?://([\w.-]+)", text) if url not in {"shop.example.com", "127.0.0.1"}]
