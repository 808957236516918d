"""Bills of a day, made from the provider's own records, and the platform certificate.

Columns and totals follow the downloaded bills: CSV in UTF-8 with CRLF, every value led by a
backtick, amounts in yuan. `bill_tweaks` records make a bill disagree on purpose.
"""

import gzip
import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from cryptography.hazmat.primitives.serialization import Encoding

from simulator import crypto
from simulator.clock import SHANGHAI, rfc3339
from simulator.context import Simulator
from simulator.http import Request, Response, Route, answer_json
from simulator.pages import yuan
from simulator.state import Record
from simulator.wxpay import gate
from simulator.wxpay.gate import bad_param, refuse

READY_HOUR = 10
LINK_LIFE = timedelta(minutes=5)
KEPT_DAYS = 92
TRADE_HEADER = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
TRADE_TOTALS = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FUND_HEADER = (
    "记账时间,微信支付业务单号,资金流水单号,业务名称,业务类型,收支类型,收支金额(元),账户结余(元),"
    "资金变更提交申请人,备注,业务凭证号"
)
FUND_TOTALS = "资金流水总笔数,收入笔数,收入金额,支出笔数,支出金额"


def trade_bill(sim: Simulator, request: Request) -> Response:
    """GET /v3/bill/tradebill?bill_date&bill_type&tar_type."""
    day = _day(sim, request)
    kind = request.query.get("bill_type", "ALL")
    if kind not in {"ALL", "SUCCESS", "REFUND"}:
        raise bad_param("bill_type", kind, "bill_type必须为 ALL、SUCCESS 或 REFUND")
    paid, refunded = _trade_rows(sim, day)
    rows = (paid if kind != "REFUND" else []) + (refunded if kind != "SUCCESS" else [])
    if not rows:
        raise refuse(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    totals = [str(len(rows)), *(_sum(rows, column) for column in (12, 16, 17)), _sum(rows, 22, 5)]
    totals += [_sum(rows, 24), _sum(rows, 25)]
    return _offer(sim, request, _csv(TRADE_HEADER, rows, TRADE_TOTALS, totals))


def fund_bill(sim: Simulator, request: Request) -> Response:
    """GET /v3/bill/fundflowbill?bill_date&account_type&tar_type; all money runs on BASIC."""
    day = _day(sim, request)
    account = request.query.get("account_type", "BASIC")
    if account not in {"BASIC", "OPERATION", "FEES"}:
        raise bad_param("account_type", account, "account_type必须为 BASIC、OPERATION 或 FEES")
    rows = _fund_rows(sim, day) if account == "BASIC" else []
    if not rows:
        raise refuse(400, "NO_STATEMENT_EXIST", "账单文件不存在")
    income = [row for row in rows if row[5] == "收入"]
    spent = [row for row in rows if row[5] == "支出"]
    totals = [str(len(rows)), str(len(income)), _sum(income, 6), str(len(spent)), _sum(spent, 6)]
    return _offer(sim, request, _csv(FUND_HEADER, rows, FUND_TOTALS, totals))


def download(sim: Simulator, request: Request) -> Response:
    """GET /v3/billdownload/file?token=: the file, gzipped when it was asked for so."""
    bill = sim.state.get("bills", request.query.get("token", ""))
    if bill is None or datetime.fromisoformat(bill["created_at"]) + LINK_LIFE < sim.clock.now():
        raise refuse(404, "RESOURCE_NOT_EXISTS", "下载链接不存在或已过期")
    content = bill["text"].encode()
    if bill["gzip"]:
        return Response(body=gzip.compress(content, mtime=0), content_type="application/x-gzip")
    return Response(body=content, content_type="text/plain; charset=utf-8")


def certificates(sim: Simulator, _: Request) -> Response:
    """GET /v3/certificates: the platform certificate, sealed by the APIv3 key."""
    certificate = sim.keys.platform_certificate
    pem = certificate.public_bytes(Encoding.PEM).decode()
    row = {
        "serial_no": sim.keys.platform_serial,
        "effective_time": rfc3339(certificate.not_valid_before_utc),
        "expire_time": rfc3339(certificate.not_valid_after_utc),
        "encrypt_certificate": crypto.seal(
            key=sim.keys.shop["wxpay_apiv3_key"], text=pem, associated_data="certificate"
        ),
    }
    return answer_json({"data": [row]})


def _day(sim: Simulator, request: Request) -> date:
    raw = request.query.get("bill_date", "")
    if request.query.get("tar_type", "GZIP") != "GZIP":
        raise bad_param("tar_type", request.query["tar_type"], "tar_type只能为GZIP")
    try:
        day = date.fromisoformat(raw)
    except ValueError:
        raise bad_param("bill_date", raw, "bill_date格式须为YYYY-MM-DD") from None
    now = sim.clock.now()
    if day > now.date() or day < now.date() - timedelta(days=KEPT_DAYS):
        raise bad_param("bill_date", raw, "仅支持三个月内的账单下载申请")
    ready = datetime(day.year, day.month, day.day, READY_HOUR, tzinfo=SHANGHAI) + timedelta(days=1)
    if now < ready and not sim.config("instant_bills"):
        raise refuse(400, "STATEMENT_CREATING", "账单生成中，请次日10点后再试")
    return day


def _trade_rows(sim: Simulator, day: date) -> tuple[list[list[str]], list[list[str]]]:
    tweaks = sim.state.find("bill_tweaks")
    omitted = {t["no"] for t in tweaks if t["kind"] == "local_only"}
    amounts: dict[str, int] = {t["no"]: t["amount"] for t in tweaks if t["kind"] == "amount"}
    paid = [
        _paid_row(order, amounts.get(str(order["out_trade_no"]), int(order["paid"])))
        for order in sim.state.find("orders")
        if "paid" in order and _on(order["success_time"], day) and order["out_trade_no"] not in omitted
    ]
    refunded = [
        _refund_row(order, refund, amounts.get(str(refund["out_refund_no"]), int(refund["refund"])))
        for refund in sim.state.find("refunds")
        if _on(refund["create_time"], day) and refund["out_refund_no"] not in omitted
        for order in sim.state.find("orders", out_trade_no=refund["out_trade_no"])
    ]
    extra = [
        _paid_row(_foreign_order(sim, tweak, day), tweak["amount"])
        for tweak in tweaks
        if tweak["kind"] == "channel_only" and tweak["day"] == day.isoformat()
    ]
    return sorted(paid + extra), sorted(refunded)


def _foreign_order(sim: Simulator, tweak: Record, day: date) -> Record:
    return {
        "success_time": f"{day.isoformat()}T12:00:00+08:00",
        "appid": sim.keys.shop["wechat_appid"],
        "mchid": sim.keys.shop["wxpay_mchid"],
        "transaction_id": f"4200{tweak['no']}",
        "out_trade_no": tweak["no"],
        "openid": "sim_openid_0001",
        "trade_type": "JSAPI",
        "description": "门店收款",
        "attach": "",
    }


def _paid_row(order: Record, amount: int) -> list[str]:
    head = _head(order, order["success_time"], "SUCCESS")
    money = [yuan(amount), "0.00", "0", "0", "0.00", "0.00", "", ""]
    return head + money + [order["description"], order["attach"], "0.00000", "0.00%", yuan(amount), "0.00", ""]


def _refund_row(order: Record, refund: Record, amount: int) -> list[str]:
    head = _head(order, refund["create_time"], "REFUND")
    money = ["0.00", "0.00", refund["refund_id"], refund["out_refund_no"], yuan(amount), "0.00"]
    state = ["ORIGINAL", refund["status"], order["description"], order["attach"]]
    return head + money + state + ["0.00000", "0.00%", "0.00", yuan(amount), ""]


def _head(order: Record, moment: str, state: str) -> list[str]:
    return [
        _local(moment),
        order["appid"],
        order["mchid"],
        "0",
        "",
        order["transaction_id"],
        order["out_trade_no"],
        order["openid"],
        order["trade_type"],
        state,
        "OTHERS",
        "CNY",
    ]


def _fund_rows(sim: Simulator, day: date) -> list[list[str]]:
    moves = [
        (o["success_time"], o["transaction_id"], "交易", "收入", o["paid"], o["out_trade_no"])
        for o in sim.state.find("orders")
        if "paid" in o
    ]
    moves += [
        (r["success_time"], r["refund_id"], "退款", "支出", r["refund"], r["out_refund_no"])
        for r in sim.state.find("refunds", status="SUCCESS")
    ]
    moves += [
        (t["update_time"], t["transfer_bill_no"], "商家转账", "支出", t["transfer_amount"], t["out_bill_no"])
        for t in sim.state.find("transfers", state="SUCCESS")
    ]
    left, rows = int(sim.config("opening_fen")), []
    for moment, number, name, direction, amount, voucher in sorted(moves):
        left += amount if direction == "收入" else -amount
        if _on(moment, day):
            flow = hashlib.sha256(number.encode()).hexdigest()[:24]
            rows.append(
                [
                    _local(moment),
                    number,
                    flow,
                    name,
                    name,
                    direction,
                    yuan(amount),
                    yuan(left),
                    "system",
                    "",
                    voucher,
                ]
            )
    return rows


def _csv(header: str, rows: Iterable[list[str]], totals_header: str, totals: list[str]) -> str:
    lines = [header, *(_line(row) for row in rows), totals_header, _line(totals)]
    return "".join(line + "\r\n" for line in lines)


def _line(values: list[str]) -> str:
    return ",".join("`" + value.replace(",", "，").replace("\n", " ") for value in values)


def _offer(sim: Simulator, request: Request, text: str) -> Response:
    token = secrets.token_urlsafe(24)
    zipped = request.query.get("tar_type") == "GZIP"
    sim.state.put("bills", token, {"text": text, "gzip": zipped, "created_at": rfc3339(sim.clock.now())})
    digest = hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()
    if sim.state.find("bill_tweaks", kind="hash"):
        digest = hashlib.sha1(token.encode(), usedforsecurity=False).hexdigest()
    url = f"{request.base_url}/v3/billdownload/file?token={token}"
    return answer_json({"hash_type": "SHA1", "hash_value": digest, "download_url": url})


def _on(moment: str, day: date) -> bool:
    return datetime.fromisoformat(moment).astimezone(SHANGHAI).date() == day


def _local(moment: str) -> str:
    return f"{datetime.fromisoformat(moment).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"


def _sum(rows: Iterable[list[str]], column: int, places: int = 2) -> str:
    """Sum one column of fixed-point texts without floats."""
    total = sum(int(row[column].replace(".", "")) for row in rows)
    scale = 10**places
    return f"{total // scale}.{total % scale:0{places}d}"


ROUTES: list[Route] = [
    ("GET", "/v3/bill/tradebill", gate.guarded(trade_bill)),
    ("GET", "/v3/bill/fundflowbill", gate.guarded(fund_bill)),
    ("GET", "/v3/billdownload/file", gate.guarded_unsigned(download)),
    ("GET", "/v3/certificates", gate.guarded(certificates)),
]
