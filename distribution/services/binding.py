"""Who brought whom: binding a member to an inviter, and moving them, without ever closing a loop.

The referral graph is the set of dated bindings. Two rules keep it a forest under any concurrency:

- A member who is not a distributor has nobody below, so giving them an inviter cannot close a loop. They join under a
  *shared* advisory lock: any number at once, no walk, a constant number of statements.
- A member who is a distributor may have people below. They take the same lock *exclusively*, so no other binding is
  under way, and walk up from the new inviter; meeting the member on the way is a loop.

Whether a member is a distributor is read again after the lock: one who became a distributor in between takes the
exclusive lock too (two such upgrades at once are a deadlock, which `use_case` repeats).
"""

import datetime as dt

from django.contrib.auth import get_user_model
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from distribution.models import Binding, Distributor, Programme
from distribution.queries import programme as programmes
from mall.kernel.errors import DomainError, NotFound
from mall.kernel.transactions import use_case

INSTANT = dt.timedelta(microseconds=1)
Mode = Programme.BindingMode


class BindingRefused(DomainError):
    """The member cannot be bound to this inviter. `data["why"]`: unknown_code, inactive, self, bound, loop."""

    code = "binding_refused"
    status = 409
    message = gettext_lazy("无法绑定该邀请人")


@use_case
def bind(*, member_id: int, code: str, source: str, actor: str, at: dt.datetime) -> Binding:
    """Bind a member to the distributor with promotion code `code`, as the programme's mode allows.

    The first binding wins: permanent keeps it for ever, days until it ends, overwrite replaces it (after
    `binding_days` of protection, if any). Repeating the current inviter changes nothing. Never retroactive: it counts
    from `at` on. Raises BindingRefused, NotFound (no such member).
    """
    inviter, walk = _prepare(member_id, code)
    terms = programmes.current()
    held = _held(member_id, at)
    if held and held.inviter_id == inviter.pk:
        return held
    if held and not _may_replace(held, terms, at):
        raise BindingRefused(_("您已有邀请人"), data={"why": "bound"})
    days = dt.timedelta(days=terms.binding_days) if terms.binding_mode == Mode.DAYS else None
    binding = Binding(member_id=member_id, inviter=inviter, source=source, actor=actor, active_from=at)
    return _start(binding, held, lasts=days, walk=walk)


@use_case
def move(*, member_id: int, code: str, reason: str, actor: str, at: dt.datetime) -> Binding | None:
    """Staff: give a member another inviter from `at` on, permanently, or none (empty `code`).

    Ignores protection, never the loop check. Past orders keep their chain. Raises BindingRefused, NotFound.
    """
    if not reason.strip():
        raise BindingRefused(_("请填写换绑原因"), attr="reason", data={"why": "reason"})
    if not code.strip():
        _lock_tree(member_id)
        _lock_member(member_id)
        held = _held(member_id, at)
        if held:
            _end(held, _after(held, at))
        return None
    inviter, walk = _prepare(member_id, code)
    held = _held(member_id, at)
    if held and held.inviter_id == inviter.pk and held.active_to is None:
        return held
    binding = Binding(
        member_id=member_id,
        inviter=inviter,
        source=Binding.Source.STAFF,
        reason=reason.strip()[:120],
        actor=actor,
        active_from=at,
    )
    return _start(binding, held, lasts=None, walk=walk)


def _prepare(member_id: int, code: str) -> tuple[Distributor, bool]:
    """Take the locks; the inviter, and whether the member may have people below. Raises BindingRefused, NotFound."""
    holds_exclusive = _lock_tree(member_id)
    _lock_member(member_id)
    wanted = code.strip().upper()
    people = list(Distributor.objects.filter(Q(code=wanted) | Q(member_id=member_id)))
    is_distributor = any(person.member_id == member_id for person in people)
    if is_distributor and not holds_exclusive:
        _lock_tree(member_id)
    inviter = next((person for person in people if person.code == wanted), None)
    if inviter is None:
        raise BindingRefused(_("推广码不存在"), data={"why": "unknown_code"})
    if inviter.member_id == member_id:
        raise BindingRefused(_("不能绑定自己"), data={"why": "self"})
    if inviter.state != Distributor.State.ACTIVE:
        raise BindingRefused(_("该推广码已停用"), data={"why": "inactive"})
    return inviter, is_distributor


def _lock_tree(member_id: int) -> bool:
    """Take the tree's advisory lock: exclusive for a distributor (True), shared for anybody else."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH member AS (SELECT EXISTS (SELECT 1 FROM distribution_distributor WHERE member_id = %s) AS earns)
               SELECT earns, CASE WHEN earns THEN pg_advisory_xact_lock(hashtext('distribution.tree'))::text
                                  ELSE pg_advisory_xact_lock_shared(hashtext('distribution.tree'))::text END
               FROM member""",
            [member_id],
        )
        return bool(cursor.fetchone()[0])


def _lock_member(member_id: int) -> None:
    """Bindings of one member come one after the other."""
    locked = get_user_model().objects.select_for_update(no_key=True).filter(pk=member_id).values_list("pk", flat=True)
    if not list(locked):
        raise NotFound


def _held(member_id: int, at: dt.datetime) -> Binding | None:
    """The member's latest period that reaches beyond `at`, if any."""
    reaching = Binding.objects.filter(Q(active_to=None) | Q(active_to__gt=at), member_id=member_id)
    return reaching.order_by("-active_from").first()


def _may_replace(held: Binding, terms: Programme, at: dt.datetime) -> bool:
    """Only in overwrite mode, and only once the days of protection are over."""
    protected = dt.timedelta(days=terms.binding_days)
    return terms.binding_mode == Mode.OVERWRITE and (not protected or at >= held.active_from + protected)


def _start(binding: Binding, held: Binding | None, *, lasts: dt.timedelta | None, walk: bool) -> Binding:
    if held:
        binding.active_from = _after(held, binding.active_from)
    if lasts:
        binding.active_to = binding.active_from + lasts
    if walk and _closes_loop(binding.member_id, binding.inviter.member_id, binding.active_from):
        raise BindingRefused(_("对方是您的下级，不能互相邀请"), data={"why": "loop"})
    if held:
        _end(held, binding.active_from)
    binding.save(force_insert=True)
    return binding


def _after(held: Binding, at: dt.datetime) -> dt.datetime:
    """When a successor may start: `at`, or just after a period that began later than this (late) request."""
    return max(at, held.active_from + INSTANT)


def _end(held: Binding, at: dt.datetime) -> None:
    held.active_to = at
    held.save(update_fields=["active_to"])


def _closes_loop(member_id: int, inviter_member_id: int, start: dt.datetime) -> bool:
    """Whether the member is the inviter's ancestor by any binding that reaches beyond `start`."""
    with connection.cursor() as cursor:
        cursor.execute(
            """WITH RECURSIVE above (member_id) AS (
                   SELECT %s::bigint
                 UNION
                   SELECT inviter.member_id
                   FROM above
                   JOIN distribution_binding binding ON binding.member_id = above.member_id
                        AND (binding.active_to IS NULL OR binding.active_to > %s)
                   JOIN distribution_distributor inviter ON inviter.id = binding.inviter_id)
               SELECT EXISTS (SELECT 1 FROM above WHERE member_id = %s)""",
            [inviter_member_id, start, member_id],
        )
        return bool(cursor.fetchone()[0])
