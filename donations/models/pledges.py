"""Pledges, their published versions and how a version shares out.

A published version is frozen: the database itself refuses every change but the one
that makes another version current (see the migration 0002_ledger_triggers).
"""

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from donations.domain import release, statute, territory
from donations.domain import share as rules


class PledgeQuerySet(models.QuerySet["Pledge"]):
    """Filters on pledges."""

    def capped(self) -> "PledgeQuerySet":
        """Keep the pledges whose current version has a cap."""
        return self.filter(posted_amount__isnull=False)


class Pledge(models.Model):
    """A promise to give, known by its slug; what it promises is in its versions.

    While it has a cap, `posted_amount` is what its donations hold in its currency:
    whoever posts for it locks the row (see `donations.services.caps`).
    """

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=120)
    cause = models.ForeignKey(
        "donations.Cause", on_delete=models.PROTECT, related_name="pledges"
    )
    closed_until = models.DateField(
        null=True,
        blank=True,
        editable=False,
        help_text="Nothing is posted with this day or one before it.",
    )
    posted_amount = models.BigIntegerField(null=True, editable=False)

    objects = PledgeQuerySet.as_manager()

    class Meta:
        """A sum that donations can have."""

        constraints = [
            models.CheckConstraint(
                condition=Q(posted_amount__isnull=True) | Q(posted_amount__gte=0),
                name="donations_pledge_posted_not_negative",
            ),
        ]

    def __str__(self) -> str:
        """Return the name."""
        return self.name


class PledgeVersionQuerySet(models.QuerySet["PledgeVersion"]):
    """Filters on pledge versions."""

    def published(self) -> "PledgeVersionQuerySet":
        """Keep the versions that promise something."""
        return self.filter(published_at__isnull=False)

    def current(self, on: date) -> "PledgeVersionQuerySet":
        """Keep the versions under which a piece sold `on` that day gives."""
        return self.published().filter(
            is_current=True, starts_on__lte=on, ends_on__gte=on
        )


