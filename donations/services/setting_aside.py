"""Sets due donations aside: one that a worker was asked for, or all that a sweep finds.

A part of `donations.services.donations`, which is what callers use.
"""

import logging
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import F, Value
from django.db.models.expressions import Combinable

from donations import signals
from donations.conf import conf
from donations.domain import ledger as rules
from donations.domain.donation import DonationStatus
from donations.models import Donation, PledgeVersion
from donations.models.donations import DonationQuerySet
from donations.services import caps, ledger, postings

logger = logging.getLogger(__name__)


class ClaimLostError(RuntimeError):
    """Rows that were about to be set aside were taken by another process.

    Nothing was posted; the next sweep finds what is left.
    """


class Dated(StrEnum):
    """Which moment the entries of a sweep carry."""

    NOW = "now"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class _Sweep:
    """What all steps of one sweep share; `refused` fills up on the way."""

    at: datetime
    older_than: datetime
    dated: Dated
    refused: set[int] = field(default_factory=set)


def set_aside_donation(*, donation_id: int, at: datetime) -> bool:
    """Post one due donation to the ledger; tell whether it was this call that did.

    Under a cap it gets what is left. Safe to call twice, from several processes, and
    after a crash at any statement.
    """
    with transaction.atomic():
        if _claim([donation_id], at, Dated.NOW):
            _post_claimed([donation_id])
            return True
        chosen = Donation.objects.due().capped().filter(pk=donation_id)
        pledge_id = chosen.values_list("pledge_version__pledge", flat=True).first()
        if pledge_id is None:
            return False
        return bool(_claim_under_cap(pledge_id, [donation_id], at, Dated.NOW))


def set_aside_due(
    *,
    limit: int,
    at: datetime,
    older_than: datetime | None = None,
    dated: Dated = Dated.NOW,
) -> int:
    """Set aside up to `limit` due donations, oldest first; return how many.

    Works in chunks, one transaction each, beside other workers. Pledges with a cap
    come last, each for itself. `dated` says whether entries carry `at` or the moment
    at which the donation became due, for sales that are brought in later. A donation
    that the ledger refuses is logged and left; the others go on.
    """
    sweep = _Sweep(at, older_than or at, dated)
    capped = _list_capped(sweep)
    done = _sweep_pledge(None, limit, sweep)
    for pledge_id in capped:
        done += _sweep_pledge(pledge_id, limit - done - len(sweep.refused), sweep)
    return done


def _list_capped(sweep: _Sweep) -> list[int]:
    due = Donation.objects.due().capped().filter(due_at__lte=sweep.older_than)
    found = due.order_by().values_list("pledge_version__pledge", flat=True)
    return sorted(found.distinct())


def _sweep_pledge(pledge_id: int | None, limit: int, sweep: _Sweep) -> int:
    """Set aside what is due of one pledge with a cap, or of all without."""
    done, before = 0, len(sweep.refused)
    while (left := limit - done - (len(sweep.refused) - before)) > 0:
        size = min(conf.SWEEP_CHUNK, left)
        with transaction.atomic():
            chunk = _pick_due(pledge_id, size, sweep)
            if chunk:
                done += _set_aside_chunk(chunk, pledge_id, sweep)
        if len(chunk) < size:
            break
    return done


def _pick_due(pledge_id: int | None, size: int, sweep: _Sweep) -> list[int]:
    """Pick the oldest due rows, passing over those that another worker has."""
    rows = Donation.objects.due().filter(due_at__lte=sweep.older_than)
    if pledge_id is None:
        rows = rows.uncapped()
    else:
        # Before any donation: see "the order of locks" in `donations.services.caps`.
        caps.lock_pledges(pledge_ids=[pledge_id])
        versions = PledgeVersion.objects.filter(pledge=pledge_id)
        rows = rows.capped().filter(pledge_version__in=versions)
    if sweep.refused:
        rows = rows.exclude(pk__in=sweep.refused)
    # SQLite has no row locks and ignores this; there one writer works at a time.
    rows = rows.select_for_update(skip_locked=True).order_by("due_at", "pk")
    return list(rows.values_list("pk", flat=True)[:size])


def _set_aside_chunk(chunk: list[int], pledge_id: int | None, sweep: _Sweep) -> int:
    """Set a chunk aside together or, where the ledger refuses one, each for itself."""
    try:
        with transaction.atomic():
            return _set_aside_rows(chunk, pledge_id, sweep)
    except ledger.LedgerError:
        if len(chunk) == 1:
            logger.exception("the ledger refuses donation %s", chunk[0])
            sweep.refused.update(chunk)
            return 0
    return sum(_set_aside_chunk([pk], pledge_id, sweep) for pk in chunk)


def _set_aside_rows(chunk: list[int], pledge_id: int | None, sweep: _Sweep) -> int:
    if pledge_id is None:
        claimed = _claim(chunk, sweep.at, sweep.dated)
    else:
        claimed = _claim_under_cap(pledge_id, chunk, sweep.at, sweep.dated)
    if claimed != len(chunk):
        raise ClaimLostError(f"donations {chunk[0]} to {chunk[-1]}")
    if pledge_id is None:
        _post_claimed(chunk)
    return len(chunk)


def _claim(donation_ids: list[int], at: datetime, dated: Dated) -> int:
    """Move due donations on; the count says which process may post them."""
    rows = Donation.objects.due().uncapped().filter(pk__in=donation_ids)
    return _move_on(rows, at, dated, posted_amount=F("target_amount"))


def _claim_under_cap(
    pledge_id: int, donation_ids: list[int], at: datetime, dated: Dated
) -> int:
    """Move due donations of one pledge on and post what is left under its cap.

    Returns how many. None once the cap is lifted: the next sweep finds them.
    """
    rooms = caps.lock_pledges(pledge_ids=[pledge_id])
    rows = Donation.objects.due().capped().filter(pk__in=donation_ids)
    claimed = _move_on(rows, at, dated, posted_amount=Value(0))
    if claimed:
        act = caps.Refill(at=at, fresh=frozenset(donation_ids))
        caps.refill(room=rooms[pledge_id], change=0, act=act)
        signals.announce(signals.donation_set_aside, "donation_id", donation_ids)
    return claimed


def _move_on(
    rows: DonationQuerySet, at: datetime, dated: Dated, posted_amount: Combinable
) -> int:
    return rows.update(
        status=DonationStatus.SET_ASIDE,
        posted_amount=posted_amount,
        revision=F("revision") + 1,
        set_aside_at=F("due_at") if dated == Dated.DUE else at,
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
