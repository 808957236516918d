"""The main job in a real browser, from the referral link to the distributor's withdrawn money.

Every page visited must be free of script errors and of sideways scrolling.
"""

import contextlib
import os
import re
import shutil
from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from tests.flows.shop import SMS_CODE, Shop, eventually
from tests.flows.trade import commission_of, fen

pytestmark = pytest.mark.serial

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
BUYER = "13922223333"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    assert program, "browser tests need Chromium: apt-get install chromium, or CHROMIUM=/path/to/it"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


class Visitor:
    """One person's browser on a phone or at a desk; collects what went wrong on the way."""

    def __init__(self, browser: Browser, shop: Shop, *, desk: bool = False, agent: str = "") -> None:
        size = DESK if desk else PHONE
        who = agent or (None if desk else IPHONE)
        self.shop = shop
        self.context: BrowserContext = browser.new_context(
            viewport=size, user_agent=who, locale="zh-CN", has_touch=not desk
        )
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda line: self.faults.append(line.text) if line.type == "error" else None)
        self.page.on("load", self._measure)

    def _measure(self, page: Page) -> None:
        if not page.url.startswith(self.shop.url):
            return
        with contextlib.suppress(Error):  # already on the way to the next page
            wide = page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
            if wide > 0:
                self.faults.append(f"{page.url} scrolls sideways by {wide}px")

    def open(self, path: str) -> Page:
        answer = self.page.goto(self.shop.url + path)
        assert answer
        assert answer.status == 200, f"{path}: {answer.status}"
        return self.page

    def leave(self) -> None:
        assert self.faults == []
        self.context.close()


def log_in(visitor: Visitor, phone: str) -> None:
    """By SMS code, with the agreement ticked; the page asks for it where it is needed."""
    page = visitor.page
    expect(page).to_have_url(re.compile("/login/"))
    page.locator("[name=phone]").fill(phone)
    page.get_by_role("button", name="获取验证码").click()
    page.locator("[name=code]").fill(SMS_CODE)
    page.locator("[name=agree]").check()
    page.get_by_role("button", name="登录", exact=True).last.click()


def log_in_by_password(visitor: Visitor, phone: str, path: str) -> Page:
    page = visitor.open(f"/login/?by=password&next={path}")
    page.locator("[name=phone]").fill(phone)
    page.locator("[name=password]").fill("demo-2026")
    page.locator("[name=agree]").check()
    page.get_by_role("button", name="登录", exact=True).last.click()
    expect(page).to_have_url(visitor.shop.url + path)
    return page


def find_and_choose(visitor: Visitor) -> None:
    """Type pinyin, open the tea, choose in the sheet, buy."""
    page = visitor.page
    page.locator("input[name=q]:visible").fill("longjing")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=re.compile("明前龙井")).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("龙井")
    page.locator(".actionbar.only-mobile").get_by_role("link", name="立即购买").click()
    sheet = page.locator("dialog#sku")
    sheet.locator("fieldset .chip").first.click()
    sheet.get_by_role("button", name="立即购买").click()


def check_out(visitor: Visitor) -> str:
    """Address by pasted text, amounts that add up, one order from two clicks; its number."""
    page = visitor.page
    page.get_by_role("link", name="填写收货地址").click()
    page.get_by_label("智能识别").fill(f"李晓 {BUYER} 广东省深圳市南山区科技园1号")
    page.get_by_role("button", name="识别并填写").click()
    page.get_by_role("button", name="保存").click()
    expect(page).to_have_url(re.compile("/checkout/"))
    amounts = [
        fen(text.replace("−", "-").strip("¥-"))
        for text in page.locator("dl.kv dd:not(.kv__total)").all_inner_texts()
        if "¥" in text
    ]
    shown = page.locator("dl.kv dd.kv__total").first.inner_text()
    payable = fen(re.sub(r"[^\d.]", "", shown.split("元")[-1]))
    texts = page.locator("dl.kv dd:not(.kv__total)").all_inner_texts()
    signs = [-1 if "−" in text else 1 for text in texts if "¥" in text]
    assert sum(sign * amount for sign, amount in zip(signs, amounts, strict=True)) == payable
    page.get_by_role("button", name="提交订单").dblclick()
    expect(page).to_have_url(re.compile("/pay/"))
    found = re.search(r"/pay/(\w+)/", page.url)
    assert found
    return found[1]


