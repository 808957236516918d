"""The simulator as a process: keys, restarts, kill -9, and who may call it."""

import json
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from simulator.state import State
from tests.simulator.shop import Shop, receiver

KEY_NAMES = {
    *("wechat_appid", "wechat_secret", "wechat_mini_appid", "wechat_mini_secret"),
    *("wxpay_mchid", "wxpay_serial", "wxpay_private_key", "wxpay_apiv3_key"),
    *("wxpay_public_key", "wxpay_public_key_id", "kd100_customer", "kd100_key"),
    *("sms_access_key_id", "sms_access_key_secret", "bank_merchant", "bank_secret"),
}


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def process(state: Path, port: int, mall_url: str) -> Iterator["subprocess.Popen[bytes]"]:
    command = [sys.executable, "-m", "simulator", "--port", str(port), "--state", str(state)]
    running = subprocess.Popen([*command, "--mall-url", mall_url], stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False)
                break
            except httpx.TransportError:
                time.sleep(0.05)
        yield running
    finally:
        running.kill()
        running.wait()


def test_keys_only_writes_private_files_once(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "simulator", "--state", str(tmp_path / "new"), "--keys-only"]
    subprocess.run(command, check=True)
    path = tmp_path / "new" / "keys.json"
    content = path.read_text()
    assert set(json.loads(content)) == KEY_NAMES
    assert json.loads(content)["wxpay_public_key_id"].startswith("PUB_KEY_ID_SIM")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new" / "provider.json").stat().st_mode) == 0o600
    subprocess.run(command, check=True)
    assert path.read_text() == content


def test_killed_simulator_comes_back_with_its_books(state_directory: Path) -> None:
    keys, port = json.loads((state_directory / "keys.json").read_text()), free_port()
    with receiver() as (notify_base, attach):
        with process(state_directory, port, notify_base) as running:
            shop = Shop(base=f"http://127.0.0.1:{port}", keys=keys, notify_base=notify_base)
            attach(shop)
            shop.answers.extend([500] * 4)
            shop.order("KEEP00001", total=880)
            shop.control("config", auto_refund=False)
            shop.control("pay", out_trade_no="KEEP00001")
            money = {"refund": 80, "total": 880, "currency": "CNY"}
            shop.wxpay.refund(out_refund_no="KR1", out_trade_no="KEEP00001", amount=money)
            shop.control("config", auto_refund=True)
            running.send_signal(signal.SIGKILL)
            running.wait()
        shop.answers.clear()
        with process(state_directory, port, notify_base) as running:
            shop.wait_for(lambda: shop.of("KEEP00001") and shop.of("KR1"))
            sums = shop.http.get("/__ctl__/balance").json()
            assert (sums["paid_fen"], sums["refunded_fen"], sums["balance_fen"]) == (880, 80, 800)
            running.send_signal(signal.SIGTERM)
            assert running.wait(timeout=10) == 0


def test_half_written_last_line_is_dropped(tmp_path: Path) -> None:
    state = State(directory=tmp_path)
    state.put("orders", "A", {"total": 1})
    state.close()
    with (tmp_path / "journal.jsonl").open("a") as journal:
        journal.write('["orders","B",{"tot')
    reopened = State(directory=tmp_path)
    assert reopened.find("orders") == [{"total": 1}]
    reopened.put("orders", "C", {"total": 3})
    reopened.close()
    again = State(directory=tmp_path)
    assert again.find("orders") == [{"total": 1}, {"total": 3}]
    again.close()


def test_only_this_machine_is_served(shop: Shop) -> None:
    assert shop.http.get("/healthz").json()["status"] == "ok"
    assert shop.http.get("/healthz", headers={"Host": "evil.example"}).status_code == 403


def test_control_takes_json_only(shop: Shop) -> None:
    """A form post is what a page of another site could send without asking."""
    assert shop.http.post("/__ctl__/reset", content=b"{}").status_code == 415
    assert shop.http.post("/__ctl__/pay", json={}).json() == {
        "error": "missing_field",
        "message": "out_trade_no",
    }
    assert shop.http.post("/__ctl__/pay", json=[]).status_code == 400
    assert shop.http.get("/__ctl__/pay").status_code == 405


def test_reset_forgets_all_but_the_keys(shop: Shop) -> None:
    shop.paid("RESET0001")
    shop.control("reset")
    assert shop.http.get("/__ctl__/orders").json() == []
    assert len(shop.http.get("/__ctl__/users").json()) >= 12
    assert shop.wxpay.query(out_trade_no="RESET0001")[0] == 404


def test_it_imports_nothing_of_the_shop() -> None:
    script = "import sys, simulator.server; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    packages = {name.partition(".")[0] for name in loaded.stdout.split()}
    shop_packages = {"mall", "catalog", "members", "marketing", "payments", "logistics", "orders"}
    assert not packages & (shop_packages | {"distribution", "analytics", "django"})
