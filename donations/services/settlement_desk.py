"""What a person at the settlement desk sees: what can be paid, what not, and why.

Reads only, with a number of statements that does not grow with donations, pledges or
settlements.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Prefetch, Q, QuerySet, Sum

from donations.domain import ledger as rules
from donations.domain import money
from donations.domain.donation import DonationStatus, SettlementStatus
from donations.models import (
    Account,
    Acknowledgement,
    BankAccount,
    Donation,
    Pledge,
    Settlement,
    SettlementPart,
)
from donations.services import ledger

_OPEN = (SettlementStatus.DRAFTED, SettlementStatus.APPROVED)
_MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Blocked:
    """What is set aside and cannot be paid yet for one reason."""

    reason: str
    amount: money.Money
    count: int


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One pledge in one currency: what is payable, what is owed back, what waits."""

    pledge_id: int
    pledge_name: str
    payable: money.Money
    debt: money.Money
    blocked: tuple[Blocked, ...]
    settlements: tuple[Settlement, ...]

    @property
    def has_draft(self) -> bool:
        """Tell whether one waits for its approval."""
        return any(one.status == SettlementStatus.DRAFTED for one in self.settlements)


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything on the desk: lines, bank details that wait, and what needs a person.

    `failed` are parts that no later part pays anew yet; `asked` are payments whose
    beneficiary has not acknowledged them, or disputes them.
    """

    lines: tuple[DeskLine, ...]
    bank_accounts: tuple[BankAccount, ...]
    failed: tuple[SettlementPart, ...]
    asked: tuple[Acknowledgement, ...]


# Why what is set aside is not payable, and which donations that is true of.
_REASONS = (
    ("held by a dispute", Q(is_held=True)),
    ("not shipped", Q(is_held=False, released_at=None, shipped_at=None)),
    (
        "return window open",
        Q(is_held=False, released_at=None, shipped_at__isnull=False),
    ),
)


def read_desk(*, at: datetime) -> Desk:
    """Return the whole desk."""
    return Desk(
        lines=_read_lines(),
        bank_accounts=tuple(_list_bank_accounts(at)),
        failed=tuple(_list_failed()[:_MOST_SHOWN]),
        asked=tuple(_list_asked()[:_MOST_SHOWN]),
    )


def _read_lines() -> tuple[DeskLine, ...]:
    blocked, payable, open_ones = _sum_blocked(), _sum_payable(), _read_open()
    names = dict(Pledge.objects.values_list("pk", "name"))
    keys = sorted(blocked.keys() | payable.keys() | open_ones.keys())
    return tuple(
        DeskLine(
            pledge_id=key[0],
            pledge_name=names[key[0]],
            payable=money.Money(payable.get(key, (0, 0))[0], key[1]),
            debt=money.Money(payable.get(key, (0, 0))[1], key[1]),
            blocked=tuple(_name_reasons(blocked.get(key, {}), key[1])),
            settlements=tuple(open_ones.get(key, ())),
        )
        for key in keys
    )


def _sum_blocked() -> dict[tuple[int, str], dict[str, int]]:
    """Add up what is set aside by pledge, currency and reason, in one statement."""
    sums: dict[str, Any] = {}
    for number, (_, chosen) in enumerate(_REASONS):
        sums[f"amount{number}"] = Sum("posted_amount", filter=chosen, default=0)
        sums[f"count{number}"] = Count("pk", filter=chosen)
    rows = Donation.objects.filter(
        status=DonationStatus.SET_ASIDE, posted_amount__gt=0
    ).values("pledge_version__pledge", "currency")
    found: Iterable[Any] = rows.annotate(**sums).order_by()
    return {(row["pledge_version__pledge"], row["currency"]): row for row in found}


def _name_reasons(row: Mapping[str, int], currency: str) -> Iterable[Blocked]:
    for number, (reason, _) in enumerate(_REASONS):
        if count := row.get(f"count{number}", 0):
            amount = money.Money(row[f"amount{number}"], currency)
            yield Blocked(reason, amount, count)


def _sum_payable() -> dict[tuple[int, str], tuple[int, int]]:
    """Return what can be paid, and what is owed back, by pledge and currency."""
    chosen = Q(kind=rules.AccountKind.PAYABLE)
    balances = ledger.read_balances(accounts=chosen)
    found: dict[tuple[int, str], tuple[int, int]] = {}
    for pk, pledge_id, currency in Account.objects.filter(chosen).values_list(
        "pk", "pledge_id", "currency"
    ):
        balance = balances.get(pk, 0)
        key = (pledge_id or 0, currency)
        payable, debt = found.get(key, (0, 0))
        found[key] = (payable + max(balance, 0), debt + max(-balance, 0))
    return {key: sums for key, sums in found.items() if any(sums)}


def _read_open() -> dict[tuple[int, str], list[Settlement]]:
    parts = SettlementPart.objects.select_related("beneficiary").order_by("pk")
    rows = (
        Settlement.objects.filter(status__in=_OPEN)
        .select_related("drafted_by", "approved_by")
        .prefetch_related(Prefetch("parts", parts))
        .order_by("pk")
    )
    found: dict[tuple[int, str], list[Settlement]] = {}
    for row in rows:
        found.setdefault((row.pledge_id, row.currency), []).append(row)
    return found


def _list_bank_accounts(at: datetime) -> QuerySet[BankAccount]:
    waiting = Q(decision=None) | Q(decision__takes_effect_at__gt=at)
    rows = BankAccount.objects.filter(waiting)
    return rows.select_related("beneficiary", "decision").order_by("pk")[:_MOST_SHOWN]


def _list_failed() -> QuerySet[SettlementPart]:
    rows = SettlementPart.objects.failed().filter(replaced_by=None)
    return rows.select_related("settlement__pledge", "beneficiary").order_by("pk")


def _list_asked() -> QuerySet[Acknowledgement]:
    """List the last question about each part that is not acknowledged."""
    last = SettlementPart.objects.filter(acknowledged_at=None).annotate(
        last=Max("acknowledgements")
    )
    rows = Acknowledgement.objects.filter(pk__in=last.values("last"))
    return rows.select_related(
        "part__settlement__pledge", "part__beneficiary"
    ).order_by("pk")
