"""Checks signed statements against their digests, and closed periods for late entries.

A part of `donations.services.audit`, which is what callers use.
"""

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db.models import Max, Q

from donations.domain import documents
from donations.domain import ledger as rules
from donations.domain.ledger import EntryKind, Finding
from donations.models import Closing, Pledge
from donations.services import (
    closing_sums,
    periods,
    statement_records,
    statements,
)

# By which a beneficiary is given more or less; all others move what is given.
_GIVING = (
    EntryKind.SET_ASIDE,
    EntryKind.REFILL,
    EntryKind.REVERSE,
    EntryKind.TRUE_UP,
    EntryKind.MINIMUM_TOP_UP,
    EntryKind.WRITE_OFF,
)


def check_closings() -> Iterator[Finding]:
    """Find statements that are not as signed, and late entries in closed periods."""
    for closing in Closing.objects.filter(signed_at__isnull=False).order_by("pk"):
        head, stated, digest = _read_statement(closing)
        row = f"closing {closing.pk}"
        if digest != closing.digest:
            yield Finding(
                row,
                "statement",
                f"{closing.digest} was signed, but its lines give {digest}",
            )
            continue
        entries = statement_records.count_entries(closing=closing)
        given = _sum_given(closing)
        if (head["entries"], stated) != (entries, given):
            yield Finding(
                row,
                "period",
                f"{head['entries']} entries gave {dict(stated)} when it was signed, "
                f"but {entries} dated up to {closing.ends_on} give {dict(given)}",
            )
    yield from _check_days()


def _read_statement(closing: Closing) -> tuple[Any, Counter[tuple[str, str]], str]:
    """Return head and totals of a statement, and the digest that its lines give."""
    head: Any = None
    stated: Counter[tuple[str, str]] = Counter()
    digest = ""
    for line in statements.read_lines(closing_id=closing.pk):
        record = json.loads(line)
        head = head or record
        said = record.pop("digest")
        ((found, digest),) = documents.chain_records([record], digest=digest)
        if found != line:
            return head, stated, f"another one than {said}"
        if record["kind"] == "beneficiary" and record["total"]:
            stated[record["currency"], record["beneficiary"]] = record["total"]
    return head, stated, digest


def _sum_given(closing: Closing) -> Counter[tuple[str, str]]:
    before = periods.end_of(day=closing.ends_on)
    given = closing_sums.read_changes(
        pledge_id=closing.pledge_id,
        kinds=rules.PER_BENEFICIARY,
        entries=Q(kind__in=_GIVING, posted_at__lt=before),
    )
    names = closing_sums.name_beneficiaries(beneficiary_ids=[pk for _, pk in given])
    return Counter({(of, names[pk]): amount for (of, pk), amount in given.items()})


def _check_days() -> Iterator[Finding]:
    """Find pledges that are open again after a period was signed."""
    signed = Q(closings__signed_at__isnull=False)
    pledges = Pledge.objects.annotate(last=Max("closings__ends_on", filter=signed))
    for pk, closed_until, last in pledges.values_list("pk", "closed_until", "last"):
        if closed_until != last:
            yield Finding(
                f"pledge {pk}",
                "period",
                f"it is closed until {closed_until}, but signed {last}",
            )
