"""Reads what is not paid though the law's last day for it has come, and why not.

For the people who settle: nothing here changes anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from donations.domain import money
from donations.domain.donation import DonationStatus
from donations.models import Donation

_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class OverdueDonation:
    """One donation that should have been paid by `deadline_on`, and what keeps it."""

    donation_id: int
    source: str
    pledge_name: str
    amount: money.Money
    deadline_on: date
    reason: str


def count_overdue(*, on: date) -> int:
    """Return how many donations are not paid though their last day has come."""
    return Donation.objects.overdue(on=on).count()


def list_overdue(*, on: date) -> Iterator[OverdueDonation]:
    """Yield what should be paid by now, the longest overdue first."""
    rows = Donation.objects.overdue(on=on).select_related(
        "pledge_version__pledge", "settlement"
    )
    for row in rows.order_by("deadline_on", "pk").iterator(chunk_size=_CHUNK):
        yield OverdueDonation(
            donation_id=row.pk,
            source=row.source,
            pledge_name=row.pledge_version.pledge.name,
            amount=row.target,
            deadline_on=row.deadline_on or on,
            reason=explain(donation=row),
        )


def explain(*, donation: Donation) -> str:
    """Return in words what a donation that is not paid waits for."""
    if donation.is_held:
        return "a dispute holds it"
    if donation.status == DonationStatus.DUE:
        return "it is not set aside yet"
    if donation.settlement is not None:
        settlement = donation.settlement
        return f"settlement {settlement.pk} is {settlement.status}, not paid"
    if donation.released_at is not None:
        return "it waits for a settlement"
    if donation.releasable_at is None:
        return "it is not shipped yet"
    day = timezone.localtime(donation.releasable_at)
    return f"it may come back until {day:%Y-%m-%d}"
