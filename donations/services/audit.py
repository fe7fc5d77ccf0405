"""Checks the whole ledger against itself, the donations and the settlements.

Every check is a stream: memory does not grow with the ledger. What a check finds is
named by its row, so that a person can look at exactly that row.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

from donations.domain.ledger import Finding
from donations.models import Entry
from donations.services import (
    audit_balances,
    audit_closings,
    audit_entries,
    audit_seals,
    audit_settlements,
)


def _ignore(done: int) -> None:
    """Show no progress."""


def audit_ledger(*, progress: Callable[[int], None] = _ignore) -> Iterator[Finding]:
    """Yield everything that is wrong with the ledger; nothing when all is well.

    `progress` is called now and then with the number of entries looked at. On
    PostgreSQL all checks see one moment, so workers may go on meanwhile.
    """
    with _see_one_moment():
        yield from audit_entries.check_triggers()
        yield from audit_entries.check_accounts()
        yield from audit_entries.check_entries(progress=progress)
        yield from audit_seals.check_seals()
        yield from audit_balances.check_donations()
        yield from audit_balances.check_caps()
        yield from audit_balances.check_pending()
        yield from audit_balances.check_held()
        yield from audit_balances.check_released()
        yield from audit_balances.check_payable()
        yield from audit_settlements.check_settlements()
        yield from audit_settlements.check_recalls()
        yield from audit_closings.check_closings()
        yield from audit_balances.check_counter()


@contextmanager
def _see_one_moment() -> Iterator[None]:
    """Read from one snapshot; SQLite would have to keep every writer waiting."""
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def count_entries() -> int:
    """Return how many entries an audit looks at."""
    return Entry.objects.count()
