"""The single door by which money becomes a donation, and everything after it.

A caller records what is due inside the transaction that records the payment. A worker
sets it aside; a sweep finds what no worker was asked for. Every change of the sale
afterwards is one act: post the target less what is posted.
"""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.db import connection, transaction
from django.db.models import F

from donations import enqueue, signals
from donations.conf import conf
from donations.domain import ledger as rules
from donations.domain import share as shares
from donations.domain.donation import DonationStatus
from donations.models import Donation
from donations.services import ledger, postings, standings, targets

logger = logging.getLogger(__name__)

# A change of a sale comes through the same door; its rule fills a module of its own.
retarget_donation = targets.retarget_donation
retarget_donations = targets.retarget_donations
BaseChange = targets.BaseChange
# What a caller needs to compute the bases that it hands over.
remaining_bases = shares.remaining_bases
RefundsExceedPaymentError = shares.RefundsExceedPaymentError
# So does reading where donations stand.
DonationState = standings.DonationState
find_donation = standings.find_donation
list_by_source = standings.list_by_source


class NotInTransactionError(RuntimeError):
    """A donation was recorded outside the transaction of its payment.

    Wrap the recording of payment and donation in one `transaction.atomic()`.
    """


class ShareMismatchError(ValueError):
    """The share that was frozen with a sale is not what its pledge version says.

    Usually base or version were mixed up: pass what `pledges.quote_line` returned.
    """


class ClaimLostError(RuntimeError):
    """Rows that were about to be set aside were taken by another process.

    Nothing was posted; the next sweep finds what is left.
    """


@dataclass(frozen=True, slots=True)
class DueDonation:
    """What a sale says is owed for one line, named by the caller's `source`.

    `due_at` is only for sales that are brought in later; else the moment of the call.
    """

    source: str
    pledge_version_id: int
    base_amount: int
    share_amount: int
    currency: str
    due_at: datetime | None = None


# What a sale says once and for all: told again otherwise, it is another sale.
_SAID = ("pledge_version_id", "base_amount", "share_amount", "currency")


class Dated(StrEnum):
    """Which moment the entries of a sweep carry."""

    NOW = "now"
    DUE = "due"


def record_due_donations(
    *, due: Sequence[DueDonation], at: datetime, is_nudged: bool = True
) -> list[int]:
    """Record what is owed, inside the caller's transaction; return the rows' ids.

    Idempotent by source. A base of 0 records nothing. With `is_nudged` a worker is
    asked after commit to set each aside; without, the sweep does it in time. The
    first donation of a pledge in a currency opens the accounts of that currency.

    Raises:
        NotInTransactionError: there is no open transaction.
        PledgeNotPublishedError: a version is a draft or does not exist.
        ShareMismatchError: a share is not what its version says.
        IdempotencyConflictError: a source is known with another payload.
    """
    if not connection.in_atomic_block:
        raise NotInTransactionError("record donations together with their payment")
    owed = [one for one in due if one.base_amount]
    sharings = _check_shares(due)
    if not owed:
        return []
    _open_accounts(owed, sharings)
    Donation.objects.bulk_create(
        [_build_donation(one, at) for one in owed], ignore_conflicts=True
    )
    recorded = _read_recorded(owed)
    waiting = [row.pk for row in recorded if row.status == DonationStatus.DUE]
    signals.announce(signals.donation_due, "donation_id", waiting)
    if is_nudged:
        enqueue.set_aside(waiting)
    return [row.pk for row in recorded]


def _check_shares(due: Sequence[DueDonation]) -> dict[int, postings.Sharing]:
    """Return how each version shares, once every line agrees with its version."""
    version_ids = {one.pledge_version_id for one in due}
    sharings = postings.read_sharings(version_ids=version_ids)
    for one in due:
        sharing = sharings[one.pledge_version_id]
        expected = shares.share_amount(one.base_amount, sharing.share)
        if one.share_amount != expected or not sharing.gives_in(one.currency):
            raise ShareMismatchError(
                f"{one.source}: {one.share_amount} {one.currency} of "
                f"{one.base_amount}, but the pledge says {expected} {sharing.currency}"
            )
    return sharings


def _open_accounts(
    owed: Sequence[DueDonation], sharings: Mapping[int, postings.Sharing]
) -> None:
    """Open what the first donation in a currency needs; publishing opened its own."""
    names: list[rules.AccountName] = []
    for version_id, currency in {(one.pledge_version_id, one.currency) for one in owed}:
        sharing = sharings[version_id]
        if currency != sharing.currency:
            names += rules.name_pledge_accounts(
                currency=currency,
                pledge_id=sharing.pledge_id,
                beneficiary_ids=sharing.beneficiary_ids,
            )
    if names:
        ledger.open_accounts(names=names)


