"""The pages on a phone: authorization, the bridge's cashier, transfer confirmation."""

import json
import os
import shutil
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.simulator.shop import Shop

pytestmark = pytest.mark.serial


@pytest.fixture
def phone() -> Iterator[Page]:
    """A 390 px browser page."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 390, "height": 844}, locale="zh-CN")
        yield page
        browser.close()


def open_shop(shop: Shop, phone: Page, *, frames: bool = True) -> None:
    """A page of the shop that loads the JS-SDK, under a strict content policy."""
    frame_source = shop.base if frames else "'none'"
    shop.policy = f"default-src 'self'; script-src {shop.base}; frame-src {frame_source}; style-src 'self'"
    shop.page = f"<title>商城</title><script src={shop.base}/open/js/jweixin-1.6.0.js></script><p>商城"
    phone.goto(f"{shop.notify_base}/pay/1/")


def pay_fields(shop: Shop, number: str) -> dict[str, str]:
    prepay_id = shop.order(number)[1]["prepay_id"]
    parts = [shop.keys["wechat_appid"], "1700000000", "abc", f"prepay_id={prepay_id}"]
    names = ("appId", "timeStamp", "nonceStr", "package")
    fields = dict(zip(names, parts, strict=True))
    return {**fields, "signType": "RSA", "paySign": shop.wxpay.sign(parts)}


def invoke(phone: Page, name: str, fields: dict[str, str]) -> None:
    phone.evaluate(
        "([name, fields]) => { WeixinJSBridge.invoke(name, fields, answer => { window.told = answer.err_msg }) }",
        [name, fields],
    )


@pytest.mark.parametrize(
    ("button", "told", "state"),
    [
        ("支付成功", "ok", "SUCCESS"),
        ("支付失败", "fail", "PAYERROR"),
        ("支付超时（结果稍后才到）", "cancel", "SUCCESS"),
    ],
)
def test_bridge_pays_in_an_overlay(shop: Shop, phone: Page, button: str, told: str, state: str) -> None:
    open_shop(shop, phone)
    invoke(phone, "getBrandWCPayRequest", pay_fields(shop, "BRIDGE001"))
    cashier = phone.frame_locator("iframe")
    cashier.get_by_role("button", name=button, exact=True).click()
    cashier.get_by_role("link", name="返回商家").click()
    phone.wait_for_function("() => window.told")
    assert phone.evaluate("window.told") == f"get_brand_wcpay_request:{told}"
    assert phone.locator("iframe").count() == 0
    assert json.loads(shop.wxpay.query(out_trade_no="BRIDGE001")[1])["trade_state"] == state


def test_bridge_refuses_a_wrong_pay_sign(shop: Shop, phone: Page) -> None:
    open_shop(shop, phone)
    fields = pay_fields(shop, "BRIDGE002") | {"nonceStr": "changed"}
    invoke(phone, "getBrandWCPayRequest", fields)
    cashier = phone.frame_locator("iframe")
    cashier.get_by_text("支付验证签名失败").wait_for()
    cashier.get_by_role("link", name="返回商家").click()
    phone.wait_for_function("() => window.told")
    assert phone.evaluate("window.told") == "get_brand_wcpay_request:fail"


def test_without_frames_the_page_goes_to_the_cashier_and_back(shop: Shop, phone: Page) -> None:
    open_shop(shop, phone, frames=False)
    invoke(phone, "getBrandWCPayRequest", pay_fields(shop, "BRIDGE003"))
    phone.get_by_role("button", name="支付成功", exact=True).click()
    phone.get_by_role("link", name="返回商家").click()
    phone.wait_for_url(f"{shop.notify_base}/pay/1/")


def test_receiver_confirms_a_transfer_in_an_overlay(shop: Shop, phone: Page) -> None:
    infos = [{"info_type": name, "info_content": "推广"} for name in ("岗位类型", "报酬说明")]
    answer = shop.wxpay.mch_transfer_bills(
        "PAGEW1", "1005", "sim_openid_0002", 500, "佣金提现", transfer_scene_report_infos=infos
    )
    open_shop(shop, phone)
    fields = {
        "mchId": shop.keys["wxpay_mchid"],
        "appId": shop.keys["wechat_appid"],
        "package": json.loads(answer[1])["package_info"],
    }
    invoke(phone, "requestMerchantTransfer", fields)
    page = phone.frame_locator("iframe")
    page.get_by_role("button", name="确认收款").click()
    page.get_by_role("link", name="返回商家").click()
    phone.wait_for_function("() => window.told")
    assert phone.evaluate("window.told") == "requestMerchantTransfer:ok"
    shop.wait_for(lambda: shop.of("PAGEW1"))


def test_user_choice_fits_a_phone(shop: Shop, phone: Page) -> None:
    open_shop(shop, phone)
    query = {
        "appid": shop.keys["wechat_appid"],
        "redirect_uri": f"{shop.notify_base}/back/",
        "response_type": "code",
        "scope": "snsapi_base",
        "state": "s",
    }
    phone.goto(f"{shop.base}/connect/oauth2/authorize?{urlencode(query)}#wechat_redirect")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    rows = phone.get_by_role("link")
    assert rows.count() >= 12
    assert min(row.bounding_box()["height"] for row in rows.all()) >= 44
    phone.get_by_role("link", name="晴天小满").click()
    phone.wait_for_url(f"{shop.notify_base}/back/**")
    assert phone.url.endswith("&state=s")
