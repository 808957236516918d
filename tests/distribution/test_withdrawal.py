"""Withdrawals: held at the request, out or back exactly once, whatever fails or races (T56, T57, T61; example G)."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.contrib.auth import get_user_model
from django.db import connections, transaction

from distribution import ledger
from distribution.ledger import EXPENSE, AccountKey, transfer
from distribution.models import Distributor, Withdrawal, WithdrawalLog
from distribution.queries import payout
from distribution.services import withdrawal
from mall.kernel.errors import DomainError, NotFound, StateConflict
from mall.kernel.models import Notice, OutboxEvent
from members.models import WechatIdentity
from payments.models import Transfer, Wallet
from payments.services import transfers
from tests.factories import distribution as make

NOW = make.NOW
STAFF = "staff:finance"
BANK = {"account_name": "李明", "account_no": "6222 0200 1234 5678", "bank_name": "工商银行"}


@pytest.fixture(scope="session")
def merchant_keys() -> dict[str, str]:
    """A key pair of our own: these tests prepare transfers but send none."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"WXPAY_PRIVATE_KEY": private.decode(), "WXPAY_PUBLIC_KEY": public.decode()}


@pytest.fixture(autouse=True)
def _channels(settings: Any, merchant_keys: dict[str, str]) -> None:
    """WeChat and the bank are configured, and unreachable."""
    configured = merchant_keys | {
        "WECHAT_APPID": "wx-withdrawal",
        "WXPAY_BASE": "http://127.0.0.1:9",
        "WXPAY_MCHID": "1900000001",
        "WXPAY_SERIAL": "5A" * 20,
        "WXPAY_APIV3_KEY": "k" * 32,
        "WXPAY_PUBLIC_KEY_ID": "PUB_KEY_ID_0119000000012026",
        "BANK_BASE": "http://127.0.0.1:9",
        "BANK_MERCHANT": "B1",
        "BANK_SECRET": "bank-secret",
    }
    for name, value in configured.items():
        setattr(settings, name, value)


def rich(amount_fen: int = 10_000, **fields: object) -> Distributor:
    person = make.distributor(**fields)
    if amount_fen:
        with transaction.atomic():
            ledger.post(
                key=f"test:{person.pk}",
                kind="test",
                ref="R",
                moves=transfer(EXPENSE, AccountKey(person.pk, "available"), amount_fen),
                at=NOW,
            )
    return person


def ask(person: Distributor, amount_fen: int = 8_000, *, channel: str = "balance", **more: object) -> str:
    at = more.pop("at", NOW)
    return withdrawal.request(member_id=person.member_id, amount_fen=amount_fen, channel=channel, at=at, **more).no


def complete_and_die(no: str) -> None:
    """Everything is written, nothing committed."""
    with transaction.atomic():
        withdrawal.complete(withdrawal_no=no, at=NOW)
        raise RuntimeError("killed before the commit")


def buckets(person: Distributor) -> dict[str, int]:
    held = ledger.balances(distributor_id=person.pk)
    return {name: held[name] for name in ("available", "withdrawing", "paid")}


def path(no: str) -> list[str]:
    return [log.to_state for log in WithdrawalLog.objects.filter(withdrawal__no=no)]


@pytest.mark.django_db
def test_a_request_holds_the_money_at_once():
    person = rich()
    view = withdrawal.request(member_id=person.member_id, amount_fen=8_000, channel="balance", at=NOW)
    assert (view.state, view.amount_fen, view.fee_fen, view.tax_fen, view.net_fen) == ("requested", 8_000, 0, 0, 8_000)
    assert buckets(person) == {"available": 2_000, "withdrawing": 8_000, "paid": 0}
    assert Notice.objects.filter(kind="withdrawal_requested", member_id=None, ref=view.no).exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("amount", "ppm", "floor", "cap", "fee"),
    [
        (8_000, 0, 0, 0, 0),
        (8_001, 6_000, 0, 0, 48),
        (2_000, 6_000, 50, 0, 50),
        (8_000, 100_000, 0, 300, 300),
    ],
)
def test_the_fee_is_rounded_down_between_floor_and_cap(amount: int, ppm: int, floor: int, cap: int, fee: int):
    make.publish(fee_ppm=ppm, fee_floor_fen=floor, fee_cap_fen=cap)
    person = rich()
    view = payout.withdrawal(no=ask(person, amount))
    assert (view.fee_fen, view.net_fen) == (fee, amount - fee)