class PledgeVersion(models.Model):
    """The terms of a pledge, frozen when published; a change makes a next version."""

    pledge = models.ForeignKey(
        Pledge, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveSmallIntegerField()
    share_kind = models.CharField(
        max_length=7,
        choices=[(kind.value, kind.value) for kind in rules.ShareKind],
        default=rules.ShareKind.PERCENT.value,
    )
    share_bps = models.PositiveIntegerField(
        default=0, help_text="Basis points: 1000 is 10%."
    )
    share_fixed_amount = models.BigIntegerField(
        default=0, help_text="Minor units for each piece."
    )
    currency = models.CharField(max_length=3, help_text="USD")
    tax_mode = models.CharField(
        max_length=9,
        choices=[(mode.value, mode.value) for mode in rules.TaxMode],
        default=rules.TaxMode.EXCLUSIVE.value,
    )
    starts_on = models.DateField()
    ends_on = models.DateField(help_text="The last day, included.")
    cap_amount = models.BigIntegerField(null=True, blank=True, help_text="Minor units.")
    minimum_amount = models.BigIntegerField(
        null=True, blank=True, help_text="Minor units."
    )
    return_window_days = models.PositiveSmallIntegerField(default=30)
    agreed_period_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Within how many days of its receipt the contract wants money paid; "
        "blank for what the law says.",
    )
    settlement_cadence = models.CharField(
        max_length=9,
        choices=[(cadence.value, cadence.value) for cadence in release.Cadence],
        default=release.Cadence.MONTHLY.value,
        help_text="Every Friday, or the first one of a month or quarter.",
    )
    territories = models.JSONField(
        default=list,
        blank=True,
        help_text="Where the promise holds: US, US-CA, GB, DE, EU.",
    )
    contract = models.ForeignKey(
        "donations.Contract",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="versions",
        help_text="What was signed; needed to publish.",
    )
    disclosure = models.TextField(
        blank=True, help_text="The promise in one sentence, as it is printed."
    )
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_current = models.BooleanField(default=False, editable=False)

    objects = PledgeVersionQuerySet.as_manager()

    class Meta:
        """One current version a pledge; numbers that a promise can have."""

        constraints = [
            models.UniqueConstraint(
                fields=["pledge", "number"], name="donations_pledgeversion_number_once"
            ),
            models.UniqueConstraint(
                fields=["pledge"],
                condition=Q(is_current=True),
                name="donations_pledgeversion_one_current",
            ),
            models.CheckConstraint(
                condition=Q(is_current=False) | Q(published_at__isnull=False),
                name="donations_pledgeversion_current_is_published",
            ),
            models.CheckConstraint(
                condition=Q(settlement_cadence__in=[c.value for c in release.Cadence]),
                name="donations_pledgeversion_known_cadence",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")),
                name="donations_pledgeversion_days_in_order",
                violation_error_message="The last day comes before the first.",
            ),
            models.CheckConstraint(
                condition=Q(
                    share_kind="percent",
                    share_bps__range=(1, rules.WHOLE_BPS),
                    share_fixed_amount=0,
                )
                | Q(share_kind="fixed", share_bps=0, share_fixed_amount__gt=0),
                name="donations_pledgeversion_share_fits_kind",
                violation_error_message="A percent share needs 1 to 10000 basis "
                "points and no fixed amount; a fixed share needs an amount and no "
                "basis points.",
            ),
        ]

    def __str__(self) -> str:
        """Return the number."""
        return f"Version {self.number}"

    def clean(self) -> None:
        """Refuse territories that are not known.

        Raises:
            ValidationError: a code stands for no territory; it is named.
        """
        try:
            territory.check_territories(self.territories)
        except territory.UnknownTerritoryError as error:
            raise ValidationError({"territories": str(error)}) from None

    @property
    def is_published(self) -> bool:
        """Tell whether the terms are frozen."""
        return self.published_at is not None

    @property
    def left_amount(self) -> int | None:
        """Return what the pledge can still give under this cap; None without one.

        Read it from a version that carries its pledge.
        """
        if self.cap_amount is None:
            return None
        return max(self.cap_amount - (self.pledge.posted_amount or 0), 0)

    @property
    def is_limited(self) -> bool:
        """Tell whether there is a cap or a minimum, which count one currency."""
        return self.cap_amount is not None or self.minimum_amount is not None

    @property
    def deadline(self) -> statute.Rule | None:
        """Return the law's deadline for paying what is given; None where it has none.

        It is the earliest of all the territories.
        """
        return release.find_deadline(
            territories=self.territories, agreed_days=self.agreed_period_days
        )

    @property
    def clock(self) -> release.Clock:
        """Return the rule that says when a donation may and must be paid."""
        return release.Clock(
            window_days=self.return_window_days,
            cadence=release.Cadence(self.settlement_cadence),
            deadline_days=self.deadline.days if self.deadline else None,
        )

    @property
    def share(self) -> rules.Share:
        """Return the rule that turns a base into a share."""
        return rules.Share(
            rules.ShareKind(self.share_kind), self.share_bps, self.share_fixed_amount
        )


class PledgeShare(models.Model):
    """One beneficiary of a version, and its weight among them."""

    version = models.ForeignKey(
        PledgeVersion, on_delete=models.CASCADE, related_name="shares"
    )
    beneficiary = models.ForeignKey(
        "donations.Beneficiary", on_delete=models.PROTECT, related_name="shares"
    )
    weight = models.PositiveIntegerField(default=1)
    ordinal = models.PositiveSmallIntegerField(default=0)

    class Meta:
        """A beneficiary and an ordinal come once in a version."""

        constraints = [
            models.UniqueConstraint(
                fields=["version", "beneficiary"],
                name="donations_pledgeshare_beneficiary_once",
                violation_error_message="This beneficiary is listed already.",
            ),
            models.UniqueConstraint(
                fields=["version", "ordinal"], name="donations_pledgeshare_ordinal_once"
            ),
            models.CheckConstraint(
                condition=Q(weight__gt=0), name="donations_pledgeshare_weight_positive"
            ),
        ]

    def __str__(self) -> str:
        """Return the row's number and weight."""
        return f"Share {self.pk}, weight {self.weight}"
