"""A stand-in shop for these tests: real SDK clients, and a receiver that verifies notices."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from wechatpayv3 import WeChatPay, WeChatPayType


class Shop:
    """Signs like the shop does, and keeps every notice it got."""

    def __init__(self, *, base: str, keys: dict[str, str], notify_base: str) -> None:
        self.base = base
        self.keys = keys
        self.notify_base = notify_base
        self.http = httpx.Client(base_url=self.base, timeout=5, trust_env=False)
        self.received: list[dict[str, Any]] = []
        self.answers: list[int] = []
        self.page = ""
        self.policy = ""
        self.wxpay = self.pay_client()

    def pay_client(self, **changes: str) -> WeChatPay:
        """The SDK in public-key mode, pointed at the simulator; `changes` replace keys."""
        keys = {**self.keys, **changes}
        client = WeChatPay(
            WeChatPayType.JSAPI,
            keys["wxpay_mchid"],
            keys["wxpay_private_key"],
            keys["wxpay_serial"],
            keys["wechat_appid"],
            keys["wxpay_apiv3_key"],
            notify_url=f"{self.notify_base}/wechat",
            public_key=keys["wxpay_public_key"],
            public_key_id=keys["wxpay_public_key_id"],
            timeout=(3, 5),
        )
        client._core._gate_way = self.base
        return client

    def order(self, number: str, *, total: int = 1000, **changes: Any) -> tuple[int, dict[str, Any]]:
        """Create a JSAPI order through the SDK."""
        fields = {"payer": {"openid": "sim_openid_0001"}, "amount": {"total": total}, **changes}
        return load(self.wxpay.pay(description="龙井茶", out_trade_no=number, **fields))

    def control(self, path: str, **body: Any) -> Any:
        """POST to the control API and return its answer."""
        answer = self.http.post(f"/__ctl__/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def paid(self, number: str, *, total: int = 1000) -> None:
        """An order that has been paid and told."""
        self.order(number, total=total)
        self.control("pay", out_trade_no=number)
        self.wait_for(lambda: any(r["ref"] == number for r in self.received))

    def of(self, ref: str) -> list[dict[str, Any]]:
        """Notices received about `ref`."""
        return [notice for notice in self.received if notice["ref"] == ref]

    @staticmethod
    def wait_for(condition: Callable[[], object], *, seconds: float = 5) -> None:
        """Wait until `condition` holds, else fail."""
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "waited in vain"
            time.sleep(0.01)


def load(answer: tuple[int, Any]) -> tuple[int, dict[str, Any]]:
    """The SDK's (status, text) with the text parsed."""
    status, text = answer
    return status, json.loads(text) if text else {}


@contextmanager
def receiver() -> Iterator[tuple[str, Callable[[Shop], None]]]:
    """An HTTP server that takes notices and shows one page: yields its address and a function to attach the shop."""
    shops: list[Shop] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", shops[0].policy)
            self.end_headers()
            self.wfile.write(shops[0].page.encode())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            shop = shops[0]
            status = shop.answers.pop(0) if shop.answers else take(shop, self.path, self.headers, body)
            text = b'{"result":true,"returnCode":"200","message":"ok"}'
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *args: object) -> None:
            """Quiet."""

    # The default backlog of 5 drops connections when twenty arrive at once.
    server_class = type("Receiver", (ThreadingHTTPServer,), {"request_queue_size": 128})
    server = server_class(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}", shops.append
    server.shutdown()
    server.server_close()


def take(shop: Shop, path: str, headers: Any, body: bytes) -> int:
    """Verify as a shop must: signature by the SDK, time by ourselves. Returns the status to answer."""
    if path != "/wechat":
        shop.received.append({"ref": path, "headers": dict(headers), "body": body})
        return 200
    if abs(int(headers.get("Wechatpay-Timestamp", "0")) - time.time()) > 300:
        return 401
    if headers.get("Wechatpay-Serial") != shop.keys["wxpay_public_key_id"]:
        return 401
    notice = shop.wxpay.callback(headers, body)
    if notice is None:
        return 401
    resource = notice["resource"]
    names = ("out_refund_no", "out_bill_no", "out_trade_no")
    ref = next(resource[name] for name in names if name in resource)
    shop.received.append({"ref": ref, **notice})
    return 200
