"""Development: the demo's sandbox with DEBUG on and plain static files."""

from mall.settings.base import *  # noqa: F403

DEBUG = True
SECRET_KEY = SECRET_KEY or "development-only-secret-key-not-for-production"  # noqa: F405
ALLOWED_HOSTS = ["*"]
SANDBOX = True
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
