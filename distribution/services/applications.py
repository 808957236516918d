"""Joining the programme: free of charge, reviewed by staff. What comes later is `services.standing`."""

import datetime as dt
import re

from django.contrib.auth import get_user_model
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from distribution.events import DistributorJoined
from distribution.models import Application, Binding, Distributor
from distribution.services import binding
from mall.kernel import notices, numbers, outbox
from mall.kernel.errors import DomainError, NotFound, StateConflict
from mall.kernel.transactions import remote, use_case

# Characters of a promotion code: 32^8 of them, too many to guess, short enough to read aloud.
CODE_LENGTH = 8
AGREEMENT = "2026-01"
_PHONE = re.compile(r"1\d{10}", re.ASCII)


class AlreadyDistributor(DomainError):
    """The member is a distributor, in whatever state."""

    code = "already_distributor"
    status = 409
    message = gettext_lazy("您已经是分销商")


class ApplicationOpen(DomainError):
    """One application at a time."""

    code = "application_pending"
    status = 409
    message = gettext_lazy("您的申请正在审核中")


class ApplicationInvalid(DomainError):
    """A field is missing or impossible; `attr` names it."""

    code = "invalid"
    message = gettext_lazy("申请信息不完整")


@use_case
def submit(
    *,
    member_id: int,
    kind: str,
    name: str,
    phone: str,
    channel: str,
    agreement: bool,
    referral_code: str = "",
    at: dt.datetime,
) -> Application:
    """Apply to become a distributor. Raises ApplicationInvalid, AlreadyDistributor, ApplicationOpen, NotFound."""
    name, channel, referral_code = name.strip(), channel.strip(), referral_code.strip().upper()
    _validate(kind=kind, name=name, phone=phone, channel=channel, agreement=agreement, referral_code=referral_code)
    _lock_member(member_id)
    if Distributor.objects.filter(member_id=member_id).exists():
        raise AlreadyDistributor
    if Application.objects.filter(member_id=member_id, state=Application.State.SUBMITTED).exists():
        raise ApplicationOpen
    application = Application.objects.create(
        member_id=member_id,
        kind=kind,
        name=name,
        phone=phone,
        channel=channel,
        referral_code=referral_code,
        agreement_version=AGREEMENT,
        submitted_at=at,
    )
    notices.post(
        kind="application_submitted",
        ref=str(application.pk),
        title=_("%(name)s 申请成为分销商") % {"name": name},
        url=f"/admin/distribution/application/{application.pk}/change/",
    )
    return application


def current(*, member_id: int) -> Application | None:
    """The member's latest application."""
    return Application.objects.filter(member_id=member_id).order_by("-pk").first()


@remote
def approve(*, application_id: int, by: str, at: dt.datetime) -> Distributor:
    """Accept an application. The inviter it names is bound first, unless the member has one.

    Two transactions: a crash in between leaves a bound member with an open application, and approving again ends it.
    An inviter who cannot be bound (suspended meanwhile, say) does not stop the approval. Raises NotFound,
    StateConflict, AlreadyDistributor.
    """
    application = Application.objects.filter(pk=application_id).first()
    if application is None:
        raise NotFound
    if application.state == Application.State.SUBMITTED and application.referral_code:
        _bind(application, by, at)
    return _approve(application_id=application_id, by=by, at=at)


@use_case
def reject(*, application_id: int, reason: str, by: str, at: dt.datetime) -> Application:
    """Turn an application down; the member may apply again. Raises NotFound, StateConflict, ApplicationInvalid."""
    if not reason.strip():
        raise ApplicationInvalid(_("请填写原因"), attr="reason")
    application = _lock(application_id)
    application.reason = reason.strip()[:200]
    _review(application, Application.State.REJECTED, by, at)
    notices.post(
        member_id=application.member_id,
        kind="application_rejected",
        ref=str(application.pk),
        title=_("分销申请未通过"),
        body=application.reason,
        url="/d/apply/",
    )
    return application


def _validate(*, kind: str, name: str, phone: str, channel: str, agreement: bool, referral_code: str) -> None:
    if kind not in Distributor.Kind.values:
        raise ApplicationInvalid(_("请选择个人或企业"), attr="kind")
    if not 1 <= len(name) <= 30:
        raise ApplicationInvalid(_("名称须为 1 到 30 个字"), attr="name")
    if not _PHONE.fullmatch(phone):
        raise ApplicationInvalid(_("请填写 11 位手机号"), attr="phone")
    if not 1 <= len(channel) <= 200:
        raise ApplicationInvalid(_("请用 1 到 200 个字说明推广渠道"), attr="channel")
    if agreement is not True:
        raise ApplicationInvalid(_("请阅读并同意分销协议"), attr="agreement")
    if referral_code and not Distributor.objects.filter(code=referral_code, state=Distributor.State.ACTIVE).exists():
        raise ApplicationInvalid(_("邀请人推广码不存在"), attr="referral_code")


def _lock_member(member_id: int) -> None:
    rows = get_user_model().objects.select_for_update(no_key=True).filter(pk=member_id)
    if not list(rows.values_list("pk", flat=True)):
        raise NotFound


def _bind(application: Application, by: str, at: dt.datetime) -> None:
    held = Binding.objects.filter(Q(active_to=None) | Q(active_to__gt=at), member_id=application.member_id)
    if held.exists():
        return
    try:
        binding.bind(
            member_id=application.member_id,
            code=application.referral_code,
            source=Binding.Source.APPLICATION,
            actor=by,
            at=at,
        )
    except binding.BindingRefused:
        # The approval says nothing about the inviter: the member simply has none.
        return


@use_case
def _approve(*, application_id: int, by: str, at: dt.datetime) -> Distributor:
    application = _lock(application_id)
    _lock_member(application.member_id)
    if Distributor.objects.filter(member_id=application.member_id).exists():
        raise AlreadyDistributor
    _review(application, Application.State.APPROVED, by, at)
    distributor = Distributor.objects.create(
        member_id=application.member_id,
        code=_fresh_code(),
        name=application.name,
        kind=application.kind,
        joined_at=at,
    )
    notices.post(
        member_id=application.member_id,
        kind="application_approved",
        ref=str(application.pk),
        title=_("恭喜您成为分销商"),
        body=_("您的推广码是 %(code)s") % {"code": distributor.code},
        url="/d/",
    )
    outbox.publish(
        DistributorJoined(distributor_id=distributor.pk, member_id=distributor.member_id, joined_at=at),
        aggregate=f"distributor:{distributor.pk}",
    )
    return distributor


def _fresh_code() -> str:
    while Distributor.objects.filter(code=(code := numbers.random_code(CODE_LENGTH))).exists():
        pass
    return code


def _lock(application_id: int) -> Application:
    application = Application.objects.select_for_update().filter(pk=application_id).first()
    if application is None:
        raise NotFound
    if application.state != Application.State.SUBMITTED:
        raise StateConflict(data={"state": application.state})
    return application


def _review(application: Application, state: str, by: str, at: dt.datetime) -> None:
    application.state, application.reviewed_by, application.reviewed_at = state, by, at
    application.save(update_fields=["state", "reason", "reviewed_by", "reviewed_at"])
