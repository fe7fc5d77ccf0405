"""Keeps what a pledge's donations hold in all at its cap, one act after the other.

A pledge with a cap keeps the sum of what its donations hold, so that nobody adds up
100,000 of them while others wait; `manage.py audit_ledger` rebuilds and compares it. A
pledge without a cap keeps none, and nobody who posts for it looks here.

Note: the order of locks. A settlement's row comes first, then the rows of pledges that
have a cap (by id), then donations. Whoever changes several donations of a pledge with
a cap has locked that pledge, so that its refills, which lock donations in the order of
their setting aside, meet nobody crosswise. The lock of a period (see `periods`) comes
last, whoever posts or closes. SQLite has one writer at a time; there, and
wherever a lock is forgotten, the sum is stored only if it still is what was read.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models import F, Sum

from donations import signals
from donations.domain import cap as rules
from donations.domain.ledger import AccountKind
from donations.models import Donation, Pledge, PledgeVersion
from donations.services import ledger, postings

_CHUNK = 500


class CapChangedError(RuntimeError):
    """Another process posted under the cap in between; nothing was posted.

    Call again: what is left under the cap is read anew then.
    """


@dataclass(frozen=True, slots=True)
class Room:
    """A pledge that this transaction has locked: its cap, and what was posted before.

    Without a cap, one that it had is about to be lifted.
    """

    pledge_id: int
    currency: str
    cap_amount: int | None
    posted_amount: int
    version_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Refill:
    """Why donations get more: `fresh` are set aside by this very act."""

    at: datetime
    note: str = ""
    fresh: Collection[int] = field(default_factory=frozenset)


def lock_pledges(*, pledge_ids: Iterable[int]) -> dict[int, Room]:
    """Lock those of the pledges that have a cap, and return the room of each.

    The cap is read by a statement of its own: the one that waited for the lock still
    sees the version that was current when it began to wait.
    """
    wanted = set(pledge_ids)
    if not wanted:
        return {}
    rows = Pledge.objects.capped().filter(pk__in=wanted).order_by("pk")
    locked = list(rows.select_for_update(no_key=True))
    return {row.pk: _read_room(row) for row in locked}


def lock_capped(*, sharings: Mapping[int, postings.Sharing]) -> dict[int, Room]:
    """Lock the pledges of these versions that have a cap; see `lock_pledges`."""
    capped = [one.pledge_id for one in sharings.values() if one.is_capped]
    return lock_pledges(pledge_ids=capped)


def _read_room(pledge: Pledge) -> Room:
    versions = list(PledgeVersion.objects.published().filter(pledge=pledge))
    current = next(version for version in versions if version.is_current)
    return Room(
        pledge_id=pledge.pk,
        currency=current.currency,
        cap_amount=current.cap_amount,
        posted_amount=pledge.posted_amount or 0,
        version_ids=tuple(version.pk for version in versions),
    )


def refill(*, room: Room, change: int, act: Refill) -> None:
    """Give what is left under the cap to donations that lack some, and keep the sum.

    Those that were set aside first come first. `change` is what this transaction has
    posted for the pledge's donations since it was locked.

    Raises:
        CapChangedError: another process posted in between.
    """
    posted = room.posted_amount + change
    while rows := _lock_lacking(room, posted):
        posted += _raise(rows, room, posted, act)
    if posted != room.posted_amount:
        _store_sum(room, posted)


def _lock_lacking(room: Room, posted: int) -> list[Donation]:
    """Lock the next donations that lack some of their target, while any is left."""
    if room.cap_amount is not None and posted >= room.cap_amount:
        return []
    rows = Donation.objects.lacking().filter(
        pledge_version__in=room.version_ids, currency=room.currency
    )
    return list(rows.order_by("set_aside_at", "pk").select_for_update()[:_CHUNK])


def _raise(rows: Sequence[Donation], room: Room, posted: int, act: Refill) -> int:
    """Post what each may hold now; return what was added."""
    afters = rules.repost(
        cap=room.cap_amount,
        holdings=[rules.Holding(row.target_amount, row.posted_amount) for row in rows],
        elsewhere=posted - sum(row.posted_amount for row in rows),
    )
    raised = [
        (row, row.posted_amount, after)
        for row, after in zip(rows, afters, strict=True)
        if after != row.posted_amount
    ]
    for row, _, after in raised:
        row.posted_amount, row.revision = after, row.revision + 1
    _store([row for row, *_ in raised])
    _post(raised, act)
    return sum(after - before for _, before, after in raised)


def _store(rows: Sequence[Donation]) -> None:
    """Store what was raised: all of them hold their target, but perhaps the last."""
    full = [row.pk for row in rows if row.posted_amount == row.target_amount]
    Donation.objects.filter(pk__in=full).update(
        posted_amount=F("target_amount"), revision=F("revision") + 1
    )
    for row in rows[len(full) :]:
        Donation.objects.filter(pk=row.pk).update(
            posted_amount=row.posted_amount, revision=row.revision
        )


def _post(raised: Sequence[tuple[Donation, int, int]], act: Refill) -> None:
    older = [row.pk for row, *_ in raised if row.pk not in act.fresh]
    sharings = postings.read_sharings(
        version_ids={row.pledge_version_id for row, *_ in raised}
    )
    firsts = postings.read_first_entries(donation_ids=older) if older else {}
    entries: list[ledger.NewEntry] = []
    for row, before, after in raised:
        is_fresh = row.pk in act.fresh
        built = postings.Act(
            donation=row,
            before=before,
            after=after,
            at=(row.set_aside_at or act.at) if is_fresh else act.at,
            home=AccountKind.PENDING if is_fresh else postings.find_home(donation=row),
            note=row.change_note if is_fresh and row.is_held else act.note,
            answers=None if is_fresh else firsts.get(row.pk, {}),
        )
        sharing = sharings[row.pledge_version_id]
        entries += postings.build_entries(act=built, sharing=sharing)
    ledger.post_entries(entries=entries)
    signals.announce(signals.donation_changed, "donation_id", older)


def _store_sum(room: Room, posted: int) -> None:
    same = Pledge.objects.filter(pk=room.pledge_id, posted_amount=room.posted_amount)
    if not same.update(posted_amount=posted):
        raise CapChangedError(f"pledge {room.pledge_id} posted in between")


def lock_pledge(*, pledge_id: int) -> Pledge:
    """Lock a pledge, with a cap or without, for who changes more than donations."""
    return Pledge.objects.select_for_update(no_key=True).get(pk=pledge_id)


def prepare_cap(*, version: PledgeVersion) -> None:
    """Lock the pledge of a version that is about to be published.

    From its first cap on it keeps the sum. If it gave before, whoever is about to
    change a donation without a look at the pledge ends first, and the next ones see
    the cap.
    """
    pledge = lock_pledge(pledge_id=version.pledge_id)
    if version.cap_amount is not None and pledge.posted_amount is None:
        _stop_writers(pledge)
        posted = sum_posted(pledge_id=pledge.pk, currency=version.currency)
        Pledge.objects.filter(pk=pledge.pk).update(posted_amount=posted)


def _stop_writers(pledge: Pledge) -> None:
    """Let nobody change or lock a donation until this transaction ends."""
    gave = PledgeVersion.objects.published().filter(pledge=pledge).exists()
    if gave and connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE donations_donation IN EXCLUSIVE MODE")


def apply_cap(*, version: PledgeVersion, at: datetime) -> None:
    """Post what the cap of the version that is current now allows; without one, all."""
    for room in lock_pledges(pledge_ids=[version.pledge_id]).values():
        refill(room=room, change=0, act=Refill(at, "another cap was published"))
    if version.cap_amount is None:
        Pledge.objects.filter(pk=version.pledge_id).update(posted_amount=None)


def read_posted(*, version: PledgeVersion) -> int:
    """Return what the donations of a version's pledge hold, in its currency."""
    pledge = Pledge.objects.get(pk=version.pledge_id)
    if pledge.posted_amount is not None:
        return pledge.posted_amount
    return sum_posted(pledge_id=pledge.pk, currency=version.currency)


def sum_posted(*, pledge_id: int, currency: str) -> int:
    """Add up what the donations of a pledge hold in one currency."""
    rows = Donation.objects.filter(pledge_version__pledge=pledge_id, currency=currency)
    return rows.aggregate(total=Sum("posted_amount"))["total"] or 0
