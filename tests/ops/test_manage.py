"""The staying `manage.py`: answers, failures, and a Django that does not start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ops import environment
from ops.console import Fatal, Step
from ops.manage import Manage


@pytest.fixture
def manage(tmp_path: Path) -> Iterator[Manage]:
    with Manage(env=environment.process({}), log=tmp_path / "manage.log") as manage:
        yield manage


def test_commands_answer_one_after_the_other(manage: Manage) -> None:
    assert manage.run("check", step=Step("")) == "System check identified no issues (0 silenced)."
    assert manage.run("diffsettings", "--output", "unified", step=Step(""))
    assert manage.run("check", "--tag", "models", step=Step("")).startswith("System check")


def test_failing_command_is_one_line_and_the_next_one_still_runs(manage: Manage) -> None:
    with pytest.raises(Fatal, match="no_such_command") as failure:
        manage.run("no_such_command", step=Step(""))
    assert "\n" not in str(failure.value)
    assert manage.run("check", step=Step("")).startswith("System check")


def test_django_that_does_not_start_is_told_in_one_line(tmp_path: Path) -> None:
    broken = environment.process({"DJANGO_SETTINGS_MODULE": "mall.settings.nowhere"})
    with (
        pytest.raises(Fatal, match=r"mall\.settings\.nowhere.*manage\.log") as failure,
        Manage(env=broken, log=tmp_path / "manage.log") as manage,
    ):
        manage.run("check", step=Step(""))
    assert "\n" not in str(failure.value)
