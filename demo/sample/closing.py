"""Ends the sample's first period: closed by one person, signed by another, sealed."""

import datetime

from demo.sample import payouts
from donations.models import Closing, Pledge
from donations.services import closings, periods, seals

_OPEN_DAYS = datetime.timedelta(days=100)
_TO_SIGN = datetime.timedelta(days=1)


def close_past(pledge: Pledge, *, now: datetime.datetime) -> bool:
    """Close all but the last months of a pledge that never closed; tell whether.

    Every entry is sealed, whether a period closes or not.
    """
    is_new = not Closing.objects.filter(pledge=pledge).exists()
    if is_new:
        closing_id = closings.close_period(
            pledge_id=pledge.pk,
            ends_on=_find_last_day(now),
            closed_by_id=payouts.staff(payouts.OFFICER),
            at=now - _TO_SIGN,
        )
        closings.sign_closing(
            closing_id=closing_id,
            signed_by_id=payouts.staff(payouts.SECOND),
            digest=Closing.objects.get(pk=closing_id).digest,
            at=now,
        )
    seals.seal_ledger(at=now)
    return is_new


def find_open(pledge: Pledge) -> datetime.datetime | None:
    """Return since when orders can be told of; None when no period is closed."""
    closed_until = Pledge.objects.get(pk=pledge.pk).closed_until
    return None if closed_until is None else periods.end_of(day=closed_until)


def _find_last_day(now: datetime.datetime) -> datetime.date:
    """Return the last day of a month some time ago."""
    first = periods.day_of(moment=now - _OPEN_DAYS).replace(day=1)
    return first - datetime.timedelta(days=1)
