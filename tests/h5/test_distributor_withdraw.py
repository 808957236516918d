"""提现: what arrives is shown before, one tap or ten ask once, and the way is followed to the end."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.db import transaction
from django.test import Client

from distribution import ledger
from distribution.ledger import EXPENSE, AccountKey, transfer
from distribution.models import Distributor, Withdrawal
from distribution.services import withdrawal
from mall.kernel import clock
from payments.models import Transfer
from tests.factories import distribution as make

pytestmark = pytest.mark.django_db
SENT = {"amount": "80.00", "channel": "balance"}


def rich(client: Client, amount_fen: int = 10_000) -> Distributor:
    """A logged-in distributor with money."""
    person = make.distributor()
    book(person, amount_fen)
    client.force_login(get_user_model().objects.get(pk=person.member_id))
    return person


def book(person: Distributor, amount_fen: int) -> None:
    if amount_fen:
        with transaction.atomic():
            ledger.post(
                key=f"test:{person.pk}:{amount_fen}",
                kind="payout",
                ref="B1",
                moves=transfer(EXPENSE, AccountKey(person.pk, "available"), amount_fen),
                at=clock.now(),
            )


def token_of(client: Client, sent: dict[str, str]) -> str:
    page = client.post("/d/withdraw/", sent).content.decode()
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found, "no confirmation page"
    return found[1]


def ask(client: Client, sent: dict[str, str] | None = None) -> str:
    sent = sent or SENT
    answer = client.post("/d/withdraw/", sent | {"token": token_of(client, sent), "confirm": "1"})
    return answer.headers["Location"].rstrip("/").rsplit("/", 1)[-1]


def test_fee_tax_and_net_are_shown_before_the_confirmation(client: Client) -> None:
    make.publish(fee_ppm=6_000)
    rich(client)
    page = client.post("/d/withdraw/", SENT).content.decode()
    assert "−¥0.48" in page
    assert "¥79.52" in page
    assert "代扣税" in page
    assert not Withdrawal.objects.exists()


def test_ten_taps_ask_once(client: Client) -> None:
    rich(client)
    sent = SENT | {"token": token_of(client, SENT), "confirm": "1"}
    targets = {client.post("/d/withdraw/", sent).headers["Location"] for _n in range(10)}
    row = Withdrawal.objects.get()
    assert targets == {f"/d/withdraw/{row.no}/"}


def test_below_the_minimum_the_page_says_how_much_is_missing(client: Client) -> None:
    rich(client, 730)
    page = client.get("/d/withdraw/").content.decode()
    assert "还差 ¥2.70" in page
    assert 'name="amount"' not in page


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("9.99", "还差 ¥0.01"),
        ("100.01", "可提现只有 ¥100.00"),
        ("abc", "请填写金额"),
        ("1e9", "请填写金额"),
        ("", "请填写金额"),
    ],
)
def test_an_impossible_amount_is_explained_and_kept(client: Client, amount: str, told: str) -> None:
    rich(client)
    answer = client.post("/d/withdraw/", SENT | {"amount": amount})
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not Withdrawal.objects.exists()


def test_a_second_request_while_one_is_open_is_refused_with_a_link(client: Client) -> None:
    rich(client)
    no = ask(client, SENT | {"amount": "20"})
    page = client.get("/d/withdraw/").content.decode()
    assert "正在处理" in page
    assert f"/d/withdraw/{no}/" in page
    client.post("/d/withdraw/", SENT | {"amount": "20", "token": "another", "confirm": "1"})
    assert Withdrawal.objects.count() == 1


def test_the_days_limit_debt_and_suspension_are_told(client: Client) -> None:
    make.publish(withdrawals_per_day=1)
    person = rich(client)
    withdrawal.approve(withdrawal_no=ask(client, SENT | {"amount": "20"}), by="staff:finance", at=clock.now())
    Withdrawal.objects.update(state="paid")
    assert "每天最多提现 1 次" in client.get("/d/withdraw/").content.decode()
    book(person, -9_000)
    assert "还有欠款 ¥10.00" in client.get("/d/withdraw/").content.decode()
    Distributor.objects.update(state="suspended")
    assert "不能提现" in client.get("/d/withdraw/").content.decode()


def test_a_bank_account_is_asked_for_in_full(client: Client) -> None:
    rich(client)
    answer = client.post("/d/withdraw/", {"amount": "20", "channel": "bank", "account_no": "12"})
    assert answer.status_code == 422
    assert "银行卡号须为 8 到 30 位数字" in answer.content.decode()


def test_the_way_is_shown_and_a_refusal_says_why_and_gives_back(client: Client) -> None:
    rich(client)
    no = ask(client)
    page = client.get(f"/d/withdraw/{no}/").content.decode()
    assert "财务会在 1 个工作日内审核" in page
    assert "撤销申请" in page
    withdrawal.refuse(withdrawal_no=no, reason="请先完成实名", by="staff:finance", at=clock.now())
    page = client.get(f"/d/withdraw/{no}/").content.decode()
    assert "请先完成实名" in page
    assert "¥80.00 已退回可提现" in page


def test_the_open_sum_equals_what_is_held(client: Client) -> None:
    rich(client)
    ask(client)
    home = client.get("/d/").content.decode()
    assert re.search(r'state=open"><span class="stat__label">提现中</span><span class="stat__value">¥80.00', home)
    assert "¥80.00" in client.get("/d/withdraw/records/?state=open").content.decode()


def test_a_request_can_be_taken_back(client: Client) -> None:
    person = rich(client)
    no = ask(client)
    assert client.post(f"/d/withdraw/{no}/cancel/").headers["Location"] == f"/d/withdraw/{no}/"
    assert ledger.balances(distributor_id=person.pk)["available"] == 10_000


def test_anothers_withdrawal_is_not_found(client: Client) -> None:
    rich(client)
    no = ask(client)
    rich(client)
    assert client.get(f"/d/withdraw/{no}/").status_code == 404
    assert client.post(f"/d/withdraw/{no}/cancel/").status_code == 404


def test_in_wechat_the_receiver_confirms_elsewhere_they_are_told_where(client: Client) -> None:
    rich(client)
    no = ask(client)
    withdrawal.approve(withdrawal_no=no, by="staff:finance", at=clock.now())
    row = Withdrawal.objects.get()
    Withdrawal.objects.update(state="awaiting_user")
    Transfer.objects.filter(no=row.transfer_no).update(
        state="awaiting_user", package_info="http://sim.test/confirm?p=1"
    )
    outside = client.get(f"/d/withdraw/{no}/").content.decode()
    assert "请在微信中打开" in outside
    assert "data-wx-transfer" not in outside
    inside = client.get(f"/d/withdraw/{no}/", headers={"User-Agent": "MicroMessenger/8.0"}).content.decode()
    assert 'data-wx-transfer="wx-transfer"' in inside
    assert '"package": "http://sim.test/confirm?p=1"' in inside