@pytest.mark.django_db
def test_a_paid_withdrawal_ends_in_paid_fees_and_the_wallet(drain: Callable[[], int]):
    make.publish(fee_ppm=10_000)
    person = rich()
    no = ask(person)
    withdrawal.approve(withdrawal_no=no, by=STAFF, at=NOW)
    assert Wallet.objects.get(member_id=person.member_id).balance_fen == 7_920
    with transaction.atomic():
        withdrawal.complete(withdrawal_no=no, at=NOW)
        withdrawal.complete(withdrawal_no=no, at=NOW)
    assert path(no) == ["requested", "approved", "sending", "paid"]
    assert buckets(person) == {"available": 2_000, "withdrawing": 0, "paid": 7_920}
    assert ledger.house_balances()["fees"] == 80
    assert OutboxEvent.objects.filter(name="distribution.WithdrawalFinished", payload__state="paid").count() == 1
    assert Notice.objects.filter(kind="withdrawal_paid", member_id=person.member_id, ref=no).count() == 1


@pytest.mark.django_db
def test_limits_of_the_programme_are_kept():
    person = rich(2_000_000)
    for amount in (999, 500_001, 0, -5):
        with pytest.raises(withdrawal.AmountRefused):
            ask(person, amount)
    for _ in range(3):
        no = ask(person, 1_000)
        withdrawal.approve(withdrawal_no=no, by=STAFF, at=NOW)
        with transaction.atomic():
            withdrawal.complete(withdrawal_no=no, at=NOW)
    with pytest.raises(withdrawal.DailyLimit):
        ask(person, 1_000)
    assert ask(person, 1_000, at=dt.datetime(2026, 3, 2, 16, 0, tzinfo=dt.UTC))  # midnight in Shanghai


@pytest.mark.django_db
def test_one_open_withdrawal_and_never_more_than_there_is():
    person = rich()
    with pytest.raises(withdrawal.InsufficientBalance) as refused:
        ask(person, 10_001)
    assert refused.value.data == {"available_fen": 10_000}
    ask(person, 4_000)
    with pytest.raises(withdrawal.WithdrawalPending):
        ask(person, 4_000)
    assert buckets(person) == {"available": 6_000, "withdrawing": 4_000, "paid": 0}


