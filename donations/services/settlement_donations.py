"""Takes donations into a settlement's draft, and marks them when it is paid.

A part of `donations.services.settlements`, which is what callers use. Works in chunks,
in the order in which a change of a sale locks rows, so that neither memory nor a
deadlock grows with a settlement.
"""

from collections.abc import Callable, Iterator
from datetime import datetime

from django.db.models import Case, F, QuerySet, Value, When

from donations import signals
from donations.domain.donation import DonationStatus
from donations.models import Donation, PledgeVersion, Settlement

# Told how many donations are taken so far.
Progress = Callable[[int], None]

_CHUNK = 5000


def take_donations(*, settlement: Settlement, progress: Progress | None = None) -> int:
    """Take in what is released and may be paid; return how many donations.

    Those are the donations in the settlement's currency that no dispute holds.
    """
    taken = 0
    for count in _update(_list_payable(settlement), settlement=settlement):
        taken += count
        if progress:
            progress(taken)
    return taken


def leave_held(*, settlement: Settlement) -> None:
    """Let the donations go that a dispute holds since they were taken in.

    When the dispute is over they are payable again, and a later draft takes them.
    """
    Donation.objects.filter(settlement=settlement, is_held=True).update(
        settlement=None, revision=F("revision") + 1
    )


def settle_donations(*, settlement: Settlement, at: datetime) -> None:
    """Mark the donations paid; one that was reversed meanwhile stays reversed."""
    mine = Donation.objects.filter(settlement=settlement)
    paid = When(
        status=DonationStatus.SET_ASIDE, then=Value(DonationStatus.SETTLED.value)
    )
    for _ in _update(
        mine.filter(settled_at__isnull=True),
        settled_at=at,
        status=Case(paid, default=F("status")),
    ):
        pass
    settled = mine.filter(status=DonationStatus.SETTLED).order_by("pk")
    ids = settled.values_list("pk", flat=True).iterator(chunk_size=_CHUNK)
    signals.announce(signals.donation_settled, "donation_id", ids)


def _list_payable(settlement: Settlement) -> QuerySet[Donation]:
    # Not joined: only donations are locked.
    versions = PledgeVersion.objects.filter(pledge=settlement.pledge_id)
    return Donation.objects.payable().filter(
        pledge_version__in=versions, currency=settlement.currency
    )


def _update(rows: QuerySet[Donation], **values: object) -> Iterator[int]:
    """Change the rows chunk by chunk, in their order; yield how many each time.

    One statement both locks and changes a chunk: what another process changes
    meanwhile is waited for, and left alone when it does not match then.
    """
    after = 0
    while True:
        chunk = rows.filter(pk__gt=after).order_by("pk")
        last = next(iter(chunk.values_list("pk", flat=True)[_CHUNK - 1 : _CHUNK]), None)
        if last is not None:
            chunk = chunk.filter(pk__lte=last)
        waiting = Donation.objects.filter(pk__in=chunk.select_for_update().values("pk"))
        if count := waiting.update(revision=F("revision") + 1, **values):
            yield count
        if last is None:
            return
        after = last
