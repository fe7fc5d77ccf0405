"""Closed periods of a pledge and the lines of their statements.

A period that is signed never opens again, and its lines never change: the database
refuses it by trigger (see the migration 0002_ledger_triggers).
"""

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Closing(models.Model):
    """One period of a pledge: closed by one person, signed by another.

    `digest` is that of the statement (`domain/documents.py`), so that what was signed
    is exactly what is published.
    """

    pledge = models.ForeignKey(
        "donations.Pledge", on_delete=models.PROTECT, related_name="closings"
    )
    number = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField("last day", help_text="The last day, included.")
    digest = models.CharField(max_length=64)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField()
    signed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    signed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Two people for every period; one after the other, without gaps."""

        permissions = [("sign_closing", "Can sign a period closed by another person")]
        constraints = [
            models.UniqueConstraint(
                fields=["pledge", "number"], name="donations_closing_number_once"
            ),
            models.UniqueConstraint(
                fields=["pledge"],
                condition=Q(signed_at__isnull=True),
                name="donations_closing_one_unsigned",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="donations_closing_days_in_order",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True) | ~Q(signed_by=F("closed_by")),
                name="donations_closing_second_person",
            ),
            models.CheckConstraint(
                condition=Q(signed_by__isnull=True, signed_at__isnull=True)
                | Q(signed_by__isnull=False, signed_at__isnull=False),
                name="donations_closing_signed_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        """Return the number and the last day."""
        return f"Period {self.number}, up to {self.ends_on}"

    @property
    def is_signed(self) -> bool:
        """Tell whether the period is closed for good."""
        return self.signed_at is not None


class StatementLine(models.Model):
    """One line of a signed statement, as it is published."""

    closing = models.ForeignKey(Closing, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveIntegerField()
    content = models.TextField()

    class Meta:
        """A line has its place."""

        constraints = [
            models.UniqueConstraint(
                fields=["closing", "position"],
                name="donations_statementline_position_once",
            ),
        ]

    def __str__(self) -> str:
        """Return the place."""
        return f"Line {self.position} of statement {self.closing_id}"
