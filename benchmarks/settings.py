"""The shop's production behaviour, for a process that forks its clients: a connection pool's threads would not survive."""

from mall.settings.demo import *  # noqa: F403

DATABASES["default"]["OPTIONS"].pop("pool", None)  # noqa: F405
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
# Log lines would go between the figures.
LOGGING["root"]["level"] = "ERROR"  # noqa: F405
LOGGING["loggers"]["django.request"] = {"level": "ERROR"}  # noqa: F405
# Static files are served from the sources, so the folder for collected ones need not be there.
MIDDLEWARE.remove("whitenoise.middleware.WhiteNoiseMiddleware")  # noqa: F405
