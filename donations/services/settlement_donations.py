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


class DonationsTakenError(RuntimeError):
    """Donations that were about to be settled were changed by another process.

    Nothing was drafted: draft again.
    """


def take_donations(*, settlement: Settlement, progress: Progress | None = None) -> int:
    """Take in what is released and may be paid; return how many donations.

    Those are the donations in the settlement's currency that no dispute holds.

    Raises:
        DonationsTakenError: another process changed some of them in between.
    """
    taken = 0
    for chunk in _lock_chunks(_list_payable(settlement)):
        _claim(chunk, settlement)
        taken += len(chunk)
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
    for chunk in _lock_chunks(mine):
        mine.filter(pk__in=chunk).update(
            settled_at=at,
            revision=F("revision") + 1,
            status=Case(
                When(
                    status=DonationStatus.SET_ASIDE,
                    then=Value(DonationStatus.SETTLED.value),
                ),
                default=F("status"),
            ),
        )
    settled = mine.filter(status=DonationStatus.SETTLED).order_by("pk")
    ids = settled.values_list("pk", flat=True).iterator(chunk_size=_CHUNK)
    signals.announce(signals.donation_settled, "donation_id", ids)


def _list_payable(settlement: Settlement) -> QuerySet[Donation]:
    # Not joined: only donations are locked.
    versions = PledgeVersion.objects.filter(pledge=settlement.pledge_id)
    return Donation.objects.payable().filter(
        pledge_version__in=versions, currency=settlement.currency
    )


def _claim(chunk: list[int], settlement: Settlement) -> None:
    rows = _list_payable(settlement).filter(pk__in=chunk)
    if rows.update(settlement=settlement, revision=F("revision") + 1) != len(chunk):
        raise DonationsTakenError(f"donations {chunk[0]} to {chunk[-1]}")


def _lock_chunks(rows: QuerySet[Donation]) -> Iterator[list[int]]:
    """Yield the rows' ids, chunk by chunk, each locked while it is worked on."""
    after = 0
    while chunk := _lock_chunk(rows.filter(pk__gt=after)):
        yield chunk
        after = chunk[-1]


def _lock_chunk(rows: QuerySet[Donation]) -> list[int]:
    locked = rows.order_by("pk").select_for_update()
    return list(locked.values_list("pk", flat=True)[:_CHUNK])
