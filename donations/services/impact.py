"""Reads what was given: from donations still due and ledger entries, nothing else.

What the impact pages and the API show comes from here, so the public counter is the
ledger by construction; `manage.py audit_ledger` compares it with the donations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from donations.domain import money
from donations.models import Project, SettlementPart
from donations.services import impact_sums, pledges

_MONTHS = 3


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
    """One payment to the beneficiaries, as it is published.

    Beneficiaries that are not paid yet are not in it. It is acknowledged once all that
    are in it said that the money arrived.
    """

    paid_at: datetime
    amount: money.Money
    reference: str
    beneficiary_names: tuple[str, ...]
    acknowledged_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums of one currency: set aside includes settled, settled what is acknowledged.

    What came back of an acknowledged payment is taken off both.
    """

    due: money.Money
    set_aside: money.Money
    settled: money.Money
    acknowledged: money.Money
    reversed: money.Money
    donation_count: int

    def __add__(self, other: "Totals") -> "Totals":
        """Add the sums of another pledge in the same currency."""
        return Totals(
            due=self.due + other.due,
            set_aside=self.set_aside + other.set_aside,
            settled=self.settled + other.settled,
            acknowledged=self.acknowledged + other.acknowledged,
            reversed=self.reversed + other.reversed,
            donation_count=self.donation_count + other.donation_count,
        )

    @property
    def unsettled(self) -> money.Money:
        """Return what is set aside and not paid yet."""
        return self.set_aside - self.settled


@dataclass(frozen=True, slots=True)
class CurrencyTotals:
    """The sums of one pledge in one currency, by quarter too."""

    totals: Totals
    quarters: tuple[QuarterTotals, ...]

    @property
    def currency(self) -> str:
        """Return the currency of all of them."""
        return self.totals.due.currency


@dataclass(frozen=True, slots=True)
class PledgeTotals:
    """The sums of one pledge by currency, its own first, and its payments.

    Payments of all currencies come together, the latest first.
    """

    terms: pledges.Terms
    by_currency: tuple[CurrencyTotals, ...]
    settlements: tuple[SettlementLine, ...]

    @property
    def totals(self) -> Totals:
        """Return the sums in the pledge's own currency."""
        return self.by_currency[0].totals

    @property
    def quarters(self) -> tuple[QuarterTotals, ...]:
        """Return the quarters in the pledge's own currency."""
        return self.by_currency[0].quarters


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


def read_totals(*, pledge_id: int | None = None) -> ImpactTotals:
    """Return the totals of every published pledge, or of one, in nine statements."""
    terms = pledges.list_published_terms(pledge_id=pledge_id)
    starts = impact_sums.list_quarters()
    sums = impact_sums.read_sums(starts=starts, pledge_id=pledge_id)
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


def _read_settlements(
    pledge_id: int | None,
) -> dict[int, tuple[SettlementLine, ...]]:
    """Return what arrived, by pledge, the latest first."""
    rows = SettlementPart.objects.filter(paid_at__isnull=False)
    if pledge_id is not None:
        rows = rows.filter(settlement__pledge=pledge_id)
    rows = rows.select_related("settlement", "beneficiary")
    parts: dict[int, list[SettlementPart]] = {}
    for part in rows.order_by("-paid_at", "pk"):
        parts.setdefault(part.settlement_id, []).append(part)
    found: dict[int, tuple[SettlementLine, ...]] = {}
    for paid in parts.values():
        pk = paid[0].settlement.pledge_id
        found[pk] = (*found.get(pk, ()), _build_settlement(paid))
    return found


def _build_settlement(paid: Sequence[SettlementPart]) -> SettlementLine:
    """Return one settlement from its parts that are paid, the latest first."""
    settlement = paid[0].settlement
    amount = sum(part.amount for part in paid)
    in_turn = sorted(paid, key=lambda part: part.pk)
    told = [part.acknowledged_at for part in paid if part.acknowledged_at]
    return SettlementLine(
        paid_at=paid[0].paid_at or settlement.drafted_at,
        amount=money.Money(amount, settlement.currency),
        reference=", ".join(dict.fromkeys(part.reference for part in in_turn)),
        beneficiary_names=tuple(part.beneficiary.legal_name for part in in_turn),
        acknowledged_at=max(told) if len(told) == len(paid) else None,
    )


def _build_pledge(
    terms: pledges.Terms,
    starts: Sequence[datetime],
    sums: impact_sums.Sums,
    settlements: tuple[SettlementLine, ...],
) -> PledgeTotals:
    pledge_id = terms.pledge_id
    return PledgeTotals(
        terms=terms,
        by_currency=tuple(
            _build_currency((pledge_id, currency), starts, sums)
            for currency in sums.list_currencies(
                pledge_id=pledge_id, own=terms.currency
            )
        ),
        settlements=settlements,
    )


def _build_currency(
    key: tuple[int, str], starts: Sequence[datetime], sums: impact_sums.Sums
) -> CurrencyTotals:
    currency = key[1]
    quarters = tuple(
        QuarterTotals(
            starts_on=start.date(),
            set_aside=money.Money(
                sums.raised[*key, index] - sums.reversed[*key, index], currency
            ),
            settled=money.Money(sums.settled[*key, index], currency),
        )
        for index, start in enumerate(starts)
    )
    nothing = money.zero(currency)
    fallen = sum(sums.reversed[*key, index] for index in range(len(starts)))
    totals = Totals(
        due=money.Money(sums.due[key], currency),
        set_aside=sum((quarter.set_aside for quarter in quarters), nothing),
        settled=sum((quarter.settled for quarter in quarters), nothing),
        acknowledged=money.Money(sums.acknowledged[key], currency),
        reversed=money.Money(fallen, currency),
        donation_count=sums.count[key],
    )
    return CurrencyTotals(totals=totals, quarters=quarters)


def _add_up(found: Sequence[PledgeTotals]) -> tuple[Totals, ...]:
    by_currency: dict[str, Totals] = {}
    for one in (of for pledge in found for of in pledge.by_currency):
        before = by_currency.get(one.currency)
        by_currency[one.currency] = before + one.totals if before else one.totals
    return tuple(by_currency.values())
