"""`make demo`: from a fresh checkout to a running shop, and the same again in seconds."""

import argparse
import fcntl
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from ops import accounts, assets, bootstrap, console, environment, postgres, services, system, valkey
from ops.console import Fatal, Steps, say
from ops.manage import Manage
from ops.paths import LOGS, PYTHON, ROOT, VAR
from ops.processes import free_port, lan_address, next_free_port, port_is_free, run_logged
from ops.supervise import Supervisor

STEPS = 8
LOOPBACK = "127.0.0.1"
ACCOUNTS = """\
  账号       消费者 13800000001   分销商 13800000002（上级 …0003、…0004）   密码 demo-2026 · 短信码 246810
             后台 owner / operator / finance / warehouse / service          密码 demo-2026
  试试       用 …0001 买一件 → 沙箱收银台点「支付成功」→ 后台发货 → …0002 看这笔佣金怎么算出来的"""


def start(*, installed: bool) -> int:
    """Bring everything up and keep it up until a signal; raises Fatal in one line when it cannot."""
    port = _port()
    steps = Steps(STEPS, done=1 if installed else 0)
    with _only_one(), Supervisor() as supervisor:
        if not installed:
            say(f"分销商城 演示环境    Python {platform.python_version()} · 沙箱通道")
            with steps.step("依赖") as step:
                bootstrap.ensure(step)
            bootstrap.reenter("ops.demo", "--installed")
        with steps.step("引擎") as step:
            database_url, redis_url, step.detail = _start_engines(supervisor)
        simulator_port = next_free_port(environment.remembered_port("SIMULATOR_URL") or 8100)
        settings = environment.demo(
            port=port, simulator_port=simulator_port, database_url=database_url, redis_url=redis_url
        )
        environment.save(settings)
        _prepare(steps, environment.process(settings))
        with steps.step("启动") as step:
            for service in services.demo(settings, logs=LOGS):
                step.note(service.name)
                supervisor.start(service)
        _welcome(settings)
        try:
            supervisor.watch()
        except KeyboardInterrupt:
            say("\n正在停止 …")
    say("已停止，数据保留在 var/。再次启动：make demo")
    return 0


def reset() -> int:
    """Delete everything a demo left on this machine for this checkout."""
    if os.environ.get("DATABASE_URL"):
        raise Fatal("DATABASE_URL 指向外部数据库，不会替你清空：取消该变量，或自行删除并重建那个库")
    with _only_one():
        for folder in (VAR, accounts.MACHINE_HOME):
            shutil.rmtree(folder, ignore_errors=True)
    say("演示数据已清空。重新开始：make demo")
    return 0


def _port() -> int:
    given = os.environ.get("PORT") or "8000"
    port = int(given) if given.isascii() and given.isdigit() else 0
    if not 0 < port < 65536:
        raise Fatal(f"PORT={given} 不是端口号：用 1 到 65535 之间的数，例如 make demo PORT=8001")
    if not port_is_free(port, os.environ.get("HOST", LOOPBACK)):
        raise Fatal(f"端口 {port} 已被占用：关掉占用它的程序，或换一个端口 make demo PORT={next_free_port(port + 1)}")
    return port


@contextmanager
def _only_one() -> Iterator[None]:
    """Hold the checkout's lock; the kernel lets go of it however we end."""
    VAR.mkdir(exist_ok=True)
    with (VAR / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Fatal("这个目录里已有一个演示在运行：先在那个终端按 Ctrl+C") from None
        yield


def _start_engines(supervisor: Supervisor) -> tuple[str, str, str]:
    """Start what is not given from outside; returns both URLs and a line that names the engines."""
    database_url, redis_url = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
    chosen = []
    if database_url:
        chosen.append("PostgreSQL（DATABASE_URL）")
    else:
        port = free_port(environment.remembered_port("DATABASE_URL"))
        cluster = postgres.prepare(VAR / "postgres", port=port)
        supervisor.start(cluster.service(log=LOGS / "postgres.log"))
        cluster.create_database()
        database_url = cluster.url
        chosen.append(str(cluster.engine))
    if redis_url:
        chosen.append("Redis（REDIS_URL）")
    else:
        port = free_port(environment.remembered_port("REDIS_URL"))
        server = valkey.prepare(VAR / "valkey", port=port, durable=True)
        supervisor.start(server.service(log=LOGS / "valkey.log"))
        redis_url = server.url
        chosen.append(str(server))
    return database_url, redis_url, " · ".join(chosen)


def _prepare(steps: Steps, env: dict[str, str]) -> None:
    """Everything between the engines and the servers; each step is safe to repeat."""
    log = LOGS / "prepare.log"
    with steps.step("密钥") as step:
        make_keys = [str(PYTHON), "-m", "simulator", "--keys-only", "--state", str(environment.STATE)]
        run_logged(make_keys, env=env, cwd=ROOT, log=log, step=step)
    if not system.has_cjk_font():
        say(f"! 没有中文字体，海报和商品图上的汉字会变成方框：{system.FONT_FIX}")
    with Manage(env=env, log=log) as manage:
        with steps.step("迁移") as step:
            manage.run("migrate", "--no-input", step=step)
        with steps.step("数据") as step:
            step.detail = manage.run("seed_demo", "--scale", "default", "--if-empty", step=step)
        with steps.step("静态") as step:
            assets.compile_catalogues(env=env, log=log)
            if not assets.collected():
                step.detail = manage.run("collectstatic", "--no-input", step=step)
                assets.remember_collected()
        with steps.step("自检") as step:
            step.detail = manage.run("doctor", step=step)


def _welcome(settings: dict[str, str]) -> None:
    site, host = settings["SITE_URL"], os.environ.get("HOST", LOOPBACK)
    phone = f"http://{lan_address()}:{settings['PORT']}/" if host == "0.0.0.0" else "make demo HOST=0.0.0.0"  # noqa: S104
    say(f"""
  商城 H5    {site}/            推广中心   {site}/d/
  管理后台   {site}/admin/      API 文档   {site}/api/docs/
  手机同网   {phone}
{ACCOUNTS}
  日志       {LOGS}
  停止 Ctrl+C · 重置 make demo-reset · 体检 make audit
""")


def main() -> int:
    parser = argparse.ArgumentParser(prog="ops.demo", description=__doc__)
    parser.add_argument("--reset", action="store_true", help="delete the demo's data instead of starting it")
    parser.add_argument("--installed", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    return reset() if options.reset else start(installed=options.installed)


if __name__ == "__main__":
    console.run(main)
