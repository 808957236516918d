"""The back office of payments: every page opens, nothing can be edited, actions need permission and POST."""

import datetime as dt

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission
from django.db import transaction
from django.urls import reverse

from members.models import Member
from payments.models import Payment, ProviderNotice, ProviderRefund, Transfer, UnmatchedPayment
from payments.services import refunds, transfers
from tests.factories import payments as make

AT = dt.datetime(2026, 11, 11, 3, tzinfo=dt.UTC)
MODELS = ["payment", "providerrefund", "transfer", "providernotice", "unmatchedpayment", "wallet", "walletentry"]
SUBMIT = {"_form_submitted": "True"}


@pytest.fixture
def owner(client):
    staff = Member.objects.create_superuser("owner")
    client.force_login(staff)
    return staff


@pytest.fixture
def books():
    """One row of everything."""
    payer = make.funded(balance_fen=5_000)
    paid = make.collect_from(payer, amount_fen=1_000)
    with transaction.atomic():
        refunds.request(payment_no=paid.no, ref="R1", amount_fen=500, reason="", at=AT)
        transfers.request(
            purpose="withdrawal",
            ref="W1",
            member_id=payer.pk,
            channel="balance",
            account={},
            amount_fen=1,
            remark="",
            at=AT,
        )
    account = {"account_name": "张三丰", "account_no": "6222020200112233", "bank_name": "中国工商银行"}
    Transfer.objects.filter(ref="W1").update(account=account)
    ProviderNotice.objects.create(provider="wechat", kind="pay", outcome="rejected", body="{}", received_at=AT)
    UnmatchedPayment.objects.create(
        provider="wechat", provider_txn="4200", out_no="X", amount_fen=1, reason="找不到支付单", found_at=AT
    )


def url(model, page, *args):
    return reverse(f"admin:payments_{model}_{page}", args=args)


@pytest.mark.django_db
@pytest.mark.parametrize("model", MODELS)
def test_lists_and_rows_open_read_only(client, owner, books, model):
    listing = client.get(url(model, "changelist"), {"q": "1"})
    assert listing.status_code == 200
    assert client.get(url(model, "changelist")).status_code == 200
    row = apps.get_model("payments", model)._default_manager.latest("pk")
    page = client.get(url(model, "change", row.pk))
    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert client.get(url(model, "add")).status_code == 403


@pytest.mark.django_db
def test_bank_accounts_are_masked(client, owner, books):
    pages = [
        client.get(url("transfer", "changelist")),
        client.get(url("transfer", "change", Transfer.objects.get().pk)),
    ]
    for page in pages:
        text = page.content.decode()
        assert "张** 中国工商银行 …2233" in text
        assert "6222020200112233" not in text


@pytest.mark.django_db(transaction=True)
def test_abnormal_refund_is_retried_by_post_only(client, owner, books):
    refund = ProviderRefund.objects.get()
    ProviderRefund.objects.update(state="abnormal")
    page = url("providerrefund", "retry", refund.pk)
    assert client.get(page).status_code == 200
    assert ProviderRefund.objects.get().state == "abnormal"
    answer = client.post(page, SUBMIT, headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == url("providerrefund", "change", refund.pk)
    assert ProviderRefund.objects.get().state == "requested"


@pytest.mark.django_db(transaction=True)
def test_unmatched_money_is_resolved_once_with_a_reason(client, owner, books):
    row = UnmatchedPayment.objects.get()
    page = url("unmatchedpayment", "resolve", row.pk)
    client.post(page, {**SUBMIT, "reason": ""})
    assert UnmatchedPayment.objects.get().resolved_at is None
    client.post(page, {**SUBMIT, "reason": "已在商户平台退回"})
    assert UnmatchedPayment.objects.get().resolution == "staff:owner: 已在商户平台退回"
    client.post(page, {**SUBMIT, "reason": "又一次"})
    assert UnmatchedPayment.objects.get().resolution == "staff:owner: 已在商户平台退回"


@pytest.mark.django_db(transaction=True)
def test_viewers_cannot_act(client, books):
    viewer = Member.objects.create(username="viewer", is_staff=True)
    viewer.user_permissions.set(
        Permission.objects.filter(codename__startswith="view_", content_type__app_label="payments")
    )
    client.force_login(viewer)
    assert client.get(url("unmatchedpayment", "changelist")).status_code == 200
    page = url("unmatchedpayment", "resolve", UnmatchedPayment.objects.get().pk)
    assert client.post(page, {**SUBMIT, "reason": "不该成功"}).status_code == 403
    assert UnmatchedPayment.objects.get().resolved_at is None


@pytest.mark.django_db(transaction=True)
def test_asking_the_provider_about_a_settled_payment_changes_nothing(client, owner, books):
    before = Payment.objects.values().get()
    client.post(url("payment", "ask_provider", before["id"]), SUBMIT)
    assert Payment.objects.values().get() == before
