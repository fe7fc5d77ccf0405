"""The single door by which money becomes a donation, and everything after it.

A caller records what is due inside the transaction that records the payment. A worker
sets it aside; a sweep finds what no worker was asked for. Every change of the sale
afterwards is one act: post the target less what is posted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.utils import timezone

from donations import enqueue, signals
from donations.domain import ledger as rules
from donations.domain import share as shares
from donations.domain import territory
from donations.domain.donation import DonationStatus
from donations.models import Donation
from donations.services import (
    ledger,
    postings,
    releases,
    setting_aside,
    standings,
    targets,
)

# What is due is posted by a module of its own.
set_aside_donation = setting_aside.set_aside_donation
set_aside_due = setting_aside.set_aside_due
Dated = setting_aside.Dated
ClaimLostError = setting_aside.ClaimLostError
# A change of a sale comes through the same door; its rule fills a module of its own.
retarget_donation = targets.retarget_donation
retarget_donations = targets.retarget_donations
BaseChange = targets.BaseChange
# So does the shipment, which starts the clock of a donation's release.
record_shipment = releases.record_shipment
# What a caller needs to compute the bases that it hands over.
remaining_bases = shares.remaining_bases
RefundsExceedPaymentError = shares.RefundsExceedPaymentError
# Where a piece goes, for the accounting by state.
place_of = territory.place_of
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


@dataclass(frozen=True, slots=True)
class DueDonation:
    """What a sale says is owed for one line, named by the caller's `source`.

    `due_at` is only for sales that are brought in later; else the moment of the call.
    `delivered_to` is the territory that the piece goes to, `US-CA` or `DE`, for the
    accounting by state; it is never more of an address than that.
    """

    source: str
    pledge_version_id: int
    base_amount: int
    share_amount: int
    currency: str
    due_at: datetime | None = None
    delivered_to: str = ""


# What a sale says once and for all: told again otherwise, it is another sale.
_SAID = ("pledge_version_id", "base_amount", "share_amount", "currency")


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
        [_build_donation(one, sharings[one.pledge_version_id], at) for one in owed],
        ignore_conflicts=True,
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


def _build_donation(
    one: DueDonation, sharing: postings.Sharing, at: datetime
) -> Donation:
    due_at = one.due_at or at
    return Donation(
        source=one.source,
        pledge_version_id=one.pledge_version_id,
        base_amount=one.base_amount,
        share_amount=one.share_amount,
        target_amount=one.share_amount,
        currency=one.currency,
        delivered_to=one.delivered_to,
        due_at=due_at,
        deadline_on=sharing.clock.deadline_on(timezone.localtime(due_at).date()),
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
