"""Keeps who posts and who closes a period apart, without making posters wait.

Posting shares a lock of the pledge, closing has it alone: whoever posts while a period
closes sees it closed. It is a lock of its own, and not of the pledge's row, as those
who hold the row may wait for donations that a poster has in hand.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from django.db import connection
from django.utils import timezone

# Any number will do that no other use of advisory locks in the database has.
_LOCKS = 770_401
_MOST = 2**31


def share_open(*, pledge_ids: Collection[int]) -> None:
    """Wait for whoever closes a period of these pledges; in a transaction."""
    _lock("pg_advisory_xact_lock_shared", pledge_ids)


def have_alone(*, pledge_id: int) -> None:
    """Wait for whoever posts to a pledge, and let nobody post; in a transaction."""
    _lock("pg_advisory_xact_lock", [pledge_id])


def end_of(*, day: date) -> datetime:
    """Return the first moment after a day, where the merchant is."""
    midnight = datetime.combine(day + timedelta(days=1), time())
    return timezone.make_aware(midnight)


def day_of(*, moment: datetime) -> date:
    """Return the day of a moment, where the merchant is."""
    return timezone.localtime(moment).date()


def _lock(function: str, pledge_ids: Iterable[int]) -> None:
    # SQLite has one writer at a time, who holds the whole database.
    if connection.vendor != "postgresql":
        return
    numbers = sorted({pk % _MOST for pk in pledge_ids})
    if not numbers:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {function}(%s, number) "  # noqa: S608
            "FROM unnest(%s::int[]) AS number ORDER BY number",
            [_LOCKS, numbers],
        )
