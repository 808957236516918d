"""推广中心: every figure equals the list it leads to, and nobody sees another's."""

import datetime as dt
import io
import re
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from django.contrib.auth import get_user_model
from django.test import Client
from PIL import Image

from distribution.models import Commission, Distributor
from distribution.services import commission, settlement, standing, team
from mall.kernel import clock
from tests.factories import catalog
from tests.factories import distribution as make

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
PAGES = [
    "/d/",
    "/d/?days=30",
    "/d/earnings/",
    "/d/orders/",
    "/d/team/",
    "/d/goods/",
    "/d/posters/",
    "/d/withdraw/",
    "/d/withdraw/records/",
    "/d/statements/",
    "/d/balance/",
]


@pytest.fixture
def people() -> list[Distributor]:
    """Nearest to the buyer first."""
    return make.chain(3)


def login(client: Client, member_id: int) -> Client:
    client.force_login(get_user_model().objects.get(pk=member_id))
    return client


def trade(people: list[Distributor]) -> None:
    """Commissions in every state: settled and paid out, cleared, frozen with a refund, estimated, taken back."""
    now = clock.now()
    buyer = make.member()
    make.bind(buyer, people[0])
    for ago, fen in ((70, 10_000), (10, 6_660), (5, 8_000), (1, 4_321), (1, 5_000)):
        at = now - ago * DAY
        order = make.order(buyer, fen, at=at)
        make.pay(order, at=at)
        if fen not in (4_321, 5_000):
            make.sign(order, at=at)
        if fen == 8_000:
            make.refund(order, {1: 1_000}, at=now)
        if fen == 5_000:
            make.refund(order, {1: 5_000}, at=now)
    commission.clear_cooled(at=now - 45 * DAY)
    settlement.settle_due(by="staff:finance", at=now)
    settlement.pay_out_due(at=now)
    commission.clear_cooled(at=now)
    team.catch_up(at=now)


def shown(html: str) -> dict[str, tuple[str, str]]:
    """Label -> (amount, link) of every figure on a page."""
    found = re.findall(
        r'<a class="stat[^"]*" href="([^"]*)"><span class="stat__label">([^<]+)</span><span class="stat__value">¥([\d.]+)',
        html,
    )
    return {label: (amount, link.replace("&amp;", "&")) for link, label, amount in found}


def first_sum(html: str) -> str:
    """The first total of a list."""
    return str(re.findall(r'stat__value">¥([\d.]+)', html)[0])


def test_every_figure_equals_the_sum_of_the_list_it_links_to(client: Client, people: list[Distributor]) -> None:
    trade(people)
    page = login(client, people[0].member_id).get("/d/").content.decode()
    figures = shown(page)
    assert {"可提现", "冻结中", "待结算", "待发放", "预估", "提现中", "已提现", "今日", "昨日", "本月", "累计"} == set(
        figures
    )
    assert figures["可提现"][0] == "20.00"
    assert figures["冻结中"][0] == "14.00"
    assert figures["待结算"][0] == "13.32"
    assert figures["预估"][0] == "8.64"
    for label, (amount, link) in figures.items():
        assert link, label
        if label in ("提现中", "已提现"):
            continue  # their lists show what was asked for and what arrived: see test_distributor_withdraw
        assert first_sum(client.get(link).content.decode()) == amount, label


def test_the_sums_are_those_of_the_rows(client: Client, people: list[Distributor]) -> None:
    trade(people)
    page = login(client, people[0].member_id).get("/d/earnings/").content.decode()
    rows = re.findall(r">\+¥([\d.]+)</strong>", page)
    own = Commission.objects.filter(distributor=people[0])
    assert len(rows) == own.count() == 5
    total = sum(round(float(amount) * 100) for amount in rows)
    assert total == sum(row.net_fen for row in own)
    assert first_sum(page) == f"{total // 100}.{total % 100:02d}"


def test_a_commission_page_says_how_to_recompute_it(client: Client, people: list[Distributor]) -> None:
    buyer = make.member()
    make.bind(buyer, people[0])
    order = make.order(buyer, 10_000, freight_fen=800)
    first = make.pay(order)[0]
    page = login(client, people[0].member_id).get(f"/d/earnings/{first.pk}/").content.decode()
    assert "20% × ¥100.00 = ¥20.00" in page
    for fact in ("规则版本", "向下取整到分", "与入账金额一致", "订单付款，记为预估", "计佣基数"):
        assert fact in page
    assert order.no not in page.replace("d/earnings", "")
    assert "programme:" not in page
    assert "estimated" not in page


def test_what_is_anothers_is_not_found(client: Client, people: list[Distributor]) -> None:
    trade(people)
    mine = Commission.objects.filter(distributor=people[0]).exclude(statement=None).get()
    stranger = make.distributor()
    login(client, stranger.member_id)
    for path in (
        f"/d/earnings/{mine.pk}/",
        f"/d/statements/{mine.statement_id}/",
        f"/d/team/{people[0].pk}/",
        "/d/withdraw/W26112200000000000/",
        f"/d/earnings/{10**30}/",
    ):
        assert client.get(path).status_code == 404, path


