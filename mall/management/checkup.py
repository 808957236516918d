"""The checks of `manage.py doctor`. Each says what it found; a failure also says how to mend it."""

import dataclasses
import enum
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from celery import current_app
from django.conf import settings
from django.core import checks
from django.core.cache import cache
from django.core.checks import Tags
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from kombu import Connection
from kombu.exceptions import KombuError
from redis.exceptions import RedisError

from mall.kernel import clock, fonts
from mall.kernel.models import Delivery
from members.models import Region

MINIMUM_SECRET = 32
MAX_LAG_SECONDS = 300
MAX_SKEW_SECONDS = 5
MINIMUM_FREE_BYTES = 1 << 30
MINIMUM_REGIONS = 3000
FONT_FIX = "安装中文字体：apt-get install fonts-noto-cjk（Fedora：dnf install google-noto-sans-cjk-fonts）"


class Level(enum.Enum):
    """What a finding means for the shop; the value is its mark."""

    FINE = "✓"
    ADVICE = "!"
    FAILED = "✗"


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check."""

    title: str
    level: Level
    detail: str
    fix: str = ""


class Trouble(Exception):
    """A check failed: `args` are what is wrong and the fix. `level` is ADVICE when the shop can open regardless."""

    def __init__(self, detail: str, fix: str, *, level: Level = Level.FAILED) -> None:
        super().__init__(detail, fix)
        self.detail, self.fix, self.level = detail, fix, level


@dataclasses.dataclass(frozen=True, slots=True)
class Check:
    """A named question; `ask` returns the detail of a good answer or raises Trouble. `fix` mends a lost connection."""

    title: str
    ask: Callable[[], str]
    fix: str

    def run(self) -> Finding:
        """Ask; a service that does not answer is a failure, never a traceback."""
        try:
            return Finding(self.title, Level.FINE, self.ask())
        except Trouble as trouble:
            return Finding(self.title, trouble.level, trouble.detail, trouble.fix)
        except (DatabaseError, RedisError, KombuError, OSError) as error:
            line = str(error).strip().splitlines()
            return Finding(self.title, Level.FAILED, f"{type(error).__name__}: {line[0] if line else ''}", self.fix)


def _settings() -> str:
    if len(settings.SECRET_KEY) < MINIMUM_SECRET:
        raise Trouble("SECRET_KEY 缺失或太短", f"设置 SECRET_KEY，至少 {MINIMUM_SECRET} 个字符")
    tags = [Tags.security, Tags.models, Tags.urls]
    errors = [message for message in checks.run_checks(tags=tags) if message.is_serious()]
    if errors:
        raise Trouble(str(errors[0].msg), str(errors[0].hint or "manage.py check"))
    return f"{settings.SETTINGS_MODULE} · {settings.SITE_URL}"


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_database()")
        version, name = cursor.fetchone()
    return f"PostgreSQL {version} · {name}"


def _chinese() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cardinality(show_trgm('明前龙井')), datcollate FROM pg_database "
                       "WHERE datname = current_database()")  # fmt: skip
        trigrams, locale = cursor.fetchone()
    if not trigrams:
        raise Trouble(f"区域设置 {locale} 不能检索中文", "用 C.UTF-8 重新建库（initdb --locale=C.UTF-8）")
    return f"{locale} · 三元组可用"


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        raise Trouble(f"{len(missing)} 个迁移未执行", "manage.py migrate")
    return f"{len(executor.loader.applied_migrations)} 个已执行"


def _cache() -> str:
    cache.set("doctor", 1, 10)
    if cache.get("doctor") != 1:
        raise Trouble("写入后读不到", "检查 Redis 的内存上限与淘汰策略")
    return str(settings.REDIS_URL).rsplit("@", 1)[-1]


def _broker() -> str:
    with Connection(settings.CELERY_BROKER_URL, connect_timeout=2) as broker:
        broker.ensure_connection(max_retries=1, timeout=2)
    return f"Celery 队列 {settings.CELERY_TASK_DEFAULT_QUEUE}"


def _lag() -> str:
    """Late deliveries are a fault only while a worker answers; without one they wait for the start."""
    pending = Delivery.objects.filter(state=Delivery.State.PENDING)
    oldest = pending.order_by("due_at").values_list("due_at", flat=True).first()
    if oldest is None:
        return "没有待处理的事件"
    seconds = max(0, int((clock.now() - oldest).total_seconds()))
    told = f"{pending.count()} 条待处理，最早已等 {seconds} 秒"
    if seconds <= MAX_LAG_SECONDS:
        return told
    if current_app.control.ping(timeout=0.7):
        raise Trouble(told, "worker 在运行却没有处理：查看 worker 日志")
    return f"{told}（worker 未启动，启动后处理）"


def _dead() -> str:
    dead = Delivery.objects.filter(state=Delivery.State.DEAD).count()
    if dead:
        raise Trouble(f"{dead} 条事件多次失败后停止", "后台「事件投递」查看错误，修复后重投", level=Level.ADVICE)
    return "没有失败停止的事件"


def _media() -> str:
    folder = Path(settings.MEDIA_ROOT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise Trouble(
            f"{folder} 不可写：{error.strerror}", f"chown 到运行商城的用户，或改 MEDIA_ROOT：{folder}"
        ) from error
    return str(folder)


def _font() -> str:
    try:
        return Path(fonts.cjk().path).name
    except fonts.FontMissing as error:
        raise Trouble("没有中文字体，无法生成推广海报", FONT_FIX, level=Level.ADVICE) from error


def _clock() -> str:
    with connection.cursor() as cursor:
        before = clock.now()
        cursor.execute("SELECT clock_timestamp()")
        there = cursor.fetchone()[0]
        after = clock.now()
    skew = (there - (before + (after - before) / 2)).total_seconds()
    if abs(skew) > MAX_SKEW_SECONDS:
        raise Trouble(f"本机与数据库相差 {skew:+.1f} 秒", "开启时间同步：timedatectl set-ntp true")
    return f"与数据库相差 {skew:+.3f} 秒"


def _regions() -> str:
    count = Region.objects.count()
    if count < MINIMUM_REGIONS:
        raise Trouble(f"行政区划只有 {count} 条", "manage.py load_regions")
    return f"{count:,} 条"


def _channels() -> str:
    wanted = {
        "微信登录": settings.WECHAT_APPID and settings.WECHAT_SECRET,
        "微信支付": settings.WXPAY_MCHID and settings.WXPAY_PRIVATE_KEY and settings.WXPAY_APIV3_KEY,
        "银行转账": settings.BANK_BASE and settings.BANK_MERCHANT,
        "快递100": settings.KD100_CUSTOMER and settings.KD100_KEY,
        "短信": settings.SMS_ACCESS_KEY_ID and settings.SMS_ACCESS_KEY_SECRET,
    }
    missing = [name for name, value in wanted.items() if not value]
    if missing:
        level = Level.FAILED if settings.SANDBOX and settings.SIMULATOR_URL else Level.ADVICE
        raise Trouble(f"未配置：{'、'.join(missing)}", "在环境变量里填入密钥（演示：SIMULATOR_KEYS）", level=level)
    return f"{'、'.join(wanted)} · {'沙箱' if settings.SANDBOX else '真实'}通道"


def _disk() -> str:
    free = shutil.disk_usage(_existing(Path(settings.MEDIA_ROOT))).free
    if free < MINIMUM_FREE_BYTES:
        raise Trouble(f"只剩 {free / 1e9:.1f} GB", f"清理磁盘或把 MEDIA_ROOT 移到别处：{settings.MEDIA_ROOT}")
    return f"可用 {free / 1e9:.1f} GB"


def _existing(folder: Path) -> Path:
    while not folder.exists():
        folder = folder.parent
    return folder


_DATABASE_FIX = "启动 PostgreSQL 并检查 DATABASE_URL"
_REDIS_FIX = "启动 Redis/Valkey 并检查 REDIS_URL"
CHECKS = (
    Check("设置", _settings, "manage.py check"),
    Check("数据库", _database, _DATABASE_FIX),
    Check("中文检索", _chinese, _DATABASE_FIX),
    Check("迁移", _migrations, _DATABASE_FIX),
    Check("缓存", _cache, _REDIS_FIX),
    Check("队列", _broker, _REDIS_FIX),
    Check("事件延迟", _lag, _DATABASE_FIX),
    Check("失败事件", _dead, _DATABASE_FIX),
    Check("媒体目录", _media, "检查 MEDIA_ROOT"),
    Check("中文字体", _font, FONT_FIX),
    Check("时钟", _clock, _DATABASE_FIX),
    Check("行政区划", _regions, _DATABASE_FIX),
    Check("外部通道", _channels, "检查密钥"),
    Check("磁盘", _disk, "清理磁盘"),
)
