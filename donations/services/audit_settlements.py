"""Checks settlements: their parts, the money that moved and what came back of it.

A part of `donations.services.audit`, which is what callers use.
"""

from collections import Counter
from collections.abc import Iterator

from django.db.models import Sum

from donations.domain.donation import status_of_parts
from donations.domain.ledger import EntryKind, Finding
from donations.models import Entry, Settlement, SettlementPart

_CHUNK = 2000
_MOVES = (EntryKind.INSTRUCT, EntryKind.CONFIRM, EntryKind.FAIL)


def check_settlements() -> Iterator[Finding]:
    """Compare each settlement with its parts and with the money that moved.

    All of an approved one is instructed; what is confirmed are the parts that are
    paid, what failed those that failed, and its status follows from them.
    """
    for row in Settlement.objects.order_by("pk").iterator(chunk_size=_CHUNK):
        parts = list(row.parts.all())
        is_approved = row.approved_by_id is not None
        moved = [_sum_entries(row, kind) for kind in _MOVES]
        status = row.status
        if is_approved:
            status = status_of_parts({part.status for part in parts})
        expected = [
            row.amount if is_approved else 0,
            sum(part.amount for part in parts if part.paid_at),
            sum(part.amount for part in parts if part.failed_at),
        ]
        total = sum(part.amount for part in parts)
        if total != row.amount or moved != expected or status != row.status:
            yield Finding(
                f"settlement {row.pk}",
                "settlement",
                f"{row.status} over {row.amount}, its parts come to {total}, paid and "
                f"failed {expected[1:]}, but instructed, confirmed and failed {moved}",
            )


def check_recalls() -> Iterator[Finding]:
    """Find parts of which more came back than was paid."""
    recalled = _sum_recalls()
    parts = {
        (settlement_id, beneficiary_id): (pk, amount)
        for pk, settlement_id, beneficiary_id, amount in SettlementPart.objects.filter(
            settlement__in={settlement_id for settlement_id, _ in recalled}
        ).values_list("pk", "settlement", "beneficiary", "amount")
    }
    for key, amount in sorted(recalled.items()):
        pk, most = parts.get(key, (0, 0))
        if amount > most:
            yield Finding(
                f"settlement {key[0]}",
                "recall",
                f"{amount} came back from beneficiary {key[1]}, but its part {pk} was "
                f"{most}",
            )


def sum_paid() -> Counter[tuple[int, str]]:
    """Return what arrived less what came back of it, by pledge and currency."""
    recalled = _sum_recalls()
    paid: Counter[tuple[int, str]] = Counter()
    for pledge_id, currency, settlement_id, beneficiary_id, amount in (
        SettlementPart.objects.filter(paid_at__isnull=False)
        .values_list(
            "settlement__pledge",
            "settlement__currency",
            "settlement",
            "beneficiary",
            "amount",
        )
        .iterator(chunk_size=_CHUNK)
    ):
        back = recalled.get((settlement_id, beneficiary_id), 0)
        paid[pledge_id, currency] += amount - back
    return paid


def _sum_recalls() -> dict[tuple[int, int], int]:
    """Return what came back, by settlement and beneficiary."""
    rows = Entry.objects.recalls().values_list("settlement", "credit__beneficiary")
    return {
        (settlement_id or 0, beneficiary_id or 0): amount
        for settlement_id, beneficiary_id, amount in rows.annotate(
            Sum("amount")
        ).order_by()
    }


def _sum_entries(row: Settlement, kind: EntryKind) -> int:
    found = row.entries.filter(kind=kind).aggregate(amount=Sum("amount"))
    return found["amount"] or 0
