"""The remittance advice of a part: what each donation gives, and what nets it.

An advice is of the moment at which the part was instructed, so it never changes
afterwards: what falls later is netted by a later settlement. Of a part that is not
instructed yet it says what it would be. Its lines and its remainder come to the part's
amount, always. Everything is streamed: memory does not grow with the donations.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import BigIntegerField, Case, F, Q, QuerySet, Sum, Value, When
from django.utils import timezone

from donations.domain import ledger as rules
from donations.domain import money
from donations.models import Entry, SettlementPart
from donations.services import settlement_parts

_CHUNK = 2000
_EXPENSE = rules.AccountKind.DONATION
_HEAD = ("donation", "sold_on", "amount", "currency")
# Refunds after an earlier payment lower what is paid; a minimum raises it.
_REMAINDER = "carried over"


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """What one donation gives; without a donation, what else makes up the part."""

    donation: str
    sold_on: date | None
    amount: money.Money


def list_lines(*, part: SettlementPart) -> Iterator[AdviceLine]:
    """Yield a line for each donation, then the remainder, if there is any."""
    currency, left = part.settlement.currency, part.amount
    for uuid, due_at, amount in _sum_by_donation(part).iterator(chunk_size=_CHUNK):
        left -= amount
        sold_on = timezone.localtime(due_at).date()
        yield AdviceLine(str(uuid), sold_on, money.Money(amount, currency))
    if left:
        yield AdviceLine("", None, money.Money(left, currency))


def count_donations(*, part: SettlementPart) -> int:
    """Return how many donations the advice has a line for."""
    return _sum_by_donation(part).count()


def write_csv(*, part: SettlementPart) -> Iterator[str]:
    """Yield the advice as lines of CSV, amounts in the unit that people speak of."""
    echo = csv.writer(_Echo(), lineterminator="\r\n")
    yield echo.writerow(_HEAD)
    for line in list_lines(part=part):
        sold_on = line.sold_on.isoformat() if line.sold_on else ""
        amount = _write(line.amount)
        name = line.donation or _REMAINDER
        yield echo.writerow((name, sold_on, amount, line.amount.currency))


def _write(amount: money.Money) -> str:
    """Return an amount as programs read it: no separator, a point, all decimals."""
    return f"{money.major_units(amount):.{money.exponent(amount.currency)}f}"


class _Echo:
    """Stands where a writer wants a file, and hands over each line at once."""

    def write(self, line: str) -> str:
        return line


def _sum_by_donation(part: SettlementPart) -> QuerySet[Any]:
    covered = settlement_parts.list_settlements(
        settlement_id=part.settlement_id, beneficiary_id=part.beneficiary_id
    )
    given = Q(debit__kind=_EXPENSE, credit__beneficiary=part.beneficiary_id)
    taken = Q(credit__kind=_EXPENSE, debit__beneficiary=part.beneficiary_id)
    entries = Entry.objects.filter(given | taken, donation__settlement__in=covered)
    instructed = _find_instruction(part)
    if instructed is not None:
        entries = entries.filter(pk__lt=instructed)
    back = When(credit__kind=_EXPENSE, then=-F("amount"))
    change = Case(back, default=F("amount"), output_field=BigIntegerField())
    return (
        entries.values_list("donation__uuid", "donation__due_at")
        .annotate(given=Sum(change))
        .exclude(given=Value(0))
        .order_by("donation")
    )


def _find_instruction(part: SettlementPart) -> int | None:
    return (
        Entry.objects.filter(
            kind=rules.EntryKind.INSTRUCT,
            settlement=part.settlement_id,
            debit__beneficiary=part.beneficiary_id,
        )
        .values_list("pk", flat=True)
        .first()
    )
