"""The doctor says what is wrong and how to mend it, and only a shop that cannot open makes it fail."""

import io

import pytest
from django.core.management import call_command

from mall.kernel import clock, fonts
from mall.kernel.models import Delivery, OutboxEvent
from mall.management import checkup
from members.services import regions

pytestmark = pytest.mark.django_db(transaction=True)


def examine():
    out = io.StringIO()
    try:
        call_command("doctor", stdout=out, no_color=True)
    except SystemExit as ending:
        return out.getvalue(), ending.code
    return out.getvalue(), 0


@pytest.fixture
def healthy(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.SANDBOX = False
    regions.load()


def test_a_healthy_shop_passes_every_check_that_stops_it_from_opening(healthy):
    said, code = examine()
    assert code == 0
    assert "✗" not in said
    assert f"/{len(checkup.CHECKS)} ✓" in said.splitlines()[-1]


def test_missing_regions_fail_with_the_command_that_loads_them(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    said, code = examine()
    assert code == 4
    assert "✗ 行政区划" in said
    assert "load_regions" in said


def test_a_media_folder_that_cannot_be_written_fails(healthy, settings, tmp_path):
    (tmp_path / "file").write_text("")
    settings.MEDIA_ROOT = tmp_path / "file" / "media"
    said, code = examine()
    assert code == 4
    assert "✗ 媒体目录" in said


def test_a_dead_letter_is_told_but_does_not_stop_the_shop(healthy):
    event = OutboxEvent.objects.create(name="x.Y", aggregate="a", payload={})
    Delivery.objects.create(event=event, subscriber="s", aggregate="a", state="dead", due_at=clock.now())
    said, code = examine()
    assert code == 0
    assert "! 失败事件" in said


def test_no_chinese_font_is_advice(healthy, monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "FOLDERS", (str(tmp_path),))
    fonts.cjk.cache_clear()
    said, code = examine()
    fonts.cjk.cache_clear()
    assert code == 0
    assert "! 中文字体" in said
    assert "fonts-noto-cjk" in said
