"""Stripe's own books by day and currency against our rows, matched by source.

Each row of Stripe's books names a charge, a refund, a dispute or a transfer. What it
says is put beside what we have booked for the same thing, so that neither another shop
on the account nor a clock that differs makes a sum differ.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum

from store.gateways import base as gateways
from store.gateways import records
from store.models import (
    Difference,
    Dispute,
    Payment,
    Refund,
    Transfer,
    TransferRecall,
)
from store.services.reconciliation import sessions
from store.services.reconciliation.findings import DAY, Finding, Window
from store.services.reconciliation.pacing import PAGE, Pace

# A sum of a day names so many of the things that make it differ.
_NAMED = 3
_CLOSED_WITH_MONEY = frozenset({"won", "lost"})


class Sum(StrEnum):
    """What is summed up for a day."""

    PAYMENTS = "payments"
    FEES = "fees"
    REFUNDS = "refunds"
    DISPUTES = "disputes"
    TRANSFERS = "transfers"


# In Stripe's words for a row of its books, what tells the sums apart. A transfer that
# comes back is a "transfer_refund".
_KINDS = {
    "transfer": Sum.TRANSFERS,
    "refund": Sum.REFUNDS,
    "adjustment": Sum.DISPUTES,
}


@dataclass(slots=True)
class Total:
    """One sum of one day, in minor units; money that goes out is negative."""

    ours_amount: int = 0
    theirs_amount: int = 0
    sources: list[str] = field(default_factory=list)

    def add(self, source: str, ours: int, theirs: int) -> None:
        """Add what we and Stripe say of one thing, and note it when we disagree."""
        self.ours_amount += ours
        self.theirs_amount += theirs
        if ours != theirs:
            self.sources.append(source)


Key = tuple[date, str, Sum]


class Books:
    """Sums by day, currency and kind, of everything that was added so far."""

    def __init__(self, *, at: datetime, ours: Iterable[str] = ()) -> None:
        """Start empty; `ours` names refunds and disputes that we should know."""
        self.totals: dict[Key, Total] = {}
        self.converted = 0
        self._at = at
        self._ours = set(ours)
        self._seen: set[str] = set()

    def claim(self, reference: str) -> None:
        """Count a refund or dispute of a payment of ours, which we have not booked."""
        self._ours.add(reference)

    def add(self, changes: Iterable[records.BalanceChange]) -> None:
        """Add one page of Stripe's books, with what we say of the same things."""
        changes = list(changes)
        known = _read_ours({change.source_id for change in changes})
        orders = sessions.find_orders(references=[change.order for change in changes])
        self._seen |= known.keys()
        for change in changes:
            row = known.get(change.source_id)
            if row is not None:
                self._add_known(change, row)
            elif change.order in orders or change.source_id in self._ours:
                self._add_unknown(change)

    def add_unlisted(self, window: Window, pace: Pace) -> None:
        """Add payments of a window that Stripe's books do not have a day later.

        What was seen so far is forgotten: windows are added one after the other.
        """
        until = min(window.until, self._at - DAY)
        booked = Payment.objects.filter(paid_at__gte=window.since, paid_at__lt=until)
        rows = booked.exclude(charge_id="").select_related("attempt")
        for payment in rows.iterator(chunk_size=PAGE):
            if payment.charge_id not in self._seen and not _is_listed(payment, pace):
                key = (payment.paid_at.astimezone(UTC).date(), payment.currency)
                total = self.totals.setdefault((*key, Sum.PAYMENTS), Total())
                total.add(payment.charge_id, payment.amount, 0)
        self._seen.clear()

    def _add_known(self, change: records.BalanceChange, row: "_Row") -> None:
        if change.currency != row.currency:
            # Stripe changed the money into the account's currency.
            self.converted += 1
        elif isinstance(row, Payment):
            self._total(change, Sum.PAYMENTS).add(
                change.source_id, row.amount, change.amount
            )
            self._add_fee(change, row)
        else:
            kind, ours = _say(row, change)
            self._total(change, kind).add(change.source_id, ours, change.amount)

    def _add_fee(self, change: records.BalanceChange, payment: Payment) -> None:
        """Add what Stripe kept, unless the news of it may still be on its way."""
        is_fresh = change.created_at > self._at - DAY
        if payment.fee_amount is None and is_fresh:
            return
        ours, theirs = -(payment.fee_amount or 0), -change.fee_amount
        self._total(change, Sum.FEES).add(change.source_id, ours, theirs)

    def _add_unknown(self, change: records.BalanceChange) -> None:
        kind = next((_KINDS[name] for name in _KINDS if name in change.type), None)
        total = self._total(change, kind or Sum.PAYMENTS)
        total.add(change.source_id, 0, change.amount)

    def _total(self, change: records.BalanceChange, kind: Sum) -> Total:
        day = change.created_at.astimezone(UTC).date()
        return self.totals.setdefault((day, change.currency, kind), Total())


