"""What the merchant owes beneficiaries for one line sold, from due to settled."""

import uuid
from datetime import date, datetime

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from donations.domain import donation as states
from donations.domain import money
from donations.models.pledges import PledgeVersion


def _is_capped() -> Exists:
    """Ask whether the pledge has a cap that counts the donation's currency.

    A subquery that says nothing of the donation's own columns: an update which waited
    for a row judges those anew, but not what a join has found.
    """
    return Exists(
        PledgeVersion.objects.filter(
            pk=OuterRef("pledge_version"),
            currency=OuterRef("currency"),
            pledge__posted_amount__isnull=False,
        )
    )


class DonationQuerySet(models.QuerySet["Donation"]):
    """Filters on donations."""

    def due(self) -> "DonationQuerySet":
        """Keep the donations that wait to be set aside."""
        return self.filter(status=states.DonationStatus.DUE)

    def capped(self) -> "DonationQuerySet":
        """Keep the donations that count under a cap."""
        return self.filter(_is_capped())

    def uncapped(self) -> "DonationQuerySet":
        """Keep the donations that no cap counts."""
        return self.filter(~_is_capped())

    def lacking(self) -> "DonationQuerySet":
        """Keep those set aside that hold less than their target, cut by a cap."""
        return self.filter(
            set_aside_at__isnull=False, posted_amount__lt=F("target_amount")
        )

    def releasable(self, *, at: datetime) -> "DonationQuerySet":
        """Keep those whose time to be released has come and that nothing holds."""
        return self.filter(
            status=states.DonationStatus.SET_ASIDE,
            released_at__isnull=True,
            releasable_at__lte=at,
            is_held=False,
        )

    def payable(self) -> "DonationQuerySet":
        """Keep those that are released, not held, and in no settlement yet."""
        return self.filter(
            status=states.DonationStatus.SET_ASIDE,
            released_at__isnull=False,
            settlement__isnull=True,
            is_held=False,
            posted_amount__gt=0,
        )

    def overdue(self, *, on: date) -> "DonationQuerySet":
        """Keep what is not paid though the law's last day for it has come."""
        return self.filter(
            Q(status=states.DonationStatus.DUE)
            | Q(status=states.DonationStatus.SET_ASIDE, posted_amount__gt=0),
            deadline_on__lte=on,
        )


class Donation(models.Model):
    """What is owed for one line; `source` is the caller's name for that line.

    Base and share are what the sale said and never change. `target_amount` is what
    the whole state of the sale says is owed by now, `posted_amount` what the ledger
    holds for it: less, even nothing, when a cap cut it. `revision` counts the acts
    that changed the row: a writer claims the row at the revision it has read. What is
    posted is pending until `released_at`, and payable from then on.
    """

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.CharField(max_length=80, unique=True)
    pledge_version = models.ForeignKey(
        "donations.PledgeVersion", on_delete=models.PROTECT, related_name="donations"
    )
    base_amount = models.BigIntegerField()
    share_amount = models.BigIntegerField()
    target_amount = models.BigIntegerField()
    posted_amount = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    delivered_to = models.CharField(
        max_length=6,
        blank=True,
        help_text="Country, and state where it has one, as ISO 3166 writes it: US-CA.",
    )
    status = models.CharField(
        max_length=9,
        choices=[(s.value, s.value.replace("_", " ")) for s in states.DonationStatus],
        default=states.DonationStatus.DUE.value,
    )
    is_held = models.BooleanField(
        default=False, help_text="A dispute of the sale is open: nothing is paid."
    )
    change_note = models.CharField(max_length=200, blank=True)
    revision = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField()
    deadline_on = models.DateField(
        null=True, blank=True, help_text="By then the law wants it paid."
    )
    shipped_at = models.DateTimeField(null=True, blank=True)
    releasable_at = models.DateTimeField(
        null=True, blank=True, help_text="Shipped, and the return window over."
    )
    released_at = models.DateTimeField(
        null=True, blank=True, help_text="Since then it is payable."
    )
    set_aside_at = models.DateTimeField(null=True, blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)
    settlement = models.ForeignKey(
        "donations.Settlement",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="donations",
    )

    objects = DonationQuerySet.as_manager()

    class Meta:
        """Amounts within reason; the rows that sweeps and settlements look for."""

        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in states.DonationStatus]),
                name="donations_donation_known_status",
            ),
            models.CheckConstraint(
                condition=Q(base_amount__gt=0, share_amount__gt=0),
                name="donations_donation_gives_something",
            ),
            models.CheckConstraint(
                condition=Q(target_amount__gte=0, target_amount__lte=F("share_amount")),
                name="donations_donation_target_within_share",
            ),
            models.CheckConstraint(
                condition=Q(
                    posted_amount__gte=0, posted_amount__lte=F("target_amount")
                ),
                name="donations_donation_posted_within_target",
            ),
            models.CheckConstraint(
                condition=Q(status="due", posted_amount=0, target_amount__gt=0)
                | Q(status="reversed", posted_amount=0, target_amount=0)
                | Q(status="set_aside", target_amount__gt=0)
                | Q(status="settled", target_amount__gt=0, settled_at__isnull=False),
                name="donations_donation_status_fits_amounts",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["due", "reversed"])
                | Q(set_aside_at__isnull=False),
                name="donations_donation_set_aside_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(settled_at__isnull=True) | Q(settlement__isnull=False),
                name="donations_donation_settled_has_settlement",
            ),
            models.CheckConstraint(
                condition=Q(settlement__isnull=True) | Q(released_at__isnull=False),
                name="donations_donation_taken_is_released",
            ),
            models.CheckConstraint(
                condition=Q(released_at__isnull=True)
                | Q(releasable_at__lte=F("released_at"), set_aside_at__isnull=False),
                name="donations_donation_released_in_time",
            ),
            models.CheckConstraint(
                condition=Q(releasable_at__isnull=True)
                | Q(shipped_at__lte=F("releasable_at")),
                name="donations_donation_shipped_before_release",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"],
                condition=Q(status="due"),
                name="donations_donation_due",
            ),
            models.Index(
                fields=["pledge_version", "set_aside_at", "id"],
                condition=Q(
                    set_aside_at__isnull=False, posted_amount__lt=F("target_amount")
                ),
                name="donations_donation_lacking",
            ),
            models.Index(
                fields=["releasable_at", "id"],
                condition=Q(status="set_aside", released_at__isnull=True),
                name="donations_donation_releasable",
            ),
            models.Index(
                fields=["pledge_version", "id"],
                condition=Q(
                    status="set_aside",
                    released_at__isnull=False,
                    settlement__isnull=True,
                ),
                name="donations_donation_payable",
            ),
            models.Index(
                fields=["deadline_on", "id"],
                condition=Q(status__in=["due", "set_aside"]),
                name="donations_donation_deadline",
            ),
        ]

    def __str__(self) -> str:
        """Return the caller's name for the line."""
        return self.source

    @property
    def target(self) -> money.Money:
        """Return what is owed."""
        return money.Money(self.target_amount, self.currency)

    @property
    def posted(self) -> money.Money:
        """Return what the ledger holds for it."""
        return money.Money(self.posted_amount, self.currency)
