"""The demo shop: production behaviour, sandbox services, mail into files. Started by `make demo`."""

from mall.settings.base import *  # noqa: F403

SANDBOX = True
ALLOWED_HOSTS = ["*"]
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
WHITENOISE_MAX_AGE = 3600
