"""Closes periods of a pledge for good: one person closes, another one signs.

Closing works out what is missing and the statement's digest; nothing is posted yet.
The signature is over that digest: it posts the true-ups and, with the pledge's last
day, the minimum and the write-offs, keeps the statement, and freezes the period.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import islice

from django.db import transaction
from django.db.models import Min

from donations.models import Closing, Donation, Pledge, PledgeVersion
from donations.services import (
    audit,
    caps,
    closing_entries,
    periods,
    statement_records,
)

_FINDINGS_TOLD = 3


class PeriodNotOverError(ValueError):
    """A period does not end where it may: it has not ended, or is closed already."""


class DonationsDueError(ValueError):
    """Donations of the period are due still; their sweep sets them aside."""


class LedgerUnsoundError(ValueError):
    """The audit finds something; nothing is closed until it is explained.

    `manage.py audit_ledger` tells all of it.
    """


class ClosingChangedError(ValueError):
    """The period is no longer what was closed and seen: close it again."""


class SamePersonError(PermissionError):
    """The person who closed a period tried to sign it; another one must."""


def close_period(
    *, pledge_id: int, ends_on: date, closed_by_id: int, at: datetime
) -> int:
    """Close a pledge's next period up to a day, for a second person to sign.

    A period that waits for its signature is closed anew, up to this day.

    Raises:
        PeriodNotOverError: the day has not passed, or is in a closed period.
        DonationsDueError: donations of the period are due still.
    """
    with transaction.atomic():
        closing = _find_unsigned(pledge_id, ends_on)
        closing.closed_by_id, closing.closed_at = closed_by_id, at
        _check_period(closing, at)
        plan = closing_entries.plan_adjustments(closing=closing)
        closing.digest = statement_records.compute_digest(closing=closing, plan=plan)
        closing.save()
    return closing.pk


def sign_closing(
    *, closing_id: int, signed_by_id: int, digest: str, at: datetime
) -> None:
    """Sign exactly the statement that `digest` covers; its period never opens again.

    Raises:
        SamePersonError: the person closed it.
        LedgerUnsoundError: the audit finds something wrong.
        ClosingChangedError: it is no longer what the digest covers, or is signed.
        DonationsDueError: donations of the period are due.
    """
    _audit()
    with transaction.atomic():
        closing = Closing.objects.select_for_update().get(pk=closing_id)
        if closing.is_signed:
            raise ClosingChangedError(f"{closing} is signed already")
        if closing.closed_by_id == signed_by_id:
            raise SamePersonError("the person who closed the period cannot sign it")
        # Before the period's lock: see "the order of locks" in `caps`.
        caps.lock_pledge(pledge_id=closing.pledge_id)
        # Its row first, as those have it who post under a cap.
        Pledge.objects.select_for_update(no_key=True).get(pk=closing.pledge_id)
        periods.have_alone(pledge_id=closing.pledge_id)
        _check_period(closing, at)
        plan = closing_entries.plan_adjustments(closing=closing)
        found = statement_records.store_lines(closing=closing, plan=plan)
        if not digest or found != digest or closing.digest != digest:
            raise ClosingChangedError(f"{closing} has changed: close it again")
        closing_entries.post_adjustments(closing=closing, plan=plan)
        _freeze(closing, signed_by_id, at)


def check_period(*, pledge_id: int, ends_on: date, at: datetime) -> None:
    """Refuse a last day up to which the pledge's next period cannot close now.

    Raises:
        PeriodNotOverError: the day has not passed, or is in a closed period.
        DonationsDueError: donations of the period are due still.
    """
    _check_period(_find_unsigned(pledge_id, ends_on), at)


def read_draft(*, closing_id: int) -> Iterator[str]:
    """Yield the lines of a statement that waits for its signature."""
    closing = Closing.objects.get(pk=closing_id)
    plan = closing_entries.plan_adjustments(closing=closing)
    lines = statement_records.list_lines(closing=closing, plan=plan)
    return (line for line, _ in lines)


def _find_unsigned(pledge_id: int, ends_on: date) -> Closing:
    """Return the period that waits for its signature, or the next, up to a day."""
    unsigned = Closing.objects.filter(pledge=pledge_id, signed_at__isnull=True)
    closing = unsigned.first() or _begin_period(pledge_id)
    closing.ends_on = ends_on
    return closing


def _begin_period(pledge_id: int) -> Closing:
    return Closing(
        pledge_id=pledge_id,
        number=Closing.objects.filter(pledge=pledge_id).count() + 1,
        starts_on=_find_first_day(pledge_id),
    )


def _find_first_day(pledge_id: int) -> date:
    """Return the first day that is not closed: at the beginning the pledge's own."""
    pledge = Pledge.objects.get(pk=pledge_id)
    if pledge.closed_until is not None:
        return pledge.closed_until + timedelta(days=1)
    versions = PledgeVersion.objects.published().filter(pledge=pledge_id)
    first: date | None = versions.aggregate(first=Min("starts_on"))["first"]
    if first is None:
        raise PeriodNotOverError("the pledge is not published")
    return first


def _check_period(closing: Closing, at: datetime) -> None:
    end = periods.end_of(day=closing.ends_on)
    if closing.ends_on < closing.starts_on:
        raise PeriodNotOverError(f"the next period begins on {closing.starts_on}")
    if end > at:
        raise PeriodNotOverError(f"{closing.ends_on} is not over")
    due = Donation.objects.due().filter(
        pledge_version__pledge=closing.pledge_id, due_at__lt=end
    )
    if due.exists():
        raise DonationsDueError(f"{due.count()} donations of the period are due")


def _audit() -> None:
    found = list(islice(audit.audit_ledger(), _FINDINGS_TOLD))
    if found:
        told = "; ".join(f"{one.row}: {one.detail}" for one in found)
        raise LedgerUnsoundError(f"the audit finds {told}")


def _freeze(closing: Closing, signed_by_id: int, at: datetime) -> None:
    Closing.objects.filter(pk=closing.pk).update(signed_by=signed_by_id, signed_at=at)
    Pledge.objects.filter(pk=closing.pledge_id).update(closed_until=closing.ends_on)
