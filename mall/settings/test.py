"""Tests: real PostgreSQL and Redis, sandbox services, cheap password hashing, plain static files."""

from mall.settings.base import *  # noqa: F403

SECRET_KEY = "test-secret-key-of-sufficient-length-for-hmac"  # noqa: S105
SANDBOX = True
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
DATABASES["default"]["OPTIONS"].pop("pool")  # noqa: F405
