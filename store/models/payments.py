"""Attempts to pay, payments, and stored webhook events.

Identifiers of the gateway are stored; its secrets and card data never are.
"""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from donations.domain import money
from store.domain import order as states


class PaymentAttemptQuerySet(models.QuerySet["PaymentAttempt"]):
    """Filters on attempts."""

    def unfinished(self) -> "PaymentAttemptQuerySet":
        """Keep the attempts whose end we have not heard of."""
        return self.filter(
            status__in=[
                states.AttemptStatus.CREATED,
                states.AttemptStatus.OPEN,
                states.AttemptStatus.PROCESSING,
            ]
        )


class PaymentAttempt(models.Model):
    """One try at paying an order: one Checkout Session, under one stored key."""

    order = models.ForeignKey(
        "store.Order", on_delete=models.PROTECT, related_name="attempts"
    )
    number = models.PositiveSmallIntegerField()
    idempotency_key = models.CharField(max_length=80, unique=True)
    session_id = models.CharField(max_length=100, unique=True, null=True, blank=True)
    url = models.TextField(blank=True)
    status = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in states.AttemptStatus],
        default=states.AttemptStatus.CREATED,
    )
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    locale = models.CharField(max_length=10, default="auto")
    expires_at = models.DateTimeField(help_text="When Stripe lets the Session expire.")
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentAttemptQuerySet.as_manager()

    class Meta:
        """Attempts are numbered within an order."""

        constraints = [
            models.UniqueConstraint(
                fields=["order", "number"], name="store_paymentattempt_numbered"
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(
                    status__in=[
                        states.AttemptStatus.CREATED,
                        states.AttemptStatus.OPEN,
                        states.AttemptStatus.PROCESSING,
                    ]
                ),
                name="store_paymentattempt_awaited",
            ),
        ]

    def __str__(self) -> str:
        """Return the stored idempotency key."""
        return self.idempotency_key


class Payment(models.Model):
    """Money that came in for an order, as the gateway reported it."""

    order = models.ForeignKey(
        "store.Order", on_delete=models.PROTECT, related_name="payments"
    )
    attempt = models.OneToOneField(
        PaymentAttempt, on_delete=models.PROTECT, related_name="payment"
    )
    intent_id = models.CharField(max_length=100, unique=True)
    charge_id = models.CharField(max_length=100, blank=True, db_index=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    fee_amount = models.BigIntegerField(null=True, blank=True)
    net_amount = models.BigIntegerField(null=True, blank=True)
    refunded_amount = models.BigIntegerField(
        default=0, help_text="Minor units of all refunds that are back or on their way."
    )
    is_counted = models.BooleanField(
        default=False,
        help_text="It sold the order; another payment of the order goes back in full.",
    )
    paid_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """What goes back is never more than what came in; one payment sells."""

        constraints = [
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0, refunded_amount__lte=F("amount")),
                name="store_payment_refunds_within_amount",
            ),
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(is_counted=True),
                name="store_payment_one_counted",
            ),
        ]
        indexes = [
            models.Index(fields=["paid_at"], name="store_payment_paid"),
        ]

    def __str__(self) -> str:
        """Return the gateway's identifier."""
        return self.intent_id

    @property
    def total(self) -> money.Money:
        """Return the amount with its currency."""
        return money.Money(self.amount, self.currency)

    @property
    def refundable_amount(self) -> int:
        """Return what is left to refund, in minor units."""
        return self.amount - self.refunded_amount


class WebhookEventQuerySet(models.QuerySet["WebhookEvent"]):
    """Filters on webhook events."""

    def new(self) -> "WebhookEventQuerySet":
        """Keep the events that nobody has processed yet."""
        return self.filter(status=states.WebhookEventStatus.NEW)

    def ready(self, at: datetime) -> "WebhookEventQuerySet":
        """Keep the new events whose next try is due."""
        return self.new().filter(next_try_at__lte=at)


class WebhookEvent(models.Model):
    """One stored delivery from Stripe. The body is kept as it came, for some days.

    `endpoint` names the door it came through; `account_id` is blank but for events of
    a connected account.
    """

    event_id = models.CharField(max_length=100, unique=True)
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=100, blank=True)
    endpoint = models.CharField(max_length=20, default="account")
    account_id = models.CharField(max_length=100, blank=True)
    livemode = models.BooleanField()
    api_version = models.CharField(max_length=40, blank=True)
    payload = models.TextField(blank=True)
    happened_at = models.DateTimeField(null=True, blank=True)
    status = models.CharField(
        max_length=10,
        choices=[(s.value, s.value) for s in states.WebhookEventStatus],
        default=states.WebhookEventStatus.NEW,
    )
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    processed_at = models.DateTimeField(null=True, blank=True)

    objects = WebhookEventQuerySet.as_manager()

    class Meta:
        """Events that wait for a worker."""

        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(status=states.WebhookEventStatus.NEW),
                name="store_webhookevent_new",
            ),
        ]

    def __str__(self) -> str:
        """Return Stripe's identifier and the type."""
        return f"{self.event_id} {self.type}"
