"""No tables: only the permissions to see the shop's figures."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Report(models.Model):
    """What a role may see of the figures. Never stored."""

    class Meta:
        managed = False
        default_permissions = ()
        permissions = [
            ("view_sales", _("查看销售数据")),
            ("view_cost", _("查看佣金成本")),
        ]
        verbose_name = verbose_name_plural = _("数据")
