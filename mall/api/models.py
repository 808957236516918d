"""Keys of the merchant API."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from rest_framework_api_key.models import AbstractAPIKey

ALL = "all"


class ApiKey(AbstractAPIKey):
    """A merchant system's key. Only its hash is kept; `scopes` is a list such as `["orders:read", "orders:write"]`."""

    scopes = models.JSONField(_("权限范围"), default=list)

    class Meta(AbstractAPIKey.Meta):
        verbose_name = verbose_name_plural = "接口密钥"

    def allows(self, scope: str) -> bool:
        """True when the key has `scope` or everything. An empty list allows nothing."""
        return ALL in self.scopes or scope in self.scopes
