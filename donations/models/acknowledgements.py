"""Asking a beneficiary whether a payment arrived: the mail owed, and the answer."""

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q


class AcknowledgementQuerySet(models.QuerySet["Acknowledgement"]):
    """Filters on acknowledgements."""

    def unanswered(self) -> "AcknowledgementQuerySet":
        """Keep those that wait for the beneficiary."""
        return self.filter(answer="")

    def ready(self, at: datetime) -> "AcknowledgementQuerySet":
        """Keep those whose mail is owed and has its turn, or whose worker died."""
        return self.unanswered().filter(sent_at=None, next_try_at__lte=at)


class Acknowledgement(models.Model):
    """One question to a beneficiary about one part that was paid, and its answer.

    The row is the mail that is owed. Of the link only a digest is stored. After a
    dispute the same part may be asked about again, by another row.
    """

    class Answer(models.TextChoices):
        """What the beneficiary says."""

        NONE = "", "No answer yet"
        ACKNOWLEDGED = "acknowledged", "The money arrived"
        DISPUTED = "disputed", "Something is wrong"

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    part = models.ForeignKey(
        "donations.SettlementPart",
        on_delete=models.PROTECT,
        related_name="acknowledgements",
    )
    token_digest = models.CharField(max_length=64, unique=True)
    tries = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=12, choices=Answer.choices, blank=True)
    answered_by = models.CharField(
        max_length=120, blank=True, help_text="As the person wrote it."
    )
    answered_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=1000, blank=True)

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        """One open question for a part; an answer has a person and a moment."""

        constraints = [
            models.UniqueConstraint(
                fields=["part"],
                condition=Q(answer=""),
                name="donations_acknowledgement_one_open",
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None, answered_by="", reason="")
                | Q(answer="acknowledged", answered_at__isnull=False, reason="")
                & ~Q(answered_by="")
                | Q(answer="disputed", answered_at__isnull=False)
                & ~Q(answered_by="")
                & ~Q(reason=""),
                name="donations_acknowledgement_answer_fits",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=Q(answer="", sent_at=None),
                name="donations_acknowledgement_owed",
            ),
        ]

    def __str__(self) -> str:
        """Return what it is about and what was answered."""
        return f"Part {self.part_id}, {self.answer or 'no answer yet'}"
