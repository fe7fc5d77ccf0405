"""Adds up donations still due and ledger entries, by pledge, currency and quarter.

A part of `donations.services.impact`, which is what callers use.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    F,
    IntegerField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Sum,
    Value,
    When,
)
from django.db.models.expressions import Combinable
from django.utils import timezone

from donations.domain import ledger as rules
from donations.models import Donation, Entry, SettlementPart

_MONTHS = 3
# Whatever we give at our own expense is given, by a donation or by a close.
_EXPENSES = (
    rules.AccountKind.DONATION,
    rules.AccountKind.MINIMUM_TOP_UP,
    rules.AccountKind.WRITE_OFF,
)


@dataclass(slots=True)
class Sums:
    """Sums by pledge and currency; what is in the ledger by quarter, too."""

    due: Counter[tuple[int, str]] = field(default_factory=Counter)
    count: Counter[tuple[int, str]] = field(default_factory=Counter)
    raised: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    reversed: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    settled: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    acknowledged: Counter[tuple[int, str]] = field(default_factory=Counter)

    def list_currencies(self, *, pledge_id: int, own: str) -> list[str]:
        """Return a pledge's own currency, then the others that it gave, by name."""
        seen = {currency for pk, currency in self.due | self.count if pk == pledge_id}
        return [own, *sorted(seen - {own})]


def list_quarters() -> list[datetime]:
    """Return the first moment of each quarter from the first entry to the last."""
    span = Entry.objects.aggregate(first=Min("posted_at"), last=Max("posted_at"))
    if span["first"] is None:
        return []
    start, last = (timezone.localtime(span[end]) for end in ("first", "last"))
    year, quarter = start.year, (start.month - 1) // _MONTHS
    starts: list[datetime] = []
    while (year, quarter) <= (last.year, (last.month - 1) // _MONTHS):
        first_day = datetime(year, quarter * _MONTHS + 1, 1)  # noqa: DTZ001
        starts.append(timezone.make_aware(first_day))
        year, quarter = (year, quarter + 1) if quarter < _MONTHS else (year + 1, 0)
    return starts


def read_sums(*, starts: Sequence[datetime], pledge_id: int | None) -> Sums:
    """Return the sums of every pledge, or of one, in six statements."""
    sums = Sums()
    _read_due(sums, pledge_id)
    _read_acknowledged(sums, pledge_id)
    quarter = _find_quarter(starts)
    first = Q(kind=rules.EntryKind.SET_ASIDE)
    amount = F("amount")
    for target, owner, chosen, change in (
        (sums.raised, "debit__pledge", Q(debit__kind__in=_EXPENSES), amount),
        (sums.reversed, "credit__pledge", Q(credit__kind__in=_EXPENSES), amount),
        (sums.settled, "settlement__pledge", _settling(), _settled_change()),
    ):
        rows = Entry.objects.filter(chosen).values_list(owner, "currency")
        if pledge_id is not None:
            rows = rows.filter(**{owner: pledge_id})
        for pk, currency, index, total, count in (
            rows.annotate(quarter=quarter)
            .annotate(
                total=Sum(change),
                donations=Count("donation", filter=first, distinct=True),
            )
            .order_by()
        ):
            target[pk, currency, index] += total
            sums.count[pk, currency] += count
    return sums


def _find_quarter(starts: Sequence[datetime]) -> Combinable:
    """Return the number of the quarter in which an entry was posted."""
    return Case(
        *(
            When(posted_at__gte=start, then=Value(index))
            for index, start in reversed(list(enumerate(starts)))
        ),
        default=Value(0),
        output_field=IntegerField(),
    )


def _settling() -> Q:
    """Choose what arrived, and what came back of it once all of a part had arrived."""
    arrived = SettlementPart.objects.filter(
        settlement=OuterRef("settlement"),
        beneficiary=OuterRef("credit__beneficiary"),
        paid_at__isnull=False,
    )
    recalls = Entry.objects.recalls().filter(Exists(arrived)).values("pk")
    return Q(kind=rules.EntryKind.CONFIRM) | Q(pk__in=recalls)


def _settled_change() -> Combinable:
    """Return what an entry adds to what is settled; what came back takes away."""
    back = When(kind=rules.EntryKind.CORRECTION, then=-F("amount"))
    return Case(back, default=F("amount"), output_field=BigIntegerField())


def _read_due(sums: Sums, pledge_id: int | None) -> None:
    rows = Donation.objects.due()
    if pledge_id is not None:
        rows = rows.filter(pledge_version__pledge=pledge_id)
    for pk, currency, amount in (
        rows.values_list("pledge_version__pledge", "currency")
        .annotate(Sum("target_amount"))
        .order_by()
    ):
        sums.due[pk, currency] += amount


def _read_acknowledged(sums: Sums, pledge_id: int | None) -> None:
    """Add up the payments that beneficiaries acknowledged, less what came back."""
    parts = SettlementPart.objects.filter(acknowledged_at__isnull=False)
    theirs = parts.filter(
        settlement=OuterRef("settlement"),
        beneficiary=OuterRef("credit__beneficiary"),
    )
    recalls = Entry.objects.recalls().filter(Exists(theirs))
    rows: tuple[tuple[QuerySet[Any], int], ...] = ((parts, 1), (recalls, -1))
    for found, sign in rows:
        mine = found.filter(settlement__pledge=pledge_id) if pledge_id else found
        for pk, currency, amount in (
            mine.values_list("settlement__pledge", "settlement__currency")
            .annotate(Sum("amount"))
            .order_by()
        ):
            sums.acknowledged[pk, currency] += sign * amount