def _build_donation(one: DueDonation, at: datetime) -> Donation:
    return Donation(
        source=one.source,
        pledge_version_id=one.pledge_version_id,
        base_amount=one.base_amount,
        share_amount=one.share_amount,
        target_amount=one.share_amount,
        currency=one.currency,
        due_at=one.due_at or at,
    )


def _read_recorded(owed: Sequence[DueDonation]) -> list[Donation]:
    """Return the rows in the caller's order, compared with what was to be stored."""
    rows = {
        row.source: row
        for row in Donation.objects.filter(source__in=[one.source for one in owed])
    }
    for one in owed:
        if any(getattr(rows[one.source], name) != getattr(one, name) for name in _SAID):
            raise ledger.IdempotencyConflictError(
                f"{one.source} is recorded already, with another payload"
            )
    return [rows[one.source] for one in owed]


def set_aside_donation(*, donation_id: int, at: datetime) -> bool:
    """Post one due donation to the ledger; tell whether it was this call that did.

    Safe to call twice, from several processes, and after a crash at any statement.
    """
    with transaction.atomic():
        if not _claim([donation_id], at, Dated.NOW):
            return False
        _post_claimed([donation_id])
    return True


def set_aside_due(
    *,
    limit: int,
    at: datetime,
    older_than: datetime | None = None,
    dated: Dated = Dated.NOW,
) -> int:
    """Set aside up to `limit` due donations, oldest first; return how many.

    Works in chunks, one transaction each, beside other workers. `dated` says whether
    entries carry `at` or the moment at which the donation became due, for sales that
    are brought in later. A donation that the ledger refuses is logged and left; the
    others go on.
    """
    done, refused = 0, set[int]()
    while done + len(refused) < limit:
        size = min(conf.SWEEP_CHUNK, limit - done - len(refused))
        with transaction.atomic():
            chunk = _pick_due(size, older_than or at, refused)
            if chunk:
                done += _set_aside_chunk(chunk, at, dated, refused)
        if len(chunk) < size:
            break
    return done


def _pick_due(size: int, older_than: datetime, refused: Collection[int]) -> list[int]:
    """Pick the oldest due rows, passing over those that another worker has."""
    rows = Donation.objects.due().filter(due_at__lte=older_than)
    if refused:
        rows = rows.exclude(pk__in=refused)
    # SQLite has no row locks and ignores this; there one writer works at a time.
    rows = rows.select_for_update(skip_locked=True).order_by("due_at", "pk")
    return list(rows.values_list("pk", flat=True)[:size])


def _set_aside_chunk(
    chunk: list[int], at: datetime, dated: Dated, refused: set[int]
) -> int:
    """Set a chunk aside together or, where the ledger refuses one, each for itself."""
    try:
        with transaction.atomic():
            return _set_aside_rows(chunk, at, dated)
    except ledger.LedgerError:
        if len(chunk) == 1:
            logger.exception("the ledger refuses donation %s", chunk[0])
            refused.update(chunk)
            return 0
    return sum(_set_aside_chunk([pk], at, dated, refused) for pk in chunk)


def _set_aside_rows(chunk: list[int], at: datetime, dated: Dated) -> int:
    if _claim(chunk, at, dated) != len(chunk):
        raise ClaimLostError(f"donations {chunk[0]} to {chunk[-1]}")
    _post_claimed(chunk)
    return len(chunk)


def _claim(donation_ids: list[int], at: datetime, dated: Dated) -> int:
    """Move due donations on; the count says which process may post them."""
    return (
        Donation.objects.due()
        .filter(pk__in=donation_ids)
        .update(
            status=DonationStatus.SET_ASIDE,
            posted_amount=F("target_amount"),
            revision=F("revision") + 1,
            set_aside_at=F("due_at") if dated == Dated.DUE else at,
        )
    )


def _post_claimed(donation_ids: list[int]) -> None:
    """Post what was claimed to pending, and on to held where a dispute is open."""
    rows = list(Donation.objects.filter(pk__in=donation_ids))
    sharings = postings.read_sharings(version_ids={r.pledge_version_id for r in rows})
    entries: list[ledger.NewEntry] = []
    for row in rows:
        act = postings.Act(
            donation=row,
            before=0,
            after=row.target_amount,
            at=row.set_aside_at or row.due_at,
            home=rules.AccountKind.PENDING,
            note=row.change_note if row.is_held else "",
        )
        entries += postings.build_entries(
            act=act, sharing=sharings[row.pledge_version_id]
        )
    ledger.post_entries(entries=entries)
    signals.announce(signals.donation_set_aside, "donation_id", donation_ids)
