"""Low stock: one mail and one staff notice per alert, however many sales deepen it.

Alerts open and close with the stock movements (`services.stock`). Mail goes out at most once: the alert is marked
before sending, because a crash right after sending would otherwise mail twice. What such a crash may cost is the
mail alone: the staff notice is written in the transaction of the mark. A mail server that refuses takes the mark
back, so the next beat tries again.
"""

import datetime as dt
import logging
import smtplib

from django.conf import settings
from django.core import mail
from django.urls import reverse
from django.utils.translation import gettext

from catalog.models import StockAlert
from mall.kernel import notices
from mall.kernel.transactions import remote, use_case

logger = logging.getLogger(__name__)

BATCH = 50


@remote
def send_due(*, at: dt.datetime) -> int:
    """Mail the open alerts nobody was told of, to settings.STOCK_ALERT_RECIPIENTS; how many were sent."""
    sent = 0
    while sent < BATCH and (alert := _claim(at=at)):
        try:
            mail.send_mail(_subject(alert), _body(alert), None, settings.STOCK_ALERT_RECIPIENTS)
        except (smtplib.SMTPException, OSError):
            logger.exception("alert %s was not mailed", alert.pk)
            _give_back(alert_id=alert.pk)
            break
        sent += 1
    return sent


@use_case
def _claim(*, at: dt.datetime) -> StockAlert | None:
    """Mark one alert as told and leave the staff notice; None when all are told."""
    alert = (
        StockAlert.objects.select_for_update(skip_locked=True, of=("self",))
        .select_related("sku__product", "sku__stock")
        .filter(mailed_at__isnull=True, closed_at__isnull=True)
        .order_by("pk")
        .first()
    )
    if alert is None:
        return None
    alert.mailed_at = at
    alert.save(update_fields=["mailed_at"])
    notices.post(
        kind="stock_alert",
        ref=f"alert:{alert.pk}",
        title=_subject(alert),
        body=_body(alert),
        url=reverse("admin:catalog_stock_changelist") + f"?q={alert.sku.code}",
    )
    return alert


@use_case
def _give_back(*, alert_id: int) -> None:
    StockAlert.objects.filter(pk=alert_id).update(mailed_at=None)


def _subject(alert: StockAlert) -> str:
    return gettext("库存预警：%(product)s（%(sku)s）") % {
        "product": alert.sku.product.name,
        "sku": alert.sku.code,
    }


def _body(alert: StockAlert) -> str:
    return gettext("SKU %(sku)s 可售 %(sellable)s 件，安全库存 %(safety)s 件。请尽快补货。") % {
        "sku": alert.sku.code,
        "sellable": alert.sku.stock.sellable,
        "safety": alert.safety_stock,
    }
