"""Reads what was given: from donations still due and ledger entries, nothing else.

What the impact pages and the API show comes from here, so the public counter is the
ledger by construction; `manage.py audit_ledger` compares it with the donations.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Case, Count, IntegerField, Max, Min, Q, Sum, Value, When
from django.utils import timezone

from donations.domain import ledger as rules
from donations.domain import money
from donations.domain.donation import SettlementStatus
from donations.models import Donation, Entry, Project, Settlement
from donations.services import pledges

_MONTHS = 3
_EXPENSE = rules.AccountKind.DONATION


class PledgeNotFoundError(LookupError):
    """No published pledge has this slug."""


@dataclass(frozen=True, slots=True)
class QuarterTotals:
    """What was set aside, net of reversals, and settled in one quarter."""

    starts_on: date
    set_aside: money.Money
    settled: money.Money

    @property
    def label(self) -> str:
        """Return the quarter as `2026 Q1`."""
        return f"{self.starts_on.year} Q{(self.starts_on.month + 2) // _MONTHS}"


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """One payment to the beneficiaries, as it is published."""

    paid_at: datetime
    amount: money.Money
    reference: str
    beneficiary_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Totals:
    """Four sums of one currency. What is set aside includes what is settled."""

    due: money.Money
    set_aside: money.Money
    settled: money.Money
    reversed: money.Money
    donation_count: int

    def __add__(self, other: "Totals") -> "Totals":
        """Add the sums of another pledge in the same currency."""
        return Totals(
            due=self.due + other.due,
            set_aside=self.set_aside + other.set_aside,
            settled=self.settled + other.settled,
            reversed=self.reversed + other.reversed,
            donation_count=self.donation_count + other.donation_count,
        )

    @property
    def unsettled(self) -> money.Money:
        """Return what is set aside and not paid yet."""
        return self.set_aside - self.settled


@dataclass(frozen=True, slots=True)
class PledgeTotals:
    """The sums of one pledge, by quarter too, and its payments, latest first."""

    terms: pledges.Terms
    totals: Totals
    quarters: tuple[QuarterTotals, ...]
    settlements: tuple[SettlementLine, ...]


@dataclass(frozen=True, slots=True)
class ImpactTotals:
    """Everything given: by pledge, and by currency over all pledges."""

    pledges: tuple[PledgeTotals, ...]
    by_currency: tuple[Totals, ...]


@dataclass(frozen=True, slots=True)
class ProjectText:
    """One social project of the impact page; its figure is not our money."""

    title: str
    place: str
    body: str
    figure: str
    source_note: str


@dataclass(slots=True)
class _Sums:
    """Sums by pledge, and by quarter within; a pledge keeps its currency."""

    due: Counter[int] = field(default_factory=Counter)
    count: Counter[int] = field(default_factory=Counter)
    raised: Counter[tuple[int, int]] = field(default_factory=Counter)
    reversed: Counter[tuple[int, int]] = field(default_factory=Counter)
    settled: Counter[tuple[int, int]] = field(default_factory=Counter)


def read_totals(*, pledge_id: int | None = None) -> ImpactTotals:
    """Return the totals of every published pledge, or of one, in seven statements."""
    terms = pledges.list_published_terms(pledge_id=pledge_id)
    starts = _list_quarters()
    sums = _read_sums(starts, pledge_id)
    settlements = _read_settlements(pledge_id)
    found = tuple(
        _build_pledge(one, starts, sums, settlements.get(one.pledge_id, ()))
        for one in terms
    )
    return ImpactTotals(pledges=found, by_currency=_add_up(found))


def read_pledge_totals(*, slug: str) -> PledgeTotals:
    """Return the totals of one published pledge.

    Raises:
        PledgeNotFoundError: no published pledge has this slug.
    """
    for terms in pledges.list_published_terms(slug=slug):
        return read_totals(pledge_id=terms.pledge_id).pledges[0]
    raise PledgeNotFoundError(f"no published pledge is called {slug!r}")


def list_projects() -> list[ProjectText]:
    """Return the social projects in the order that the merchandiser gave them."""
    return [
        ProjectText(
            title=row.title,
            place=row.place,
            body=row.body,
            figure=row.figure,
            source_note=row.source_note,
        )
        for row in Project.objects.order_by("position", "pk")
    ]


def _list_quarters() -> list[datetime]:
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


def _read_sums(starts: Sequence[datetime], pledge_id: int | None) -> _Sums:
    sums = _Sums()
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
        rows = Entry.objects.filter(chosen).values_list(owner)
        if pledge_id is not None:
            rows = rows.filter(**{owner: pledge_id})
        for pk, index, amount, count in (
            rows.annotate(quarter=quarter)
            .annotate(
                total=Sum("amount"),
                donations=Count("donation", filter=first, distinct=True),
            )
            .order_by()
        ):
            target[pk, index] += amount
            sums.count[pk] += count
    return sums


def _read_due(sums: _Sums, pledge_id: int | None) -> None:
    rows = Donation.objects.due()
    if pledge_id is not None:
        rows = rows.filter(pledge_version__pledge=pledge_id)
    for pk, amount in (
        rows.values_list("pledge_version__pledge")
        .annotate(Sum("target_amount"))
        .order_by()
    ):
        sums.due[pk] += amount


def _read_settlements(
    pledge_id: int | None,
) -> dict[int, tuple[SettlementLine, ...]]:
    rows = Settlement.objects.filter(status=SettlementStatus.PAID)
    if pledge_id is not None:
        rows = rows.filter(pledge=pledge_id)
    found: dict[int, tuple[SettlementLine, ...]] = {}
    for row in rows.prefetch_related("parts__beneficiary").order_by("-paid_at"):
        lines = found.get(row.pledge_id, ())
        found[row.pledge_id] = (*lines, _build_settlement(row))
    return found


def _build_settlement(row: Settlement) -> SettlementLine:
    return SettlementLine(
        paid_at=row.paid_at or row.drafted_at,
        amount=row.money,
        reference=row.reference,
        beneficiary_names=tuple(
            part.beneficiary.legal_name for part in row.parts.all()
        ),
    )


def _build_pledge(
    terms: pledges.Terms,
    starts: Sequence[datetime],
    sums: _Sums,
    settlements: tuple[SettlementLine, ...],
) -> PledgeTotals:
    key, currency = terms.pledge_id, terms.currency
    quarters = tuple(
        QuarterTotals(
            starts_on=start.date(),
            set_aside=money.Money(
                sums.raised[key, index] - sums.reversed[key, index], currency
            ),
            settled=money.Money(sums.settled[key, index], currency),
        )
        for index, start in enumerate(starts)
    )
    nothing = money.zero(currency)
    fallen = sum(sums.reversed[key, index] for index in range(len(starts)))
    totals = Totals(
        due=money.Money(sums.due[key], currency),
        set_aside=sum((quarter.set_aside for quarter in quarters), nothing),
        settled=sum((quarter.settled for quarter in quarters), nothing),
        reversed=money.Money(fallen, currency),
        donation_count=sums.count[key],
    )
    return PledgeTotals(
        terms=terms,
        totals=totals,
        quarters=quarters,
        settlements=settlements,
    )


def _add_up(found: Sequence[PledgeTotals]) -> tuple[Totals, ...]:
    by_currency: dict[str, Totals] = {}
    for one in found:
        totals = one.totals
        before = by_currency.get(totals.due.currency)
        by_currency[totals.due.currency] = before + totals if before else totals
    return tuple(by_currency.values())
