"""Sets due donations aside: one that a worker was asked for, or all that a sweep finds.

A part of `donations.services.donations`, which is what callers use.
"""

import logging
from collections.abc import Collection
from datetime import datetime
from enum import StrEnum

from django.db import transaction
from django.db.models import F

from donations import signals
from donations.conf import conf
from donations.domain import ledger as rules
from donations.domain.donation import DonationStatus
from donations.models import Donation
from donations.services import ledger, postings

logger = logging.getLogger(__name__)


class ClaimLostError(RuntimeError):
    """Rows that were about to be set aside were taken by another process.

    Nothing was posted; the next sweep finds what is left.
    """


class Dated(StrEnum):
    """Which moment the entries of a sweep carry."""

    NOW = "now"
    DUE = "due"


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
