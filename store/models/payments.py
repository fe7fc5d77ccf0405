"""Attempts to pay, payments, refunds, and stored webhook events.

Identifiers of the gateway are stored; its secrets and card data never are.
"""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

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
    paid_at = models.DateTimeField()

    def __str__(self) -> str:
        """Return the gateway's identifier."""
        return self.intent_id

    @property
    def total(self) -> money.Money:
        """Return the amount with its currency."""
        return money.Money(self.amount, self.currency)


class RefundQuerySet(models.QuerySet["Refund"]):
    """Filters on refunds."""

    def due(self) -> "RefundQuerySet":
        """Keep the refunds that the gateway has not been asked for, or not answered."""
        return self.filter(status=states.RefundStatus.DUE)


class Refund(models.Model):
    """Money back to the customer; the row comes first, its key is sent with it."""

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="refunds"
    )
    gateway_id = models.CharField(max_length=100, unique=True, null=True, blank=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(
        max_length=16,
        choices=[(s.value, s.value.replace("_", " ")) for s in states.RefundStatus],
        default=states.RefundStatus.DUE,
    )
    reason = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        """Refunds that are still owed."""

        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="store_refund_amount_positive"
            ),
        ]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=Q(status=states.RefundStatus.DUE),
                name="store_refund_due",
            ),
        ]

    def __str__(self) -> str:
        """Return the reference sent to the gateway."""
        return self.idempotency_key

    @property
    def idempotency_key(self) -> str:
        """Return the key under which the gateway is asked."""
        return f"refund-{self.uuid}"


class WebhookEventQuerySet(models.QuerySet["WebhookEvent"]):
    """Filters on webhook events."""

    def new(self) -> "WebhookEventQuerySet":
        """Keep the events that nobody has processed yet."""
        return self.filter(status=states.WebhookEventStatus.NEW)

    def ready(self, at: datetime) -> "WebhookEventQuerySet":
        """Keep the new events whose next try is due."""
        return self.new().filter(next_try_at__lte=at)


class WebhookEvent(models.Model):
    """One stored delivery from Stripe. The body is kept as it came."""

    event_id = models.CharField(max_length=100, unique=True)
    type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=100, blank=True)
    livemode = models.BooleanField()
    api_version = models.CharField(max_length=40, blank=True)
    payload = models.TextField()
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
