"""One rule for every change of a sale: post the target less what is posted.

A return or refund changes a donation's base. The new target follows from the base
alone, so neither the order nor the repetition of events matters, and after a full
refund exactly nothing is left. While a dispute is open, what is posted is held. Under
a cap what falls is left to donations that the cap has cut, and what rises takes what is
left (see `donations.services.caps`).
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
from donations.services import caps, ledger, postings


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
        read = _lock([change.source for change in changes])
        moves: list[int] = []
        acts: list[postings.Act] = []
        for change in changes:
            row = read.rows[change.source]
            moves.append(_target(row, change, read.sharing_of(row)) - row.target_amount)
            if moves[-1] or change.is_held != row.is_held:
                acts.append(_move(row, change, moves[-1], read))
        _post(acts, read)
    return moves


@dataclass(frozen=True, slots=True)
class _Read:
    """The donations of one call, locked, and what is known of them."""

    rows: Mapping[str, Donation]
    sharings: Mapping[int, postings.Sharing]
    rooms: Mapping[int, caps.Room]
    firsts: Mapping[int, Mapping[int, tuple[int, str]]]

    def sharing_of(self, row: Donation) -> postings.Sharing:
        """Return how the donation is shared."""
        return self.sharings[row.pledge_version_id]

    def room_of(self, row: Donation) -> caps.Room | None:
        """Return the cap that counts the donation: one of its own currency."""
        room = self.rooms.get(self.sharing_of(row).pledge_id)
        return room if room and room.currency == row.currency else None


def _lock(sources: Sequence[str]) -> _Read:
    """Lock pledges that have a cap, then the donations, and read on."""
    sharings = postings.read_sharings_of(sources=sources)
    rooms = caps.lock_capped(sharings=sharings)
    rows = _lock_rows(sources)
    firsts = postings.read_first_entries(
        donation_ids=[row.pk for row in rows.values() if row.set_aside_at]
    )
    return _Read(rows, sharings, rooms, firsts)


def _post(acts: Sequence[postings.Act], read: _Read) -> None:
    """Post what changes, then let others have what that leaves under their caps."""
    ledger.post_entries(
        entries=[
            entry
            for act in acts
            for entry in postings.build_entries(
                act=act, sharing=read.sharing_of(act.donation)
            )
        ]
    )
    for room in read.rooms.values():
        counted = [act for act in acts if read.room_of(act.donation) == room]
        if counted:
            last = max(counted, key=lambda act: act.at)
            caps.refill(
                room=room,
                change=sum(act.after - act.before for act in counted),
                act=caps.Refill(last.at, f"room under the cap: {last.note}"),
            )


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


def _move(row: Donation, change: BaseChange, by: int, read: _Read) -> postings.Act:
    """Move the row's target and hold, and return what that changes in the ledger."""
    before, revision, status = row.posted_amount, row.revision, row.status
    home, room = postings.find_home(donation=row), read.room_of(row)
    row.is_held = change.is_held
    row.target_amount += by
    row.posted_amount = _keep_posted(row, room)
    row.status = states.status_for(
        target=row.target_amount,
        is_set_aside=row.set_aside_at is not None,
        is_settled=row.settled_at is not None,
    )
    row.revision += 1
    row.change_note = change.cause
    _store(row, revision, room)
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
        answers=read.firsts.get(row.pk, {}),
    )


def _keep_posted(row: Donation, room: caps.Room | None) -> int:
    """Return what the row holds at its target; under a cap it waits for a refill."""
    if row.set_aside_at is None:
        return 0
    if room is None:
        return row.target_amount
    return min(row.posted_amount, row.target_amount)


def _store(row: Donation, revision: int, room: caps.Room | None) -> None:
    """Store the row as it was claimed; a cap that came in between refuses it."""
    rows = Donation.objects.filter(pk=row.pk, revision=revision)
    if room is None:
        rows = rows.uncapped()
    claimed = rows.update(
        status=row.status,
        target_amount=row.target_amount,
        posted_amount=row.posted_amount,
        is_held=row.is_held,
        revision=row.revision,
        change_note=row.change_note,
    )
    if not claimed:
        raise StaleDonationError(f"{row.source} is no longer at revision {revision}")
