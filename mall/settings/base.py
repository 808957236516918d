"""Settings every environment shares. Values come from the environment; nothing secret has a default."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import environ
from celery.schedules import crontab
from django.utils.translation import gettext_lazy as _

from mall.settings.unfold import UNFOLD  # noqa: F401

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

SECRET_KEY = env("SECRET_KEY", default="")
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
# How many proxies of ours append to X-Forwarded-For before a request reaches us.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)
SITE_URL = env("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_prometheus",
    "django_htmx",
    "mptt",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "rest_framework_api_key",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "django_filters",
    "mall.kernel",
    "members",
    "catalog",
    "marketing",
    "payments",
    "logistics",
    "orders",
    "distribution",
    "analytics",
    "mall.h5",
    "mall.api",
    "mall.backoffice",
    "mall",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "mall.kernel.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "mall.kernel.input_guard.InputGuardMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "mall.kernel.language.ChosenLanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "mall.h5.middleware.ReferralMiddleware",
    "mall.h5.middleware.DomainErrorMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "mall.urls"
WSGI_APPLICATION = "mall.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "mall.h5.context.shop",
            ],
        },
    },
]

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **env.db("DATABASE_URL", default="postgres://mall@127.0.0.1:5432/mall"),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "options": "-c lock_timeout=5s -c idle_in_transaction_session_timeout=60s -c TimeZone=UTC",
            "pool": {"min_size": 1, "max_size": env.int("DB_POOL_SIZE", default=8), "timeout": 10},
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "mall",
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 1},
    }
}
# Sessions live in PostgreSQL: emptying Redis must cost speed only, never a login.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 30 * 24 * 3600
CSRF_FAILURE_VIEW = "mall.h5.errors.forbidden"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

AUTH_USER_MODEL = "members.Member"
AUTHENTICATION_BACKENDS = ["members.backends.PhoneOrUsernameBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/me/"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("简体中文")), ("zh-hant", _("繁體中文")), ("en", "English")]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_HTTPONLY = True
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "var" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env("MEDIA_ROOT", default=str(BASE_DIR / "var" / "media")))
# A shop behind nginx or a CDN lets those serve uploads; a small one can do without them.
SERVE_MEDIA = env.bool("SERVE_MEDIA", default=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

X_FRAME_OPTIONS = "DENY"
# WeChat's H5 cashier refuses a request without a Referer, which Django's default policy would strip.
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_TASK_DEFAULT_QUEUE = env("CELERY_QUEUE", default="mall")
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE_FILENAME = str(BASE_DIR / "var" / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "outbox": {"task": "mall.kernel.tasks.deliver", "schedule": 5.0},
    "payments-send": {"task": "payments.tasks.send_requested", "schedule": 10.0},
    "payments-query": {"task": "payments.tasks.query_unsettled", "schedule": 30.0},
    "orders-expire": {"task": "orders.tasks.close_expired", "schedule": 20.0},
    "orders-receive": {"task": "orders.tasks.receive_overdue", "schedule": 600.0},
    "orders-complete": {"task": "orders.tasks.complete_due", "schedule": 600.0},
    "stock-release": {"task": "catalog.tasks.release_expired", "schedule": 60.0},
    "stock-alerts": {"task": "catalog.tasks.send_stock_alerts", "schedule": 15.0},
    "commission-clear": {"task": "distribution.tasks.clear_cooled", "schedule": 60.0},
    "settlement": {"task": "distribution.tasks.settle_due", "schedule": crontab(minute=5)},
    "payout": {"task": "distribution.tasks.pay_out_due", "schedule": 300.0},
    "team-tree": {"task": "distribution.tasks.catch_up_team", "schedule": 5.0},
    "parcels": {"task": "logistics.tasks.subscribe_requested", "schedule": 15.0},
    "idempotency": {"task": "mall.kernel.tasks.purge_idempotency", "schedule": crontab(hour=4, minute=10)},
}

EMAIL_BACKEND = env("EMAIL_BACKEND", default="django.core.mail.backends.smtp.EmailBackend")
EMAIL_FILE_PATH = env("EMAIL_FILE_PATH", default=str(BASE_DIR / "var" / "mail"))
EMAIL_HOST = env("EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="mall@localhost")
STOCK_ALERT_RECIPIENTS: list[str] = env.list("STOCK_ALERT_RECIPIENTS", default=["purchasing@example.com"])

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["mall.api.auth.MemberAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["mall.api.parsers.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "mall.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_standardized_errors.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "mall.api.errors.handle",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": dt.timedelta(minutes=30),
    "REFRESH_TOKEN_LIFETIME": dt.timedelta(days=30),
    "ROTATE_REFRESH_TOKENS": True,
    "BLACKLIST_AFTER_ROTATION": True,
    # A new password ends every older token.
    "CHECK_REVOKE_TOKEN": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "mall API",
    "VERSION": "1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SERVE_INCLUDE_SCHEMA": False,
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OrderState": "mall.api.order_rows.ORDER_STATES",
        "RefundState": "mall.api.order_rows.REFUND_STATES",
        "RefundKind": "mall.api.order_rows.REFUND_KINDS",
        "PaymentState": "mall.api.payments.STATES",
        "PaymentMethod": "mall.api.payments.METHODS",
        "CouponState": "mall.api.marketing.STATES",
        "ProductState": "mall.api.merchant_products.STATES",
        "ApplicationState": "mall.api.distribution_rows.APPLICATION_STATES",
        "CommissionState": "mall.api.distribution_rows.COMMISSION_STATES",
        "WithdrawalState": "mall.api.distribution_rows.WITHDRAWAL_STATES",
        "WithdrawalChannel": "mall.api.distribution_rows.CHANNELS",
    },
}

# External services. In sandbox mode every base URL points at the service simulator and the keys are its own.
SANDBOX = env.bool("MALL_SANDBOX", default=False)
SIMULATOR_URL = env("SIMULATOR_URL", default="").rstrip("/")
SANDBOX_SMS_CODE = "246810"
_keys_file = env("SIMULATOR_KEYS", default="")
SERVICE_KEYS: dict[str, str] = (
    json.loads(Path(_keys_file).read_text()) if _keys_file and Path(_keys_file).exists() else {}
)


def service_key(name: str) -> str:
    """A credential by its lower-case name: from the environment (upper case), else from the keys file."""
    return str(env(name.upper(), default=SERVICE_KEYS.get(name, "")))


WECHAT_APPID = service_key("wechat_appid")
WECHAT_SECRET = service_key("wechat_secret")
WECHAT_MINI_APPID = service_key("wechat_mini_appid")
WECHAT_MINI_SECRET = service_key("wechat_mini_secret")
WECHAT_API_BASE = env("WECHAT_API_BASE", default=SIMULATOR_URL or "https://api.weixin.qq.com")
WECHAT_OPEN_BASE = env("WECHAT_OPEN_BASE", default=SIMULATOR_URL or "https://open.weixin.qq.com")
WECHAT_JSSDK_URL = env(
    "WECHAT_JSSDK_URL",
    default=(SIMULATOR_URL + "/open/js/jweixin-1.6.0.js")
    if SIMULATOR_URL
    else "https://res.wx.qq.com/open/js/jweixin-1.6.0.js",
)
WXPAY_BASE = env("WXPAY_BASE", default=SIMULATOR_URL or "https://api.mch.weixin.qq.com")
WXPAY_MCHID = service_key("wxpay_mchid")
WXPAY_SERIAL = service_key("wxpay_serial")
WXPAY_PRIVATE_KEY = service_key("wxpay_private_key")
WXPAY_APIV3_KEY = service_key("wxpay_apiv3_key")
WXPAY_PUBLIC_KEY = service_key("wxpay_public_key")
WXPAY_PUBLIC_KEY_ID = service_key("wxpay_public_key_id")
BANK_BASE = env("BANK_BASE", default=SIMULATOR_URL)
BANK_MERCHANT = service_key("bank_merchant")
BANK_SECRET = service_key("bank_secret")
KD100_BASE = env("KD100_BASE", default=SIMULATOR_URL or "https://poll.kuaidi100.com")
KD100_CUSTOMER = service_key("kd100_customer")
KD100_KEY = service_key("kd100_key")
SMS_BASE = env("SMS_BASE", default=SIMULATOR_URL or "https://dysmsapi.aliyuncs.com")
SMS_ACCESS_KEY_ID = service_key("sms_access_key_id")
SMS_ACCESS_KEY_SECRET = service_key("sms_access_key_secret")
SMS_SIGN_NAME = env("SMS_SIGN_NAME", default="良品集")
SMS_TEMPLATE_CODE = env("SMS_TEMPLATE_CODE", default="SMS_000000001")
# Ceilings per caller's address. A sandbox is used from one loopback address, so its ceilings are wider.
SMS_IP_LIMIT = env("SMS_IP_LIMIT", default="3000/hour" if SIMULATOR_URL else "60/hour")
LOGIN_IP_LIMIT = env("LOGIN_IP_LIMIT", default="3000/hour" if SIMULATOR_URL else "120/hour")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s"},
    },
    "filters": {"request_id": {"()": "mall.kernel.middleware.RequestIdFilter"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["request_id"]},
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {"httpx": {"level": "WARNING"}, "wechatpayv3": {"level": "WARNING"}},
}

CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": ["/admin/", "/api/docs/"],
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "script-src": ["'self'", WECHAT_JSSDK_URL.split("/open/js/")[0]],
        "style-src": ["'self'"],
        "connect-src": ["'self'"],
        # The simulator's JS-SDK opens its cashier in a frame; WeChat's own is native.
        "frame-src": [SIMULATOR_URL or "'none'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'", WXPAY_BASE, WECHAT_OPEN_BASE],
        "object-src": ["'none'"],
    },
}
