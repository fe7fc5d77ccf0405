"""Money that a customer's bank takes back, as Stripe reports it."""

from django.db import models
from django.db.models import F, Q

from donations.domain import money
from store.domain import order as states


class DisputeQuerySet(models.QuerySet["Dispute"]):
    """Filters on disputes."""

    def closed(self) -> "DisputeQuerySet":
        """Keep the disputes that have ended."""
        return self.filter(status__in=sorted(states.CLOSED_DISPUTES))

    def open(self) -> "DisputeQuerySet":
        """Keep the disputes that somebody still decides."""
        return self.exclude(status__in=sorted(states.CLOSED_DISPUTES))


class Dispute(models.Model):
    """One dispute of a payment; `withdrawn_amount` is what the bank holds by now."""

    payment = models.ForeignKey(
        "store.Payment", on_delete=models.PROTECT, related_name="disputes"
    )
    gateway_id = models.CharField(max_length=100, unique=True)
    amount = models.BigIntegerField()
    withdrawn_amount = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    status = models.CharField(
        max_length=22,
        choices=[(s.value, s.value.replace("_", " ")) for s in states.DisputeStatus],
    )
    reason = models.CharField(max_length=60, blank=True)
    opened_at = models.DateTimeField()
    evidence_due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField()

    objects = DisputeQuerySet.as_manager()

    class Meta:
        """Amounts within reason; the disputes that go on."""

        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_amount__gte=0, amount__gte=F("withdrawn_amount")),
                name="store_dispute_withdrawn_within_amount",
            ),
        ]
        indexes = [
            models.Index(fields=["checked_at"], name="store_dispute_checked"),
        ]

    def __str__(self) -> str:
        """Return the gateway's identifier."""
        return self.gateway_id

    @property
    def total(self) -> money.Money:
        """Return the disputed amount with its currency."""
        return money.Money(self.amount, self.currency)

    @property
    def is_closed(self) -> bool:
        """Tell whether it has ended."""
        return self.status in states.CLOSED_DISPUTES
