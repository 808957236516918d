"""The pages a payer or receiver sees: cashier, H5 entry, native code, transfer confirmation."""

from datetime import timedelta
from html import escape
from typing import Any

from simulator import jssdk, pages, users
from simulator.context import Simulator
from simulator.http import Request, Response, Route, host_of
from simulator.state import Record
from simulator.wxpay import orders, transfers

H5_LIFE = timedelta(minutes=5)
BUTTONS = (
    ("success", "支付成功", "go"),
    ("failure", "支付失败", "bad"),
    ("late", "支付超时（结果稍后才到）", ""),
    ("duplicate", "支付成功并重复通知", ""),
)
# What the cashier shows afterwards, and what it tells the JS bridge.
OUTCOMES = {
    "success": ("支付成功", "正在通知商家", "✓", "", "ok"),
    "duplicate": ("支付成功", "同一条通知会同时发送两次", "✓", "", "ok"),
    "failure": ("支付失败", "余额不足，请更换支付方式", "!", "no", "fail"),
    "late": ("支付结果未知", "银行响应超时，扣款结果稍后通知商家", "…", "wait", "cancel"),
}


def _refused(message: str, context: dict[str, str]) -> Response:
    return pages.notice("无法支付", message, more=_back(context, "fail"), status=400)


def _context(sim: Simulator, fields: dict[str, str]) -> dict[str, str]:
    """Where the payer came from: an overlay (`embed`) or a page to go back to."""
    target = fields.get("return_url") or fields.get("redirect_url") or ""
    return {
        "embed": "1" if fields.get("embed") == "1" else "",
        "return_url": target if sim.is_mall_url(target) else "",
    }


def _back(context: dict[str, str], result: str, label: str = "返回商家") -> str:
    if context["embed"]:
        return f'<a class=button href="/sim/js/done?result={result}">{label}</a>'
    if context["return_url"]:
        return f'<a class=button href="{escape(context["return_url"])}">{label}</a>'
    return ""


def _cashier(order: Record, prepay_id: str, context: dict[str, str]) -> Response:
    buttons = "".join(
        f'<button name=result value={value} class="{tone}">{label}</button>' for value, label, tone in BUTTONS
    )
    facts = pages.facts(
        [
            ("收款方", "分销商城"),
            ("商品", order["description"]),
            ("商户单号", order["out_trade_no"]),
            ("支付截止", order["time_expire"][:19].replace("T", " ")),
        ]
    )
    return pages.page(
        "微信支付",
        f"<div class=card><h1>微信支付</h1>{pages.amount(order['total'])}{facts}</div>"
        f'<form method=post action="/sim/cashier/wx/{escape(prepay_id)}" class=card>'
        f"{pages.hidden(context)}{buttons}</form>{_back(context, 'cancel', '取消支付')}",
    )


def _show(sim: Simulator, prepay_id: str, context: dict[str, str], *, life: timedelta = orders.PREPAY_LIFE) -> Response:
    try:
        order = orders.prepay_order(sim, prepay_id, life=life)
        orders.check_payable(sim, order)
    except orders.CannotPay as problem:
        return _refused(str(problem), context)
    return _cashier(order, prepay_id, context)


def cashier(sim: Simulator, request: Request) -> Response:
    """GET /sim/cashier/wx/{prepay}."""
    return _show(sim, request.params["prepay"], _context(sim, request.query))


def pay(sim: Simulator, request: Request) -> Response:
    """POST /sim/cashier/wx/{prepay}: one of the four buttons."""
    context, result = _context(sim, request.form), request.form.get("result", "")
    if result not in OUTCOMES:
        return _refused("未知的支付结果", context)
    try:
        order = orders.prepay_order(sim, request.params["prepay"])
        orders.check_payable(sim, order)
        orders.pay(sim, number=order["out_trade_no"], result=result)
    except orders.CannotPay as problem:
        return _refused(str(problem), context)
    title, text, mark, tone, told = OUTCOMES[result]
    more = pages.facts([("金额", f"¥{pages.yuan(order['total'])}"), ("商户单号", order["out_trade_no"])])
    return pages.notice(title, text, mark=mark, tone=tone, more=more + _back(context, told))


def h5(sim: Simulator, request: Request) -> Response:
    """GET /sim/h5?prepay_id&redirect_url: only from the shop's page, only outside WeChat."""
    context = _context(sim, request.query)
    referer = request.headers.get("Referer", "")
    if not sim.is_mall_url(referer):
        return _refused("商家参数格式有误，请联系商家解决（Referer 为空或域名未登记）", context)
    if "MicroMessenger" in request.headers.get("User-Agent", ""):
        return _refused("请在微信外打开订单，进行支付", context)
    if not context["return_url"] and host_of(referer) != host_of(sim.base_url):
        context["return_url"] = referer
    return _show(sim, request.query.get("prepay_id", ""), context, life=H5_LIFE)


