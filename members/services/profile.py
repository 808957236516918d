"""What members change about themselves."""

import unicodedata

from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from mall.kernel import ratelimit
from mall.kernel.errors import DomainError
from mall.kernel.transactions import use_case
from members.models import Member

NICKNAME_LENGTH = 20
GUESS_LIMIT = "5/15 minutes"
# Control and format characters, among them zero-width ones and the right-to-left override; private and unassigned.
_INVISIBLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


class NicknameInvalid(DomainError):
    """Nothing visible is left of the name."""

    code = "nickname_invalid"
    status = 400
    message = _("昵称应为 1 至 20 个可见字符")


class PasswordWrong(DomainError):
    """The current password does not match."""

    code = "password_wrong"
    status = 400
    message = _("当前密码不正确")


class PasswordWeak(DomainError):
    """The new password is too short, too common, or only digits."""

    code = "password_weak"
    status = 400
    message = _("密码太简单")


def clean_nickname(text: str) -> str:
    """NFKC, without invisible characters, at most 20 characters; may be empty."""
    normal = unicodedata.normalize("NFKC", text)
    visible = "".join(c for c in normal if unicodedata.category(c) not in _INVISIBLE)
    return " ".join(visible.split())[:NICKNAME_LENGTH].strip()


@use_case
def rename(*, member_id: int, nickname: str) -> str:
    """Set the nickname; returns it as kept. Raises NicknameInvalid."""
    kept = clean_nickname(nickname)
    if not kept:
        raise NicknameInvalid(attr="nickname")
    Member.objects.filter(pk=member_id).update(nickname=kept)
    return kept


def change_password(*, member_id: int, current: str, new: str) -> None:
    """Set a password, proving the current one if there is any; ends all other sessions and tokens.

    Raises PasswordWrong, PasswordWeak, RateLimited.
    """
    ratelimit.hit(GUESS_LIMIT, "password-change", str(member_id))
    _change(member_id=member_id, current=current, new=new)
    ratelimit.clear(GUESS_LIMIT, "password-change", str(member_id))


@use_case
def _change(*, member_id: int, current: str, new: str) -> None:
    member = Member.objects.select_for_update().get(pk=member_id)
    if member.has_usable_password() and not member.check_password(current):
        raise PasswordWrong(attr="current")
    try:
        password_validation.validate_password(new, member)
    except ValidationError as error:
        raise PasswordWeak(" ".join(error.messages), attr="new") from error
    member.set_password(new)
    member.save(update_fields=["password"])
