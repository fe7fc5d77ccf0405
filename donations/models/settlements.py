"""Payments to beneficiaries, drafted by one person and approved by another."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from donations.domain import donation as states
from donations.domain import money


class Settlement(models.Model):
    """One payment of what a pledge set aside; its parts say who gets how much.

    `digest` covers the parts and the donations, so that what was approved is exactly
    what is paid. Beat drafts in nobody's name. Money must leave by the hands of two
    people all the same, so one takes such a draft on before another approves it: beat
    is no person, and whoever approved what nobody had looked at would be alone.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    pledge = models.ForeignKey(
        "donations.Pledge", on_delete=models.PROTECT, related_name="settlements"
    )
    currency = models.CharField(max_length=3)
    amount = models.BigIntegerField(default=0, help_text="Minor units.")
    status = models.CharField(
        max_length=12,
        choices=[(s.value, s.value) for s in states.SettlementStatus],
        default=states.SettlementStatus.DRAFTED.value,
    )
    digest = models.CharField(max_length=64, blank=True)
    revision = models.PositiveIntegerField(default=0)
    reference = models.CharField(
        max_length=120, blank=True, help_text="The bank's reference of the payment."
    )
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who answers for the draft; nobody yet where beat made it.",
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    drafted_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    discarded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    discarded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Two people for every payment; one draft at a time in each currency."""

        permissions = [
            (
                "approve_settlement",
                "Can approve a settlement drafted by another person",
            ),
            ("fail_settlement", "Can record that a payment failed for good"),
        ]
        constraints = [
            models.CheckConstraint(
                # Compared with nobody the database would not say no: nobody is refused
                # by name.
                condition=Q(approved_by__isnull=True)
                | Q(drafted_by__isnull=False) & ~Q(approved_by=F("drafted_by")),
                name="donations_settlement_second_person",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["drafted", "discarded"], approved_by=None)
                | Q(status__in=["approved", "failed"], approved_by__isnull=False)
                | Q(
                    status__in=["paid", "acknowledged"],
                    approved_by__isnull=False,
                    paid_at__isnull=False,
                ),
                name="donations_settlement_status_fits_people",
            ),
            models.CheckConstraint(
                condition=Q(
                    status="discarded",
                    discarded_by__isnull=False,
                    discarded_at__isnull=False,
                )
                | ~Q(status="discarded") & Q(discarded_by=None, discarded_at=None),
                name="donations_settlement_discarded_by_person",
            ),
            models.CheckConstraint(
                condition=Q(amount__gte=0), name="donations_settlement_not_negative"
            ),
            models.UniqueConstraint(
                fields=["pledge", "currency"],
                condition=Q(status="drafted"),
                name="donations_settlement_one_draft",
            ),
        ]

    def __str__(self) -> str:
        """Return the row's number and status."""
        return f"Settlement {self.pk}, {self.status}"

    @property
    def is_proposed(self) -> bool:
        """Tell whether a person answers for the draft."""
        return self.drafted_by_id is not None

    @property
    def money(self) -> money.Money:
        """Return the amount with its currency."""
        return money.Money(self.amount, self.currency)


class SettlementPartQuerySet(models.QuerySet["SettlementPart"]):
    """Filters on parts."""

    def open(self) -> "SettlementPartQuerySet":
        """Keep those that are neither paid nor failed."""
        return self.filter(paid_at__isnull=True, failed_at__isnull=True)

    def paid(self) -> "SettlementPartQuerySet":
        """Keep those whose money arrived."""
        return self.filter(paid_at__isnull=False)

    def failed(self) -> "SettlementPartQuerySet":
        """Keep those whose money never left, or came back whole."""
        return self.filter(failed_at__isnull=False)

    def owing(self) -> "SettlementPartQuerySet":
        """Keep those not paid, neither themselves nor by the part that replaces them.

        A settlement without any has given its donations all that they owed.
        """
        return self.filter(paid_at__isnull=True).exclude(
            replaced_by__paid_at__isnull=False
        )


class SettlementPart(models.Model):
    """What one beneficiary gets of a settlement, and how far its payment came.

    A part that failed is paid anew by a part of a later settlement, `replaced_by`.
    `sending_until` says how long a worker may be at it.
    """

    settlement = models.ForeignKey(
        Settlement, on_delete=models.PROTECT, related_name="parts"
    )
    beneficiary = models.ForeignKey(
        "donations.Beneficiary", on_delete=models.PROTECT, related_name="parts"
    )
    amount = models.BigIntegerField(help_text="Minor units.")
    rail = models.CharField(max_length=20, default="bank")
    rail_account = models.CharField(max_length=60, blank=True)
    bank_account = models.ForeignKey(
        "donations.BankAccount",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parts",
    )
    reference = models.CharField(max_length=120, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    tries = models.PositiveIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    sending_until = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    failed_at = models.DateTimeField(null=True, blank=True)
    failed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    failure = models.CharField(
        max_length=300, blank=True, help_text="Why it failed, in a person's words."
    )
    replaced_by = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="replaces",
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True)

    objects = SettlementPartQuerySet.as_manager()

    class Meta:
        """A beneficiary is paid once, and something."""

        constraints = [
            models.UniqueConstraint(
                fields=["settlement", "beneficiary"],
                name="donations_settlementpart_beneficiary_once",
            ),
            models.CheckConstraint(
                condition=Q(amount__gt=0),
                name="donations_settlementpart_amount_positive",
            ),
            models.CheckConstraint(
                condition=Q(failed_at=None, failed_by=None, failure="")
                | Q(failed_at__isnull=False, failed_by__isnull=False, paid_at=None)
                & ~Q(failure=""),
                name="donations_settlementpart_failed_or_paid",
            ),
            models.CheckConstraint(
                condition=Q(replaced_by=None) | Q(failed_at__isnull=False),
                name="donations_settlementpart_replaced_failed",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None) | Q(paid_at__isnull=False),
                name="donations_settlementpart_acknowledged_paid",
            ),
        ]

    def __str__(self) -> str:
        """Return the row's number."""
        return f"Part {self.pk}"

    @property
    def status(self) -> states.PartStatus:
        """Return where the payment stands, once it is approved."""
        if self.failed_at:
            return states.PartStatus.FAILED
        if self.acknowledged_at:
            return states.PartStatus.ACKNOWLEDGED
        return states.PartStatus.PAID if self.paid_at else states.PartStatus.IN_TRANSIT

    @property
    def money(self) -> money.Money:
        """Return the amount in its settlement's currency, which is read along."""
        return money.Money(self.amount, self.settlement.currency)
