"""Rows for what disagrees: found once, seen again, owned by somebody, resolved.

Which things are compared is not known here.
"""

import logging
from datetime import datetime

from store.models import Difference
from store.services.reconciliation.findings import Finding

logger = logging.getLogger(__name__)

# As long as what is said of a difference may be.
_ROOM = 300
_REPAIRED = "repaired at the run of"
_GONE = "gone at the run of"


class ResolutionMissingError(ValueError):
    """A difference was to be resolved without a word on how.

    Say what was found and done: an auditor reads it next year.
    """


class AlreadyResolvedError(LookupError):
    """The difference is resolved, or there is none.

    Usually a later run saw it gone, or a colleague was faster: look at its row.
    """


def report(*, finding: Finding, at: datetime) -> Difference:
    """Write down what disagrees; one open row for one thing, seen again and again.

    What comes back after it was resolved is a new row.
    """
    seen = {
        "order_id": finding.order_id,
        "details": finding.details[:_ROOM],
        "ours_amount": finding.ours_amount,
        "theirs_amount": finding.theirs_amount,
        "currency": finding.currency,
        "seen_at": at,
    }
    row, is_new = Difference.objects.update_or_create(
        kind=finding.kind,
        reference=finding.reference,
        resolved_at=None,
        defaults=seen,
        create_defaults={**seen, "found_at": at},
    )
    if is_new:
        logger.error("difference found: %s %s", finding.kind, finding.reference)
    return row


def record_repaired(*, finding: Finding, at: datetime) -> None:
    """Write down what disagreed until this run mended it."""
    row = report(finding=finding, at=at)
    _close(row.pk, f"{_REPAIRED} {at:%Y-%m-%d %H:%M} UTC", None, at)


def close_gone(*, difference_id: int, at: datetime) -> None:
    """Resolve, in nobody's name, what a run looked for and did not see any more."""
    _close(difference_id, f"{_GONE} {at:%Y-%m-%d %H:%M} UTC", None, at)


def resolve(
    *, difference_id: int, resolution: str, resolved_by_id: int | None, at: datetime
) -> None:
    """Say in words how a difference was resolved.

    Raises:
        ResolutionMissingError: there are no words.
        AlreadyResolvedError: it is not open any more.
    """
    if not resolution.strip():
        raise ResolutionMissingError(difference_id)
    if not _close(difference_id, resolution.strip(), resolved_by_id, at):
        raise AlreadyResolvedError(difference_id)


def assign(*, difference_id: int, owner_id: int | None) -> None:
    """Give a difference to somebody, or to nobody.

    Raises:
        AlreadyResolvedError: it is not open any more.
    """
    opened = Difference.objects.open().filter(pk=difference_id)
    if not opened.update(owner=owner_id):
        raise AlreadyResolvedError(difference_id)


def _close(pk: int, resolution: str, by_id: int | None, at: datetime) -> int:
    """Resolve the row if it is open; the count says whether it was."""
    return (
        Difference.objects.open()
        .filter(pk=pk)
        .update(
            resolved_at=at,
            resolved_by=by_id,
            resolution=resolution[:_ROOM],
        )
    )