def test_the_team_is_masked_and_counts_from_the_second_level(client: Client, people: list[Distributor]) -> None:
    first, second, third = people
    Distributor.objects.filter(pk=second.pk).update(name="李小明")
    get_user_model().objects.filter(pk=second.member_id).update(phone="13800990002")
    team.catch_up(at=clock.now())
    page = login(client, third.member_id).get("/d/team/").content.decode()
    assert "李**" in page
    assert "138****0002" in page
    assert "李小明" not in page
    assert first.name not in page
    assert client.get(f"/d/team/{second.pk}/").status_code == 200
    assert client.get(f"/d/team/{first.pk}/").status_code == 404  # below a direct member: counts only


@pytest.mark.parametrize("path", PAGES)
def test_pages_take_few_statements(
    client: Client, people: list[Distributor], path: str, django_assert_max_num_queries: Any
) -> None:
    trade(people)
    for number in range(3):
        catalog.sku(price_fen=1_000 + number)
    login(client, people[0].member_id)
    with django_assert_max_num_queries(12):
        assert client.get(path).status_code == 200


def test_details_take_few_statements(
    client: Client, people: list[Distributor], django_assert_max_num_queries: Any
) -> None:
    trade(people)
    settled = Commission.objects.filter(distributor=people[0]).exclude(statement=None).get()
    login(client, people[0].member_id)
    for path in (f"/d/earnings/{settled.pk}/", f"/d/statements/{settled.statement_id}/"):
        with django_assert_max_num_queries(12):
            assert client.get(path).status_code == 200


def test_a_statement_adds_up_and_leads_to_its_commissions(client: Client, people: list[Distributor]) -> None:
    trade(people)
    settled = Commission.objects.filter(distributor=people[0]).exclude(statement=None).get()
    page = login(client, people[0].member_id).get(f"/d/statements/{settled.statement_id}/").content.decode()
    assert "¥0.00 +¥20.00 = ¥20.00" in page
    assert f"/d/earnings/{settled.pk}/" in page


def test_the_next_rows_come_as_a_fragment_and_page_n_shows_all_up_to_n(
    client: Client, people: list[Distributor]
) -> None:
    buyer = make.member()
    make.bind(buyer, people[0])
    for _n in range(21):
        make.pay(make.order(buyer, 1_000))
    login(client, people[0].member_id)
    first = client.get("/d/earnings/").content.decode()
    assert first.count("</strong></span>") == 20
    assert "?page=2" in first
    more = client.get("/d/earnings/?page=2", headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in more
    assert more.count("</strong></span>") == 1
    assert client.get("/d/earnings/?page=2").content.decode().count("</strong></span>") == 21


@pytest.mark.parametrize(
    "query", ["state=x", "tier=9", "month=2026-13", "from=0001-01-01", "to=²", "page=-1", "page=²"]
)
def test_nonsense_in_the_address_is_dropped(client: Client, people: list[Distributor], query: str) -> None:
    login(client, people[0].member_id)
    assert client.get(f"/d/earnings/?{query}").status_code == 200


def test_a_suspended_distributor_sees_why_and_keeps_the_figures(client: Client, people: list[Distributor]) -> None:
    trade(people)
    standing.change(
        distributor_id=people[0].pk, state="suspended", reason="自买自退", actor="staff:owner", at=clock.now()
    )
    page = login(client, people[0].member_id).get("/d/").content.decode()
    assert "分销资格已暂停" in page
    assert "自买自退" in page
    assert "staff:" not in page
    assert shown(page)["可提现"][0] == "20.00"


def test_goods_promise_what_the_rule_gives(client: Client, people: list[Distributor]) -> None:
    sku = catalog.sku(price_fen=26_800)
    page = login(client, people[0].member_id).get("/d/goods/").content.decode()
    assert "预计赚 ¥53.60" in page
    assert f"/r/{people[0].code}/?to=/p/{sku.product.slug}/" in page


@pytest.mark.parametrize("template", ["", "store", "product", "festive", "nonsense"])
def test_the_poster_leads_to_the_product_by_ones_own_link(
    client: Client, people: list[Distributor], settings: Any, tmp_path: Path, template: str
) -> None:
    settings.MEDIA_ROOT = tmp_path
    sku = catalog.sku(price_fen=26_800)
    login(client, people[0].member_id)
    query = f"?template={template}&product={sku.product_id}"
    assert "长按图片保存" in client.get(f"/d/posters/{query}").content.decode()
    answer = client.get(f"/d/posters/image.png{query}")
    assert answer["Content-Type"] == "image/png"
    with Image.open(io.BytesIO(b"".join(answer))) as picture:
        codes = [code.text for code in zxingcpp.read_barcodes(picture.convert("RGB"))]
    assert codes == [f"{settings.SITE_URL}/r/{people[0].code}/?to=/p/{sku.product.slug}/"]


def test_visitors_are_asked_to_log_in(client: Client) -> None:
    assert client.get("/d/").headers["Location"].startswith("/login/")