_Row = Payment | Refund | Dispute | Transfer | TransferRecall


def read(*, window: Window, pace: Pace, books: Books) -> None:
    """Add Stripe's books of a window.

    Raises:
        GatewayError: Stripe cannot be asked.
    """
    changes = gateways.get_gateway().list_balance_changes(
        since=window.since, until=window.until
    )
    for page in pace.pages(changes):
        books.add(change for change in page if window.contains(change.created_at))
    books.add_unlisted(window, pace)


def judge(*, books: Books) -> list[Finding]:
    """Say which sums of which days differ, oldest first."""
    return [
        _find(key, total)
        for key, total in sorted(books.totals.items())
        if total.sources
    ]


def look(*, reference: str, pace: Pace, at: datetime) -> Finding | None:
    """Add up one day anew and say whether the sum still differs."""
    day = datetime.fromisoformat(reference.split(maxsplit=1)[0]).replace(tzinfo=UTC)
    unbooked = Difference.objects.open().filter(
        kind__in=[Difference.Kind.UNKNOWN_REFUND, Difference.Kind.UNKNOWN_DISPUTE]
    )
    books = Books(at=at, ours=unbooked.values_list("reference", flat=True))
    read(window=Window(day, day + DAY), pace=pace, books=books)
    return next((one for one in judge(books=books) if one.reference == reference), None)


def _find(key: Key, total: Total) -> Finding:
    day, currency, kind = key
    named = ", ".join(total.sources[:_NAMED])
    more = len(total.sources) - _NAMED
    return Finding(
        kind=Difference.Kind.DAY_TOTAL,
        reference=f"{day:%Y-%m-%d} {currency} {kind}",
        details=f"Differs at {named}" + (f" and {more} more" if more > 0 else ""),
        ours_amount=total.ours_amount,
        theirs_amount=total.theirs_amount,
        currency=currency,
    )


def _read_ours(source_ids: set[str]) -> dict[str, _Row]:
    """Return our rows by the names that Stripe has for them, one statement a kind."""
    payments = Payment.objects.filter(charge_id__in=source_ids - {""})
    refunds = Refund.objects.filter(gateway_id__in=source_ids)
    disputes = Dispute.objects.filter(gateway_id__in=source_ids)
    transfers = Transfer.objects.filter(gateway_id__in=source_ids)
    recalls = TransferRecall.objects.filter(gateway_id__in=source_ids)
    recalls = recalls.select_related("transfer")
    return {
        **{row.charge_id: row for row in payments},
        **{str(row.gateway_id): row for row in refunds},
        **{row.gateway_id: row for row in disputes},
        **{str(row.gateway_id): row for row in transfers},
        **{str(row.gateway_id): row for row in recalls},
    }


def _is_listed(payment: Payment, pace: Pace) -> bool:
    """Ask for one payment: booked late, it stands in Stripe's books on another day."""
    pace.wait()
    session_id = str(payment.attempt.session_id)
    try:
        session = gateways.get_gateway().fetch_session(session_id)
    except gateways.DeclinedError:
        return False
    return session.fee_amount is not None


def _say(
    row: Refund | Dispute | Transfer | TransferRecall, change: records.BalanceChange
) -> tuple[Sum, int]:
    """Return what we say of a row of Stripe's books, and in which sum it belongs."""
    if isinstance(row, Refund):
        return Sum.REFUNDS, _say_refund(row, change)
    if isinstance(row, Dispute):
        return Sum.DISPUTES, _say_dispute(row, change)
    sign = 1 if isinstance(row, TransferRecall) else -1
    return Sum.TRANSFERS, sign * row.amount


def _say_refund(refund: Refund, change: records.BalanceChange) -> int:
    """Return what we say: it went out, and came back if it failed."""
    if change.amount < 0:
        return -refund.amount
    return refund.amount if refund.status in {"failed", "canceled"} else 0


def _say_dispute(dispute: Dispute, change: records.BalanceChange) -> int:
    """Return what we say: the bank took it, and gave back what it does not hold."""
    has_moved = dispute.withdrawn_amount or dispute.status in _CLOSED_WITH_MONEY
    if change.amount < 0:
        return -dispute.amount if has_moved else 0
    return dispute.amount - dispute.withdrawn_amount if has_moved else 0
