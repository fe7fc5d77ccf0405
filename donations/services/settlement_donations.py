"""Takes donations into a settlement's draft, and marks them when it is paid.

A part of `donations.services.settlements`, which is what callers use.
"""

from collections import Counter
from datetime import datetime, timedelta

from django.db.models import Case, F, Q, QuerySet, Sum, Value, When

from donations import signals
from donations.domain import ledger as rules
from donations.domain.donation import DonationStatus
from donations.models import Donation, Entry, PledgeVersion, Settlement

_CHUNK = 2000


class DonationsTakenError(RuntimeError):
    """Donations that were about to be settled were changed by another process.

    Nothing was drafted: draft again.
    """


def take_donations(*, settlement: Settlement, at: datetime) -> dict[int, int]:
    """Take in what may be paid; return what that releases, by beneficiary.

    Those are the donations in the settlement's currency whose return window is over
    and that no dispute holds. Works in chunks, so memory does not grow with them.

    Raises:
        DonationsTakenError: another process changed some of them in between.
    """
    released: Counter[int] = Counter()
    while chunk := _lock_releasable(settlement, at):
        _claim(chunk, settlement, at)
        # From here on they are ours: nobody changes what is summed now.
        for beneficiary_id, amount in _sum_posted(chunk).items():
            released[beneficiary_id] += amount
    return {pk: amount for pk, amount in released.items() if amount}


def leave_held(*, settlement: Settlement) -> None:
    """Let the donations go that a dispute holds since they were taken in.

    When the dispute is over they are pending again, and a later draft takes them.
    """
    Donation.objects.filter(settlement=settlement, is_held=True).update(
        settlement=None, revision=F("revision") + 1
    )


def settle_donations(*, settlement: Settlement, at: datetime) -> None:
    """Mark the donations paid; one that was reversed meanwhile stays reversed."""
    mine = Donation.objects.filter(settlement=settlement)
    mine.update(
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
    if signals.donation_settled.has_listeners():
        settled = mine.filter(status=DonationStatus.SETTLED)
        ids = list(settled.values_list("pk", flat=True))
        signals.announce(signals.donation_settled, "donation_id", ids)


def _claim(chunk: list[int], settlement: Settlement, at: datetime) -> None:
    claimed = (
        _list_releasable(settlement, at)
        .filter(pk__in=chunk)
        .update(settlement=settlement, revision=F("revision") + 1)
    )
    if claimed != len(chunk):
        raise DonationsTakenError(f"donations {chunk[0]} to {chunk[-1]}")


def _lock_releasable(settlement: Settlement, at: datetime) -> list[int]:
    """Lock the next rows, in the order in which a change of a sale locks them."""
    rows = _list_releasable(settlement, at).order_by("pk").select_for_update()
    return list(rows.values_list("pk", flat=True)[:_CHUNK])


def _list_releasable(settlement: Settlement, at: datetime) -> QuerySet[Donation]:
    versions = PledgeVersion.objects.published().filter(pledge=settlement.pledge_id)
    over = Q(pk__in=[])
    for version in versions:
        window = timedelta(days=version.return_window_days)
        over |= Q(pledge_version=version, due_at__lte=at - window)
    return Donation.objects.releasable(due_until=at).filter(
        over, currency=settlement.currency
    )


def _sum_posted(donation_ids: list[int]) -> Counter[int]:
    """Return what the donations have given each beneficiary, holds and all past.

    None of them is held or released, so all of it is pending.
    """
    mine = Entry.objects.filter(donation__in=donation_ids)
    expense = rules.AccountKind.DONATION
    posted: Counter[int] = Counter()
    for chosen, beneficiary, sign in (
        (Q(debit__kind=expense), "credit__beneficiary_id", 1),
        (Q(credit__kind=expense), "debit__beneficiary_id", -1),
    ):
        rows = mine.filter(chosen).values_list(beneficiary)
        for pk, amount in rows.annotate(Sum("amount")).order_by():
            posted[pk] += sign * amount
    return posted
