"""One rule for every change of a sale: post the target less what is posted.

A return or refund changes a donation's base. The new target follows from the base
alone, so neither the order nor the repetition of events matters, and after a full
refund exactly nothing is left. While a dispute is open, what is posted is held.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from donations import enqueue, signals
from donations.domain import donation as states
from donations.domain import share as shares
from donations.domain.donation import DonationStatus
from donations.models import Donation
from donations.services import ledger, postings


class DonationNotFoundError(LookupError):
    """No donation is known by this source.

    Usually the line gave nothing, or its payment was never recorded.
    """


class BaseTooLargeError(ValueError):
    """A base is more than what the sale recorded; a sale does not grow.

    Usually amounts of two lines were mixed up: pass the base that is left of this one.
    """


class StaleDonationError(RuntimeError):
    """Another process changed the donation in between; nothing was posted.

    Call again: the difference is computed from what is stored then.
    """


@dataclass(frozen=True, slots=True)
class BaseChange:
    """What is left of the base of one line from `at` on, and why.

    A base of None leaves the amount as it is, for who cannot tell it. `is_held` says
    that a dispute of the sale is open, or that its books contradict each other:
    nothing of the donation may be paid.
    """

    source: str
    base_amount: int | None
    at: datetime
    cause: str
    is_held: bool = False


def retarget_donation(
    *, source: str, base_amount: int, at: datetime, cause: str, is_held: bool = False
) -> int:
    """Bring one donation to the base that is left; return the target's change.

    A base of 0 reverses it. Whether it is held is said every time: without a word
    of it, a donation that was held goes on. Safe to call again: nothing changes then.

    Raises:
        DonationNotFoundError: the source is unknown.
        BaseTooLargeError: the base is more than the sale recorded.
        StaleDonationError: another process changed the donation in between.
    """
    change = BaseChange(source, base_amount, at, cause, is_held)
    return retarget_donations(changes=[change])[0]


def retarget_donations(*, changes: Sequence[BaseChange]) -> list[int]:
    """Bring many donations to the bases that are left, in one transaction.

    Each source comes once. Returns the change of each target, in the caller's order,
    and raises what `retarget_donation` raises.
    """
    with transaction.atomic():
        rows = _lock_rows([change.source for change in changes])
        sharings = postings.read_sharings(
            version_ids={row.pledge_version_id for row in rows.values()}
        )
        firsts = postings.read_first_entries(
            donation_ids=[row.pk for row in rows.values() if row.set_aside_at]
        )
        moves: list[int] = []
        entries: list[ledger.NewEntry] = []
        for change in changes:
            row = rows[change.source]
            sharing = sharings[row.pledge_version_id]
            moves.append(_target(row, change, sharing) - row.target_amount)
            if moves[-1] or change.is_held != row.is_held:
                act = _move(row, change, moves[-1], firsts.get(row.pk, {}))
                entries += postings.build_entries(act=act, sharing=sharing)
        ledger.post_entries(entries=entries)
    return moves


def _lock_rows(sources: Sequence[str]) -> dict[str, Donation]:
    """Return the rows by source, locked in one order where the database can."""
    rows = {
        row.source: row
        for row in Donation.objects.filter(source__in=sources)
        .order_by("pk")
        .select_for_update()
    }
    missing = sorted(set(sources) - rows.keys())
    if missing:
        raise DonationNotFoundError(f"no donation is recorded for {missing}")
    if len(rows) < len(sources):
        raise ValueError("a source comes twice in one call; call once for each")
    return rows


def _target(row: Donation, change: BaseChange, sharing: postings.Sharing) -> int:
    if change.base_amount is None:
        return row.target_amount
    if change.base_amount > row.base_amount:
        raise BaseTooLargeError(
            f"{row.source}: {change.base_amount} is more than {row.base_amount}"
        )
    return shares.share_amount(change.base_amount, sharing.share)


def _move(
    row: Donation, change: BaseChange, by: int, first: Mapping[int, tuple[int, str]]
) -> postings.Act:
    """Move the row's target and hold, and return what that changes in the ledger."""
    before, revision, status = row.posted_amount, row.revision, row.status
    home = postings.find_home(donation=row)
    row.is_held = change.is_held
    row.target_amount += by
    row.posted_amount = row.target_amount if row.set_aside_at else 0
    row.status = states.status_for(
        target=row.target_amount,
        is_set_aside=row.set_aside_at is not None,
        is_settled=row.settled_at is not None,
    )
    row.revision += 1
    row.change_note = change.cause
    _store(row, revision)
    if row.status != status:
        states.check_move(DonationStatus(status), DonationStatus(row.status))
    signals.announce(signals.donation_changed, "donation_id", [row.pk])
    if row.status == DonationStatus.DUE:
        enqueue.set_aside([row.pk])
    return postings.Act(
        donation=row,
        before=before,
        after=row.posted_amount,
        at=change.at,
        home=home,
        note=change.cause,
        answers=first,
    )


def _store(row: Donation, revision: int) -> None:
    claimed = Donation.objects.filter(pk=row.pk, revision=revision).update(
        status=row.status,
        target_amount=row.target_amount,
        posted_amount=row.posted_amount,
        is_held=row.is_held,
        revision=row.revision,
        change_note=row.change_note,
    )
    if not claimed:
        raise StaleDonationError(f"{row.source} is no longer at revision {revision}")
