"""Tables of the kernel: events with their deliveries (the outbox), idempotency keys, and sent notices."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from mall.kernel import clock


class OutboxEvent(models.Model):
    """A domain event, written in the transaction of the change it tells of. Append-only."""

    name = models.CharField(_("事件"), max_length=80)
    aggregate = models.CharField(_("聚合"), max_length=80)
    payload = models.JSONField(_("内容"))
    created_at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("领域事件")
        indexes = [models.Index(fields=["aggregate", "id"]), models.Index(fields=["name", "id"])]

    def __str__(self) -> str:
        return self.name


class Delivery(models.Model):
    """One reaction owed to one event. Done in the same transaction as the reaction's own writes."""

    class State(models.TextChoices):
        PENDING = "pending", _("待处理")
        DONE = "done", _("已处理")
        DEAD = "dead", _("失败停止")

    event = models.ForeignKey(OutboxEvent, models.PROTECT, related_name="deliveries", verbose_name=_("事件"))
    subscriber = models.CharField(_("处理者"), max_length=80)
    aggregate = models.CharField(_("聚合"), max_length=80)
    state = models.CharField(_("状态"), max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("次数"), default=0)
    due_at = models.DateTimeField(_("下次处理"))
    done_at = models.DateTimeField(_("完成时间"), null=True, blank=True)
    error = models.TextField(_("错误"), blank=True)

    class Meta:
        verbose_name = verbose_name_plural = _("事件投递")
        constraints = [models.UniqueConstraint(fields=["event", "subscriber"], name="delivery_once")]
        indexes = [
            models.Index(fields=["due_at", "id"], condition=models.Q(state="pending"), name="delivery_due"),
            models.Index(
                fields=["aggregate", "subscriber", "id"],
                condition=~models.Q(state="done"),
                name="delivery_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"


class IdempotencyKey(models.Model):
    """A client's key for one write, with the stored answer. Scope: member or API key, plus the route."""

    class State(models.TextChoices):
        RUNNING = "running", _("进行中")
        DONE = "done", _("已完成")

    scope = models.CharField(max_length=160)
    key = models.CharField(max_length=128)
    body_hash = models.CharField(max_length=64)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    claimed_at = models.DateTimeField(default=clock.now)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("幂等键")
        constraints = [models.UniqueConstraint(fields=["scope", "key"], name="idempotency_once")]
        indexes = [models.Index(fields=["created_at"])]


class Notice(models.Model):
    """An in-app message: to a member, or to the staff when `member` is empty. `ref` makes it unique per cause."""

    # A plain id: the kernel knows no domain, members included.
    member_id = models.BigIntegerField(_("会员"), null=True, blank=True)
    kind = models.CharField(_("类别"), max_length=40)
    ref = models.CharField(_("依据"), max_length=80)
    title = models.CharField(_("标题"), max_length=120)
    body = models.TextField(_("内容"), blank=True)
    url = models.CharField(_("链接"), max_length=200, blank=True)
    read_at = models.DateTimeField(_("已读时间"), null=True, blank=True)
    created_at = models.DateTimeField(_("时间"), auto_now_add=True)

    class Meta:
        verbose_name = verbose_name_plural = _("站内消息")
        constraints = [
            models.UniqueConstraint(fields=["member_id", "kind", "ref"], nulls_distinct=False, name="notice_once")
        ]
        indexes = [models.Index(fields=["member_id", "-created_at"])]

    def __str__(self) -> str:
        return self.title
