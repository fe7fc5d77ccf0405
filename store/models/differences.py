"""Where our books and Stripe's disagree: found, owned, resolved, never hidden."""

from django.conf import settings
from django.db import models
from django.db.models import Q


class DifferenceQuerySet(models.QuerySet["Difference"]):
    """Filters on differences."""

    def open(self) -> "DifferenceQuerySet":
        """Keep the differences that nobody has resolved."""
        return self.filter(resolved_at__isnull=True)


class Difference(models.Model):
    """One thing on which Stripe and we disagree; `reference` names it at Stripe."""

    class Kind(models.TextChoices):
        """What disagrees."""

        UNKNOWN_PAYMENT = "unknown_payment", "Paid at Stripe, no such payment here"
        MISSING_PAYMENT = "missing_payment", "Paid here, not at Stripe"
        PAYMENT_AMOUNT = "payment_amount", "The amounts of a payment differ"
        UNKNOWN_REFUND = "unknown_refund", "Refunded at Stripe, not here"
        MISSING_REFUND = "missing_refund", "Refunded here, not at Stripe"
        REFUND_AMOUNT = "refund_amount", "Amount or status of a refund differ"
        UNKNOWN_DISPUTE = "unknown_dispute", "Disputed at Stripe, not here"
        DISPUTE_AMOUNT = "dispute_amount", "Amount or status of a dispute differ"
        ORDER_STATUS = "order_status", "The order's status does not fit its money"
        DONATION = "donation", "The donation does not fit the money kept"
        DAY_TOTAL = "day_total", "The sums of a day differ"

    kind = models.CharField(max_length=15, choices=Kind.choices)
    reference = models.CharField(max_length=120)
    order = models.ForeignKey(
        "store.Order",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="differences",
    )
    details = models.CharField(max_length=300)
    ours_amount = models.BigIntegerField(null=True, blank=True)
    theirs_amount = models.BigIntegerField(null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who looks after it.",
    )
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When it was last still there.")
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    resolution = models.CharField(max_length=300, blank=True)

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        """One open row for one thing."""

        constraints = [
            models.UniqueConstraint(
                fields=["kind", "reference"],
                condition=Q(resolved_at__isnull=True),
                name="store_difference_one_open",
            ),
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True) | ~Q(resolution=""),
                name="store_difference_resolution_says_why",
            ),
        ]
        indexes = [
            models.Index(fields=["-found_at"], name="store_difference_found"),
        ]

    def __str__(self) -> str:
        """Return what disagrees, and where."""
        return f"{self.get_kind_display()}: {self.reference}"
