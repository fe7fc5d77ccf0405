"""Money back to customers, and their wishes to send pieces back."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from store.domain import order as states


class RefundQuerySet(models.QuerySet["Refund"]):
    """Filters on refunds."""

    def due(self) -> "RefundQuerySet":
        """Keep the refunds that the gateway has not been asked for, or not answered."""
        return self.filter(status=states.RefundStatus.DUE)

    def live(self) -> "RefundQuerySet":
        """Keep the refunds whose money is back, on its way, or about to be asked."""
        return self.filter(status__in=sorted(states.LIVE_REFUNDS))


class Refund(models.Model):
    """Money back to the customer; the row comes first, its key is sent with it.

    A refund with lines is for pieces that come back; one without is an amount.
    """

    class Origin(models.TextChoices):
        """Who wanted it."""

        AUTOMATIC = "automatic", "Automatic"
        STAFF = "staff", "Staff"
        RETURN = "return", "Return of the customer"
        STRIPE = "stripe", "Made at Stripe"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    payment = models.ForeignKey(
        "store.Payment", on_delete=models.PROTECT, related_name="refunds"
    )
    gateway_id = models.CharField(max_length=100, unique=True, null=True, blank=True)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    status = models.CharField(
        max_length=16,
        choices=[(s.value, s.value.replace("_", " ")) for s in states.RefundStatus],
        default=states.RefundStatus.DUE,
    )
    origin = models.CharField(
        max_length=9, choices=Origin.choices, default=Origin.AUTOMATIC
    )
    reason = models.CharField(max_length=200)
    pending_reason = models.CharField(max_length=60, blank=True)
    failure_reason = models.CharField(max_length=60, blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RefundQuerySet.as_manager()

    class Meta:
        """Refunds that are still owed, or not finished."""

        constraints = [
            models.CheckConstraint(
                condition=Q(amount__gt=0), name="store_refund_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(status__in=list(states.RefundStatus)),
                name="store_refund_known_status",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(status=states.RefundStatus.DUE),
                name="store_refund_due",
            ),
            models.Index(
                fields=["next_try_at"],
                condition=Q(
                    status__in=[
                        states.RefundStatus.PENDING,
                        states.RefundStatus.REQUIRES_ACTION,
                    ]
                ),
                name="store_refund_unfinished",
            ),
        ]

    def __str__(self) -> str:
        """Return the reference sent to the gateway."""
        return self.idempotency_key

    @property
    def idempotency_key(self) -> str:
        """Return the key under which the gateway is asked."""
        return f"refund-{self.uuid}"


class RefundLine(models.Model):
    """One piece that comes back, and what was paid for it; live until it fails."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(
        "store.Line", on_delete=models.PROTECT, related_name="refund_lines"
    )
    amount = models.BigIntegerField(help_text="Minor units, tax included.")
    is_restocked = models.BooleanField(
        default=False, help_text="The piece goes back on sale."
    )
    is_live = models.BooleanField(default=True)

    class Meta:
        """A piece comes back once."""

        constraints = [
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(is_live=True),
                name="store_refundline_piece_once",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0), name="store_refundline_not_negative"
            ),
        ]

    def __str__(self) -> str:
        """Return the row's number."""
        return f"Refund line {self.pk}"


class Return(models.Model):
    """A customer's wish to send pieces back, from the order's page."""

    order = models.ForeignKey(
        "store.Order", on_delete=models.PROTECT, related_name="returns"
    )
    status = models.CharField(
        max_length=9,
        choices=[(s.value, s.value) for s in states.ReturnStatus],
        default=states.ReturnStatus.REQUESTED,
    )
    reason = models.CharField(max_length=300, help_text="The customer's own words.")
    answer = models.CharField(
        max_length=300, blank=True, help_text="What the customer is told."
    )
    refund = models.OneToOneField(
        Refund,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="customer_return",
    )
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        """Returns that wait for somebody."""

        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=list(states.ReturnStatus)),
                name="store_return_known_status",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "requested_at"], name="store_return_status"),
        ]

    def __str__(self) -> str:
        """Return the row's number and status."""
        return f"Return {self.pk}, {self.status}"


class ReturnLine(models.Model):
    """One piece that a customer wants to send back; live until it is declined."""

    parent = models.ForeignKey(Return, on_delete=models.PROTECT, related_name="lines")
    line = models.ForeignKey(
        "store.Line", on_delete=models.PROTECT, related_name="return_lines"
    )
    is_live = models.BooleanField(default=True)

    class Meta:
        """A piece is asked back once at a time."""

        constraints = [
            models.UniqueConstraint(
                fields=["line"],
                condition=Q(is_live=True),
                name="store_returnline_piece_once",
            ),
        ]

    def __str__(self) -> str:
        """Return the row's number."""
        return f"Return line {self.pk}"
