"""Every benchmark runs from end to end at tiny scale, through its command."""

import os
import subprocess
import sys

import pytest

from benchmarks import report
from benchmarks.__main__ import NAMES
from ops.paths import ROOT

pytestmark = pytest.mark.serial


def test_every_benchmark_has_a_place_on_the_page():
    page = report.PAGE.read_text(encoding="utf-8")
    for name in (*NAMES, "machine"):
        assert f"<!-- bench:{name} -->" in page
        assert f"<!-- /bench:{name} -->" in page


def test_a_trial_measures_everything_and_leaves_the_page_alone():
    before = report.PAGE.read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks", "--trial"],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    for name in NAMES:
        assert f"{name}: " in done.stdout
    assert report.PAGE.read_bytes() == before
    assert "oversold" in done.stdout
