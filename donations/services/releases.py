"""Lets donations go by the clock: shipped, return window over, no dispute.

What is set aside is pending until then, and payable afterwards. The law's deadlines
bring the moment forward. The row is the message: `releasable_at` says when its turn
comes, and a sweep releases what is due, many donations to an entry.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from donations.domain import ledger as rules
from donations.models import Donation, Entry
from donations.services import caps, ledger, postings

_CHUNK = 2000


class ReleaseLostError(RuntimeError):
    """Donations that were about to be released were changed by another process.

    Nothing was posted; the next sweep finds what is left.
    """


def record_shipment(*, sources: Iterable[str], shipped_at: datetime) -> int:
    """Start the return window of the donations of these lines; return how many began.

    Safe to call again: the first moment stays. A line that gives nothing is passed
    over. Call it in the transaction that records the shipment.
    """
    wanted = list(sources)
    with transaction.atomic():
        sharings = postings.read_sharings_of(sources=wanted)
        caps.lock_capped(sharings=sharings)
        waiting = Donation.objects.filter(source__in=wanted, shipped_at__isnull=True)
        rows = list(waiting.order_by("pk").select_for_update())
        for row in rows:
            clock = sharings[row.pledge_version_id].clock
            by = clock.release_by(timezone.localtime(row.due_at).date())
            row.shipped_at = shipped_at
            row.releasable_at = clock.releasable_at(
                shipped_at, None if by is None else begin_of(day=by)
            )
        Donation.objects.bulk_update(rows, ["shipped_at", "releasable_at"])
    return len(rows)


def begin_of(*, day: date) -> datetime:
    """Return the first moment of a day in the time zone of the settings."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _ignore(done: int) -> None:
    """Show no progress."""


def release_due(
    *, limit: int, at: datetime, progress: Callable[[int], None] = _ignore
) -> int:
    """Release up to `limit` donations whose turn has come; return how many.

    Works in chunks, one transaction each, beside other workers. A chunk posts one entry
    for each pledge, beneficiary and currency, however many donations it has.
    `progress` is called after each with the number so far.

    Raises:
        ReleaseLostError: another process changed a chunk in between.
    """
    done = 0
    while done < limit:
        size = min(_CHUNK, limit - done)
        with transaction.atomic():
            chunk = _pick(size, at)
            if chunk:
                _release(chunk, at)
        done += len(chunk)
        progress(done)
        if len(chunk) < size:
            break
    return done


def _pick(size: int, at: datetime) -> list[int]:
    """Pick the next rows, passing over those that another worker has."""
    rows = Donation.objects.releasable(at=at).order_by("releasable_at", "pk")
    # SQLite has no row locks and ignores this; there one writer works at a time.
    rows = rows.select_for_update(skip_locked=True)
    return list(rows.values_list("pk", flat=True)[:size])


def _release(chunk: Sequence[int], at: datetime) -> None:
    if _claim(chunk, at) != len(chunk):
        raise ReleaseLostError(f"donations {chunk[0]} to {chunk[-1]}")
    # A donation is released once and for all, so that its name is the batch's, too.
    first = Donation.objects.values_list("uuid", flat=True).get(pk=chunk[0])
    batch = f"{rules.EntryKind.RELEASE}:{first}"
    # From here on they are ours: nobody changes what is summed now.
    sums = _sum_posted(chunk)
    ledger.post_entries(
        entries=[
            _build_entry(key, amount, batch, at)
            for key, amount in sorted(sums.items())
            if amount
        ]
    )


def _claim(chunk: Sequence[int], at: datetime) -> int:
    """Mark rows released; the count says whether all of them still could be."""
    rows = Donation.objects.releasable(at=at).filter(pk__in=chunk)
    return rows.update(released_at=at, revision=F("revision") + 1)


def _sum_posted(donation_ids: Sequence[int]) -> Counter[tuple[int, int, str]]:
    """Return what donations have given, by pledge, beneficiary and currency.

    None of them is held or released, so all of it is pending.
    """
    mine = Entry.objects.filter(donation__in=donation_ids)
    expense = rules.AccountKind.DONATION
    posted: Counter[tuple[int, int, str]] = Counter()
    for chosen, owner, sign in (
        (Q(debit__kind=expense), "credit", 1),
        (Q(credit__kind=expense), "debit", -1),
    ):
        rows = mine.filter(chosen).values_list(
            f"{owner}__pledge", f"{owner}__beneficiary", "currency"
        )
        for *key, amount in rows.annotate(Sum("amount")).order_by():
            pledge_id, beneficiary_id, currency = key
            posted[pledge_id, beneficiary_id, currency] += sign * amount
    return posted


def _build_entry(
    key: tuple[int, int, str], amount: int, batch: str, at: datetime
) -> ledger.NewEntry:
    pledge_id, beneficiary_id, currency = key
    debit, credit = (
        rules.AccountName(kind, currency, pledge_id, beneficiary_id).code
        for kind in (rules.AccountKind.PENDING, rules.AccountKind.PAYABLE)
    )
    posting = rules.Posting(
        kind=rules.EntryKind.RELEASE,
        debit=debit,
        credit=credit,
        amount=amount,
        currency=currency,
        batch=batch,
        key=f"{batch}:{currency}:p{pledge_id}:b{beneficiary_id}",
        posted_at=at,
    )
    return ledger.NewEntry(posting)
