"""Start-up checks: production refuses what belongs to a sandbox; the database must know Chinese."""

import os
import subprocess
import sys

import pytest
from django.db import connection
from django.test import override_settings

from mall.kernel import checks

SAFE = {
    "SETTINGS_MODULE": "mall.settings.prod",
    "DEBUG": False,
    "SANDBOX": False,
    "SECRET_KEY": "k" * 50,
    "ALLOWED_HOSTS": ["shop.example.com"],
    "WXPAY_PUBLIC_KEY_ID": "PUB_KEY_ID_0116",
    "WECHAT_API_BASE": "https://api.example.com",
    "WXPAY_BASE": "https://pay.example.com",
    "KD100_BASE": "https://poll.example.com",
    "SMS_BASE": "https://sms.example.com",
}


def test_t81_safe_production_settings_pass():
    with override_settings(**SAFE):
        assert checks.not_a_sandbox() == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEBUG", True),
        ("SANDBOX", True),
        ("SECRET_KEY", "short"),
        ("ALLOWED_HOSTS", ["*"]),
        ("WXPAY_PUBLIC_KEY_ID", "PUB_KEY_ID_SIM0001"),
        ("WXPAY_BASE", "http://127.0.0.1:8100"),
    ],
)
def test_t81_production_refuses(name, value):
    with override_settings(**{**SAFE, name: value}):
        assert [error.id for error in checks.not_a_sandbox()] == ["mall.E002"]


@pytest.mark.django_db
def test_the_database_finds_trigrams_in_chinese():
    assert checks.chinese_trigrams(databases=["default"]) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(show_trgm('龙井茶'))")
        assert cursor.fetchone()[0] > 0


def test_t81_no_production_process_starts_as_a_sandbox():
    env = {**os.environ, "DJANGO_SETTINGS_MODULE": "mall.settings.prod", "SECRET_KEY": "k" * 50, "MALL_SANDBOX": "1"}
    started = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"], env=env, capture_output=True, text=True, check=False
    )
    assert started.returncode != 0
    assert "沙箱" in started.stderr