def native(sim: Simulator, request: Request) -> Response:
    """GET /sim/native?pr=: what scanning the code opens."""
    return _show(sim, request.query.get("pr", ""), _context(sim, request.query))


def open_from_bridge(sim: Simulator, request: Request) -> Response:
    """GET /sim/js/pay: the bridge asks for the cashier; paySign is checked here."""
    context = _context(sim, request.query)
    refusal = jssdk.pay_refusal(sim, request.query)
    if refusal:
        return _refused(refusal, context)
    return _show(sim, request.query["package"].removeprefix("prepay_id="), context)


def bridge_done(sim: Simulator, request: Request) -> Response:
    """GET /sim/js/done: tell the page below the overlay how it ended."""
    result = request.query.get("result", "")
    return pages.done(result if result in {"ok", "fail", "cancel"} else "cancel")


def _by_package(sim: Simulator, token: str) -> Record | None:
    return next(iter(sim.state.find("transfers", package=token)), None) if token else None


def transfer_page(sim: Simulator, request: Request) -> Response:
    """GET /sim/transfer/confirm?package=."""
    context = _context(sim, request.query)
    transfers.expire_due(sim)
    transfer = _by_package(sim, request.query.get("package", ""))
    refusal = jssdk.transfer_refusal(sim, request.query)
    if transfer is None or refusal:
        return pages.notice("无法收款", refusal or "转账不存在", more=_back(context, "fail"), status=404)
    if transfer["state"] != "WAIT_USER_CONFIRM":
        return pages.notice("该笔转账已处理", f"当前状态：{transfer['state']}", more=_back(context, "cancel"))
    form = pages.hidden({**context, "package": transfer["package"]})
    return pages.page(
        "确认收款",
        f"<div class=card><h1>商家转账</h1>{pages.amount(transfer['transfer_amount'])}"
        f"{pages.facts(_transfer_facts(sim, transfer))}</div>"
        f"<form method=post action=/sim/transfer/confirm class=card>{form}<button class=go>确认收款</button>"
        "<p class='soft center'>24 小时内未确认，转账将自动退回</p></form>"
        f"{_back(context, 'cancel', '暂不收款')}",
    )


def _transfer_facts(sim: Simulator, transfer: Record) -> list[tuple[str, Any]]:
    user = users.by_any_openid(state=sim.state, openid=transfer["openid"]) or {}
    return [
        ("收款人", user.get("nickname", "")),
        ("收款姓名", transfer["user_name"]),
        ("转账说明", transfer["transfer_remark"]),
        ("转账单号", transfer["transfer_bill_no"]),
    ]


def transfer_confirm(sim: Simulator, request: Request) -> Response:
    """POST /sim/transfer/confirm: the receiver takes the money."""
    context = _context(sim, request.form)
    transfer = _by_package(sim, request.form.get("package", ""))
    try:
        transfers.confirm(sim, number=transfer["out_bill_no"] if transfer else "")
    except transfers.NotConfirmable as problem:
        return pages.notice("无法收款", str(problem), more=_back(context, "fail"), status=409)
    return pages.notice("已确认收款", "资金将存入你的零钱", mark="✓", tone="", more=_back(context, "ok"))


def home(sim: Simulator, _: Request) -> Response:
    """GET /: what is here."""
    links = [
        ("/sim/sms", "短信收件箱"),
        ("/__ctl__/balance", "服务商账户余额（JSON）"),
        ("/__ctl__/notifications", "通知记录（JSON）"),
    ]
    rows = "".join(f'<a class=button href="{href}">{label}</a>' for href, label in links)
    return pages.page(
        "服务模拟器",
        "<div class=card><h1>服务模拟器</h1>"
        "<p class='soft center'>微信、微信支付、快递100、短信、银行的本地替身</p></div>"
        f"<div class=card>{rows}<a class='button go' href='{escape(sim.mall_url)}'>打开商城</a></div>",
    )


ROUTES: list[Route] = [
    ("GET", "/", home),
    ("GET", "/sim/cashier/wx/{prepay}", cashier),
    ("POST", "/sim/cashier/wx/{prepay}", pay),
    ("GET", "/sim/h5", h5),
    ("GET", "/sim/native", native),
    ("GET", "/sim/js/pay", open_from_bridge),
    ("GET", "/sim/js/done", bridge_done),
    ("GET", "/sim/transfer/confirm", transfer_page),
    ("POST", "/sim/transfer/confirm", transfer_confirm),
]
