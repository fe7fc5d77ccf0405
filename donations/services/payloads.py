"""Reads stored entries as the postings whose canonical payload they are.

Audit, seals and proofs read entries through here, so that all of them see the rows as
they are now, never a digest that was stored beside them.
"""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from donations.domain import ledger as rules
from donations.models import Entry

_CHUNK = 2000
# Everything that a payload says, as columns of an entry and of what it refers to.
COLUMNS = (
    "pk",
    "kind",
    "debit__code",
    "credit__code",
    "amount",
    "currency",
    "batch",
    "idempotency_key",
    "posted_at",
    "donation__uuid",
    "settlement__uuid",
    "answers__idempotency_key",
    "note",
)


def read_postings(*, entries: QuerySet[Entry]) -> Iterator[tuple[int, rules.Posting]]:
    """Yield the row's id and posting of each entry, in the queryset's order."""
    rows = entries.values_list(*COLUMNS, named=True)
    for row in rows.iterator(chunk_size=_CHUNK):
        yield row.pk, build_posting(row=row)


def build_posting(*, row: Any) -> rules.Posting:
    """Return what a row of these columns says, as it is stored now."""
    return rules.Posting(
        kind=row.kind,
        debit=row.debit__code,
        credit=row.credit__code,
        amount=row.amount,
        currency=row.currency,
        batch=row.batch,
        key=row.idempotency_key,
        posted_at=row.posted_at,
        donation=str(row.donation__uuid or ""),
        settlement=str(row.settlement__uuid or ""),
        answers=row.answers__idempotency_key or "",
        note=row.note,
    )
