"""Mails owed to customers: the row is written with its cause, a worker sends it."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q

from store.domain import order as states


class MessageQuerySet(models.QuerySet["Message"]):
    """Filters on messages."""

    def unsent(self) -> "MessageQuerySet":
        """Keep the messages that are still owed."""
        return self.filter(
            status__in=[states.MessageStatus.UNSENT, states.MessageStatus.SENDING]
        )

    def ready(self, at: datetime) -> "MessageQuerySet":
        """Keep the owed messages whose next try is due, or whose worker died."""
        return self.unsent().filter(next_try_at__lte=at)


class Message(models.Model):
    """One mail owed to a customer; at most one of a kind for one thing."""

    class Kind(models.TextChoices):
        """What the mail is about."""

        CONFIRMATION = "confirmation", "Confirmation after payment"
        SORRY = "sorry", "Piece gone, money on its way back"
        CANCELED = "canceled", "Payment failed, order canceled"
        REFUNDED = "refunded", "Money is back"
        RETURN_APPROVED = "approved", "Return approved"
        RETURN_DECLINED = "declined", "Return declined"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    order = models.ForeignKey(
        "store.Order", on_delete=models.PROTECT, related_name="messages"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    reference = models.CharField(
        max_length=40, blank=True, help_text="Which refund or return it is about."
    )
    status = models.CharField(
        max_length=8,
        choices=[(s.value, s.value) for s in states.MessageStatus],
        default=states.MessageStatus.UNSENT,
    )
    tries = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        """One mail of a kind for one thing; the ones that wait."""

        constraints = [
            models.UniqueConstraint(
                fields=["order", "kind", "reference"], name="store_message_one_per_kind"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(
                    status__in=[
                        states.MessageStatus.UNSENT,
                        states.MessageStatus.SENDING,
                    ]
                ),
                name="store_message_unsent",
            ),
        ]

    def __str__(self) -> str:
        """Return the kind and the order's number."""
        return f"{self.get_kind_display()} {self.order_id}"
