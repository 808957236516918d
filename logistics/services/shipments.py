"""Parcels: sending them, subscribing to their news, and believing only news that is signed."""

import datetime as dt
import logging
import re
import secrets
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from logistics.carriers.base import Push, Tracker
from logistics.carriers.kuaidi100 import Kuaidi100
from logistics.events import ParcelSigned
from logistics.models import Carrier, Parcel, Trace
from mall.kernel import numbers, outbox
from mall.kernel.errors import DomainError, NotFound, ServiceUnavailable
from mall.kernel.transactions import remote, step, use_case

logger = logging.getLogger(__name__)

BATCH = 20
MAX_ATTEMPTS = 12
# Kuaidi100 wants half an hour before an abandoned number is subscribed again.
AFTER_ABORT = dt.timedelta(minutes=30)


class UnknownCarrier(DomainError):
    """No carrier in use has this code, in any of the codes we know."""

    code = "unknown_carrier"
    message = _("没有这家物流公司")


class InvalidTrackingNo(DomainError):
    """The number does not look like one of this carrier's."""

    code = "invalid_tracking_no"
    message = _("运单号格式不正确")


class TrackingNoUsed(DomainError):
    """Another parcel carries this number already."""

    code = "tracking_no_used"
    status = 409
    message = _("该运单号已被使用")


@step
def dispatch(
    *,
    order_no: str,
    carrier_code: str,
    tracking_no: str,
    contents: list[dict[str, Any]],
    phone_tail: str,
    actor: str,
    at: dt.datetime,
) -> str:
    """Record a parcel that leaves; its number. News of it is subscribed to by the next sweep.

    `carrier_code` is ours, Kuaidi100's or KDNiao's, in any case. `contents`: [{"line", "name", "quantity"}].
    Raises UnknownCarrier, InvalidTrackingNo, TrackingNoUsed.
    """
    codes = Q(code__iexact=carrier_code) | Q(kd100_code__iexact=carrier_code) | Q(kdniao_code__iexact=carrier_code)
    carrier = Carrier.objects.filter(codes, is_active=True).first()
    if carrier is None:
        raise UnknownCarrier(attr="carrier")
    tracking_no = tracking_no.strip()
    if not re.fullmatch(carrier.number_pattern, tracking_no):
        raise InvalidTrackingNo(attr="tracking_no")
    parcel, is_new = Parcel.objects.get_or_create(
        carrier=carrier,
        tracking_no=tracking_no,
        defaults={
            "no": numbers.new(numbers.SHIPMENT, at),
            "order_no": order_no,
            "contents": contents,
            "phone_tail": phone_tail,
            "push_salt": secrets.token_hex(16),
            "shipped_at": at,
            "subscribe_at": at,
        },
    )
    if not is_new:
        raise TrackingNoUsed(attr="tracking_no")
    return parcel.no


@remote
def subscribe_requested(*, at: dt.datetime) -> int:
    """Ask the tracking service for news of parcels that wait for it; how many it accepted. Refusals back off."""
    if not settings.KD100_KEY:
        return 0
    due = Parcel.objects.select_related("carrier").filter(subscribe_at__lte=at, subscribe_attempts__lt=MAX_ATTEMPTS)
    accepted = 0
    for parcel in list(due.order_by("subscribe_at")[:BATCH]):
        if not _take_turn(parcel_id=parcel.pk, at=at):
            continue
        try:
            _tracker().subscribe(
                carrier_code=parcel.carrier.kd100_code,
                tracking_no=parcel.tracking_no,
                phone=parcel.phone_tail,
                callback_url=f"{settings.SITE_URL}/notify/kuaidi100/{parcel.no}/",
                salt=parcel.push_salt,
            )
        except ServiceUnavailable as error:
            logger.warning("parcel %s is not subscribed yet: %s", parcel.no, error.data.get("reason"))
            continue
        _mark_subscribed(parcel_id=parcel.pk, at=at)
        accepted += 1
    return accepted


@use_case
def _take_turn(*, parcel_id: int, at: dt.datetime) -> bool:
    """Count the attempt and set the next one before calling, so a crash neither loops nor forgets."""
    parcel = Parcel.objects.select_for_update(skip_locked=True).filter(pk=parcel_id, subscribe_at__lte=at).first()
    if parcel is None:
        return False
    parcel.subscribe_attempts += 1
    parcel.subscribe_at = at + dt.timedelta(seconds=min(30 * 2**parcel.subscribe_attempts, 3600))
    parcel.save(update_fields=["subscribe_attempts", "subscribe_at"])
    return True


@use_case
def _mark_subscribed(*, parcel_id: int, at: dt.datetime) -> None:
    Parcel.objects.filter(pk=parcel_id).update(subscribed_at=at, subscribe_at=None)


@use_case
def receive_push(*, parcel_no: str, form: Mapping[str, str], at: dt.datetime) -> None:
    """Book a signed push of the tracking service. Repeats, and news older than what we know, change no state.

    Raises NotFound, ForgedPush (403), MalformedPush (400).
    """
    parcel = Parcel.objects.select_for_update().filter(no=parcel_no).first()
    if parcel is None:
        raise NotFound
    push = _tracker().parse_push(form=form, salt=parcel.push_salt)
    known_until = parcel.traces.order_by("-at").values_list("at", flat=True).first()
    Trace.objects.bulk_create(
        [Trace(parcel=parcel, at=scan.at, text=scan.text, state=scan.state) for scan in push.scans],
        ignore_conflicts=True,
    )
    if push.is_aborted and parcel.state != Parcel.State.SIGNED:
        _subscribe_again(parcel, push, at)
    told_until = max((scan.at for scan in push.scans), default=known_until)
    if known_until is None or (told_until is not None and told_until >= known_until):
        _move(parcel, push.state, min(told_until or at, at))


@step
def _subscribe_again(parcel: Parcel, push: Push, at: dt.datetime) -> None:
    parcel.subscribe_at = at + AFTER_ABORT
    parcel.subscribed_at = None
    parcel.subscribe_attempts = F("subscribe_attempts") + 1
    parcel.save(update_fields=["subscribe_at", "subscribed_at", "subscribe_attempts"])
    if push.carrier_code and push.carrier_code != parcel.carrier.kd100_code:
        logger.warning("parcel %s: the tracking service takes its carrier for %s", parcel.no, push.carrier_code)


@use_case
def mark_signed(*, tracking_no: str, at: dt.datetime) -> None:
    """Take the parcels with this number for delivered (the sandbox stands in for the carrier). Raises NotFound."""
    parcels = list(Parcel.objects.select_for_update().filter(tracking_no=tracking_no).order_by("pk"))
    if not parcels:
        raise NotFound
    for parcel in parcels:
        _move(parcel, Parcel.State.SIGNED, at)


@step
def _move(parcel: Parcel, state: str, at: dt.datetime) -> None:
    """Set the parcel's state; once signed it stays signed."""
    if not state or state == parcel.state or parcel.state == Parcel.State.SIGNED:
        return
    parcel.state = state
    if state == Parcel.State.SIGNED:
        parcel.signed_at = at
        parcel.subscribe_at = None
        event = ParcelSigned(parcel_no=parcel.no, order_no=parcel.order_no, signed_at=at)
        outbox.publish(event, aggregate=f"order:{parcel.order_no}")
    parcel.save(update_fields=["state", "signed_at", "subscribe_at"])


def _tracker() -> Tracker:
    return Kuaidi100(base=settings.KD100_BASE, key=settings.KD100_KEY)