def pay(visitor: Visitor) -> None:
    """WeChat H5: over to the provider's cashier and back to a certain result."""
    page = visitor.page
    page.get_by_role("button", name=re.compile("确认支付")).click()
    page.wait_for_url(re.compile("/sim/"))
    page.get_by_role("button", name="支付成功", exact=True).click()
    page.get_by_role("link", name="返回商家").or_(page.get_by_role("button", name="返回商家")).click()
    page.wait_for_url(re.compile("/pay/.*/result/"))
    expect(page.get_by_role("heading", name="支付成功")).to_be_visible(timeout=30_000)


def approve_withdrawal(shop: Shop, number: str) -> None:
    shop.merchant().post(f"distribution/withdrawals/{number}/approve/", {})


def test_from_the_referral_link_to_withdrawn_money(shop: Shop, browser: Browser):
    inviter = shop.known("13800000002")
    known = {row["id"] for row in inviter.get("distribution/commissions/")["results"]}

    seller = Visitor(browser, shop)
    page = log_in_by_password(seller, "13800000002", "/d/")
    code = inviter.get("distribution/me/")["code"]
    expect(page.get_by_text(code).first).to_be_attached()

    shopper = Visitor(browser, shop)
    shopper.open(f"/r/{code}/")
    assert "r=" not in shopper.page.url
    find_and_choose(shopper)
    log_in(shopper, BUYER)
    number = check_out(shopper)
    pay(shopper)
    html = shopper.open("/me/orders/").content()
    assert set(re.findall(r"/me/orders/(D\w{18})/", html)) == {number}, "a double click makes one order"

    earned = eventually(lambda: commission_of(inviter, known))
    ship_in_the_back_office(browser, shop, number)
    shop.outside("express", {"tracking_no": f"SF{number[-10:]}", "state": "signed"})
    eventually(lambda: shop.merchant().get(f"orders/{number}/")["state"] == "signed", seconds=60)
    seller.open(f"/d/earnings/{earned['id']}/")
    expect(page.get_by_text(f"¥{earned['amount']}").first).to_be_visible()
    why = inviter.get(f"distribution/commissions/{earned['id']}/explanation/")
    base = sum(fen(line["base"]) for line in why["base"]["lines"])
    assert int(base * Decimal(why["rate"])) // 100 == fen(earned["amount"])
    expect(page.get_by_text(re.compile(rf"{Decimal(why['rate']).normalize():f}\s*%")).first).to_be_visible()

    shop.settle()
    withdraw(browser, shop, seller)
    shopper.leave()
    shop.manage("audit")


def ship_in_the_back_office(browser: Browser, shop: Shop, number: str) -> None:
    """`owner` finds the order and ships it."""
    desk = Visitor(browser, shop, desk=True)
    page = desk.open("/admin/login/?next=/admin/orders/order/")
    page.locator("[name=username]").fill("owner")
    page.locator("[name=password]").fill("demo-2026")
    page.locator("button[type=submit]").click()
    desk.open(f"/admin/orders/order/?q={number}")
    page.get_by_role("link", name=number).click()
    page.get_by_role("link", name="发货").or_(page.get_by_role("button", name="发货")).first.click()
    page.locator("select[name=carrier]").select_option("SF")
    page.locator("[name=tracking_no]").fill(f"SF{number[-10:]}")
    page.get_by_text("确定", exact=True).click()
    eventually(lambda: shop.merchant().get(f"orders/{number}/")["state"] == "shipped")
    desk.leave()


def withdraw(browser: Browser, shop: Shop, seller: Visitor) -> None:
    """Ask on the phone, approved by the merchant, confirmed inside WeChat."""
    page = seller.open("/d/withdraw/")
    page.locator("#amount").fill("20.00")
    page.locator("[name=channel][value=wechat]").check()
    page.get_by_role("button", name=re.compile("下一步")).click()
    page.get_by_role("button", name="确认提现").click()
    expect(page).to_have_url(re.compile(r"/d/withdraw/W\w+/"))
    found = re.search(r"/d/withdraw/(\w+)/", page.url)
    assert found
    approve_withdrawal(shop, found[1])
    person = shop.known("13800000002")
    eventually(lambda: person.get(f"distribution/withdrawals/{found[1]}/")["state"] == "awaiting_user", seconds=60)
    page.reload()
    page.get_by_role("link", name=re.compile("打开确认收款页")).click()
    page.wait_for_url(re.compile("/sim/transfer/confirm"))
    page.get_by_role("button", name=re.compile("确认收款|收款")).first.click()
    eventually(lambda: person.get(f"distribution/withdrawals/{found[1]}/")["state"] == "paid", seconds=60)
    seller.open(f"/d/withdraw/{found[1]}/")
    expect(page.get_by_text("已到账").first).to_be_visible()
    seller.leave()
