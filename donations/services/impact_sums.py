"""Adds up donations still due and ledger entries, by pledge, currency and quarter.

A part of `donations.services.impact`, which is what callers use.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Case, Count, IntegerField, Max, Min, Q, Sum, Value, When
from django.utils import timezone

from donations.domain import ledger as rules
from donations.models import Donation, Entry

_MONTHS = 3
_EXPENSE = rules.AccountKind.DONATION


@dataclass(slots=True)
class Sums:
    """Sums by pledge and currency; what is in the ledger by quarter, too."""

    due: Counter[tuple[int, str]] = field(default_factory=Counter)
    count: Counter[tuple[int, str]] = field(default_factory=Counter)
    raised: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    reversed: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    settled: Counter[tuple[int, str, int]] = field(default_factory=Counter)

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
    """Return the sums of every pledge, or of one, in four statements."""
    sums = Sums()
    _read_due(sums, pledge_id)
    quarter = Case(
        *(
            When(posted_at__gte=start, then=Value(index))
            for index, start in reversed(list(enumerate(starts)))
        ),
        default=Value(0),
        output_field=IntegerField(),
    )
    first = Q(kind=rules.EntryKind.SET_ASIDE)
    for target, owner, chosen in (
        (sums.raised, "debit__pledge", Q(debit__kind=_EXPENSE)),
        (sums.reversed, "credit__pledge", Q(credit__kind=_EXPENSE)),
        (sums.settled, "settlement__pledge", Q(kind=rules.EntryKind.CONFIRM)),
    ):
        rows = Entry.objects.filter(chosen).values_list(owner, "currency")
        if pledge_id is not None:
            rows = rows.filter(**{owner: pledge_id})
        for pk, currency, index, amount, count in (
            rows.annotate(quarter=quarter)
            .annotate(
                total=Sum("amount"),
                donations=Count("donation", filter=first, distinct=True),
            )
            .order_by()
        ):
            target[pk, currency, index] += amount
            sums.count[pk, currency] += count
    return sums


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