@pytest.mark.django_db
def test_only_an_active_distributor_withdraws():
    with pytest.raises(NotFound):
        withdrawal.request(member_id=make.member(), amount_fen=1_000, channel="balance", at=NOW)
    with pytest.raises(withdrawal.NotAllowed):
        ask(rich(state="suspended"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    "account",
    [
        {},
        {**BANK, "account_no": "1234567"},
        {**BANK, "account_no": "1" * 31},
        {**BANK, "account_no": "６２２２０２００１２３４"},
        {**BANK, "account_name": " "},
        {**BANK, "bank_name": "行" * 61},
    ],
)
def test_an_incomplete_bank_account_is_refused(account: dict[str, str]):
    person = rich()
    with pytest.raises(withdrawal.AccountInvalid):
        ask(person, channel="bank", account=account)
    assert buckets(person)["withdrawing"] == 0


@pytest.mark.django_db
def test_channels_keep_what_their_transfer_needs():
    person = rich(500_000)
    with pytest.raises(DomainError):
        ask(person, channel="wechat")
    WechatIdentity.objects.create(member_id=person.member_id, appid="wx-withdrawal", openid="o-1")
    no = ask(person, 250_000, channel="wechat")
    assert payout.withdrawal(no=no).account == {
        "openid": "o-1", "appid": "wx-withdrawal", "name": person.name,
    }  # fmt: skip
    withdrawal.cancel(withdrawal_no=no, member_id=person.member_id, at=NOW)
    view = payout.withdrawal(no=ask(person, 1_000, channel="bank", account=BANK))
    assert view.account["account_no"] == "6222020012345678"
    assert view.account_masked == "工商银行 **** 5678"
    with pytest.raises(withdrawal.AccountInvalid):
        ask(rich(), channel="alipay")


@pytest.mark.django_db
def test_cancelled_and_refused_money_is_available_again():
    person = rich()
    first = ask(person)
    with pytest.raises(NotFound):
        withdrawal.cancel(withdrawal_no=first, member_id=make.member(), at=NOW)
    withdrawal.cancel(withdrawal_no=first, member_id=person.member_id, at=NOW)
    with pytest.raises(StateConflict):
        withdrawal.cancel(withdrawal_no=first, member_id=person.member_id, at=NOW)
    second = ask(person)
    with pytest.raises(DomainError):
        withdrawal.refuse(withdrawal_no=second, reason=" ", by=STAFF, at=NOW)
    withdrawal.refuse(withdrawal_no=second, reason="账户姓名不符", by=STAFF, at=NOW)
    with pytest.raises(StateConflict):
        withdrawal.approve(withdrawal_no=second, by=STAFF, at=NOW)
    assert buckets(person) == {"available": 10_000, "withdrawing": 0, "paid": 0}
    assert not Transfer.objects.exists()


@pytest.mark.django_db
def test_wdr4_nobody_reviews_their_own_withdrawal():
    person = rich()
    username = get_user_model().objects.get(pk=person.member_id).username
    no = ask(person)
    with pytest.raises(withdrawal.SelfReview):
        withdrawal.approve(withdrawal_no=no, by=f"staff:{username}", at=NOW)
    with pytest.raises(withdrawal.SelfReview):
        withdrawal.refuse(withdrawal_no=no, reason="x", by=f"staff:{username}", at=NOW)
    assert payout.withdrawal(no=no).state == "requested"


@pytest.mark.django_db
def test_a_failed_transfer_gives_back_once_and_never_after_payment():
    person = rich()
    no = ask(person, channel="bank", account=BANK)
    withdrawal.approve(withdrawal_no=no, by=STAFF, at=NOW)
    with transaction.atomic():
        withdrawal.give_back(withdrawal_no=no, reason="账户已销户", at=NOW)
        withdrawal.give_back(withdrawal_no=no, reason="账户已销户", at=NOW)
        withdrawal.awaiting_user(withdrawal_no=no, transfer_no="T")
    assert path(no) == ["requested", "approved", "sending", "failed"]
    assert buckets(person) == {"available": 10_000, "withdrawing": 0, "paid": 0}
    with pytest.raises(StateConflict), transaction.atomic():
        withdrawal.complete(withdrawal_no=no, at=NOW)
    assert "账户已销户" in Notice.objects.get(kind="withdrawal_failed").body


@pytest.mark.django_db
def test_a_wechat_transfer_waits_for_the_receiver_then_ends():
    person = rich()
    WechatIdentity.objects.create(member_id=person.member_id, appid="wx-withdrawal", openid="o-2")
    no = ask(person, channel="wechat")
    sent = withdrawal.approve(withdrawal_no=no, by=STAFF, at=NOW)
    with transaction.atomic():
        withdrawal.awaiting_user(withdrawal_no=no, transfer_no=sent.transfer_no)
        withdrawal.awaiting_user(withdrawal_no=no, transfer_no=sent.transfer_no)
        withdrawal.complete(withdrawal_no=no, at=NOW)
    assert path(no) == ["requested", "approved", "sending", "awaiting_user", "paid"]


@pytest.mark.django_db
def test_t61_a_crash_at_any_step_leaves_one_transfer_and_the_money_once(monkeypatch: pytest.MonkeyPatch):
    """Whatever dies, the transaction takes its half-done work with it; the repeat starts from the same state."""
    person = rich()
    no = ask(person, channel="bank", account=BANK)
    for module, name in ((transfers, "request"), (withdrawal, "_log")):
        original = getattr(module, name)

        def die_after(*args: object, original: Callable = original, **kwargs: object) -> None:
            original(*args, **kwargs)
            raise RuntimeError("killed")

        monkeypatch.setattr(module, name, die_after)
        with pytest.raises(RuntimeError):
            withdrawal.approve(withdrawal_no=no, by=STAFF, at=NOW)
        monkeypatch.setattr(module, name, original)
        assert payout.withdrawal(no=no).state == "requested"
        assert not Transfer.objects.exists()
    first = withdrawal.approve(withdrawal_no=no, by=STAFF, at=NOW)
    with transaction.atomic():
        again = transfers.request(
            purpose="withdrawal", ref=no, member_id=person.member_id, channel="bank", account=BANK,
            amount_fen=first.net_fen, remark="", at=NOW,
        )  # fmt: skip
    assert again == first.transfer_no
    with pytest.raises(RuntimeError):
        complete_and_die(no)
    assert buckets(person)["withdrawing"] == 8_000
    with transaction.atomic():
        withdrawal.complete(withdrawal_no=no, at=NOW)
    assert Transfer.objects.count() == 1
    assert buckets(person) == {"available": 2_000, "withdrawing": 0, "paid": 8_000}


@pytest.mark.django_db
def test_t56_a_refund_after_withdrawal_is_a_debt_that_later_income_pays():
    """Example E: 20.00 out, then the refund: -20.00; the next 12.00 leave -8.00 and nothing to withdraw."""
    person = rich(2_000)
    no = ask(person, 2_000)
    withdrawal.approve(withdrawal_no=no, by=STAFF, at=NOW)
    with transaction.atomic():
        withdrawal.complete(withdrawal_no=no, at=NOW)
        own = AccountKey(person.pk, "available")
        ledger.post(key="reverse:1", kind="reverse", ref="D1", moves=transfer(own, EXPENSE, 2_000), at=NOW)
        ledger.post(key="settle:2", kind="payout", ref="S2", moves=transfer(EXPENSE, own, 1_200), at=NOW)
    assert buckets(person) == {"available": -800, "withdrawing": 0, "paid": 2_000}
    with pytest.raises(withdrawal.InsufficientBalance) as refused:
        ask(person, 1_000)
    assert refused.value.data == {"available_fen": 0}


def race(person: Distributor, act: Callable[[int], None], count: int = 8) -> list[str]:
    """`count` threads at a barrier; the outcomes, sorted."""
    barrier = threading.Barrier(count)
    outcomes: list[str] = []

    def work(number: int) -> None:
        try:
            barrier.wait()
            act(number)
            outcomes.append("accepted")
        except DomainError as error:
            outcomes.append(error.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return sorted(outcomes)


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t57_eight_parallel_withdrawals_of_different_payloads_are_one():
    person = rich()
    channels = ["balance", "bank"]
    outcomes = race(
        person, lambda n: ask(person, 8_000 + n, channel=channels[n % 2], account={**BANK, "bank_name": f"第{n}银行"})
    )
    assert outcomes.count("accepted") == 1, outcomes
    assert set(outcomes) <= {"accepted", "withdrawal_pending", "insufficient_balance"}
    held = Withdrawal.objects.get()
    assert buckets(person) == {
        "available": 10_000 - held.amount_fen, "withdrawing": held.amount_fen, "paid": 0,
    }  # fmt: skip


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_t57_control_reading_first_and_writing_later_pays_several_times():
    """The same race without the lock, as the bug reports have it: everybody reads 100 and takes 80."""
    person = rich()
    read = threading.Barrier(8)

    def naive(number: int) -> None:
        with transaction.atomic():
            available = ledger.balances(distributor_id=person.pk)["available"]
            read.wait()
            if available < 8_000:
                raise withdrawal.InsufficientBalance
            own = AccountKey(person.pk, "available")
            moves = transfer(own, AccountKey(person.pk, "withdrawing"), 8_000)
            ledger.post(key=f"naive:{number}", kind="withdraw", ref="W", moves=moves, at=NOW)

    assert race(person, naive).count("accepted") == 8
    assert buckets(person)["available"] == 10_000 - 8 * 8_000


@pytest.mark.serial
@pytest.mark.django_db(transaction=True)
def test_approving_cancelling_and_refusing_at_once_has_one_winner():
    person = rich()
    no = ask(person)
    acts: list[Callable[[], object]] = [
        lambda: withdrawal.approve(withdrawal_no=no, by=STAFF, at=NOW),
        lambda: withdrawal.refuse(withdrawal_no=no, reason="x", by=STAFF, at=NOW),
        lambda: withdrawal.cancel(withdrawal_no=no, member_id=person.member_id, at=NOW),
    ]
    outcomes = race(person, lambda n: acts[n % 3]() and None, count=9)
    assert outcomes == ["accepted", *["state_conflict"] * 8]
    ended = payout.withdrawal(no=no)
    back = ended.state in {"refused", "cancelled"}
    assert buckets(person)["withdrawing"] == (0 if back else 8_000)
    assert Transfer.objects.count() == (0 if back else 1)
