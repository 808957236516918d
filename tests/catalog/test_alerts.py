"""Low stock reaches people once."""

import datetime as dt
import smtplib

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from catalog.models import StockAlert
from catalog.services import alerts, stock
from catalog.tasks import release_expired, send_stock_alerts
from mall.kernel.models import Notice
from tests.factories import catalog as make

pytestmark = pytest.mark.django_db

AT = dt.datetime(2026, 11, 11, 3, tzinfo=dt.UTC)


class RefusingBackend(BaseEmailBackend):
    def send_messages(self, messages):
        raise smtplib.SMTPServerDisconnected("no")


def sell(sku, ref, quantity=1, expires_at=None):
    with transaction.atomic():
        stock.reserve(ref=ref, quantities={sku.pk: quantity}, expires_at=expires_at, actor="member:1", at=AT)


def test_falling_from_twelve_to_five_is_one_mail_and_one_notice(settings):
    settings.STOCK_ALERT_RECIPIENTS = ["buyer@example.com"]
    sku = make.sku(on_hand=12, safety_stock=10)
    for number in range(7):
        sell(sku, f"D{number}")
        send_stock_alerts()
    assert len(mail.outbox) == 1
    assert mail.outbox[0].to == ["buyer@example.com"]
    assert sku.code in mail.outbox[0].subject
    assert Notice.objects.filter(kind="stock_alert", member_id=None).count() == 1


def test_a_second_fall_is_a_second_mail():
    sku = make.sku(on_hand=10, safety_stock=10)
    assert alerts.send_due(at=AT) == 1
    stock.receive(sku_id=sku.pk, quantity=5, ref="IN-1", reason="", actor="staff:w", at=AT)
    assert alerts.send_due(at=AT) == 0
    sell(sku, "D1", 6)
    assert alerts.send_due(at=AT) == 1
    assert len(mail.outbox) == 2


def test_an_alert_that_closed_in_time_is_not_mailed():
    sku = make.sku(on_hand=10, safety_stock=10)
    stock.receive(sku_id=sku.pk, quantity=5, ref="IN-1", reason="", actor="staff:w", at=AT)
    assert alerts.send_due(at=AT) == 0


def test_a_refusing_mail_server_is_asked_again(settings):
    backend = settings.EMAIL_BACKEND
    make.sku(on_hand=1, safety_stock=10)
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    assert alerts.send_due(at=AT) == 0
    assert StockAlert.objects.get().mailed_at is None
    settings.EMAIL_BACKEND = backend
    assert alerts.send_due(at=AT) == 1
    assert Notice.objects.filter(kind="stock_alert").count() == 1


def test_the_task_releases_what_expired_long_ago():
    sku = make.sku(on_hand=10)
    sell(sku, "D1", 4, expires_at=AT)
    assert release_expired() == 1
    sku.stock.refresh_from_db()
    assert sku.stock.reserved == 0
