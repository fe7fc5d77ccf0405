"""Look at one thing again, by the kind and reference of its difference."""

from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import transaction

from store.models import Difference, Line, Order
from store.services import orders as locking
from store.services.reconciliation import (
    balances,
    disputes,
    donations,
    orders,
    refunds,
    sessions,
)
from store.services.reconciliation.findings import Finding
from store.services.reconciliation.pacing import Pace

Look = Callable[[str, Pace, datetime], Finding | None]
_Kind = Difference.Kind


def look(*, kind: str, reference: str, pace: Pace, at: datetime) -> Finding | None:
    """Return what disagrees there by now; None when nothing does any more.

    Raises:
        GatewayError: Stripe cannot be asked.
    """
    return _LOOKS[_Kind(kind)](reference, pace, at)


def look_at_order(*, order_id: int) -> list[Finding]:
    """Return everything that does not fit the money of one order.

    It is read under its lock, so that no payment or refund comes in between.
    """
    with transaction.atomic():
        locking.lock_order(pk=order_id)
        order = orders.read(order_id=order_id)
        status = orders.judge(order=order)
        found = list(donations.judge(chunk=[order]))
    return [status, *found] if status else found


def _at_session(reference: str, pace: Pace, at: datetime) -> Finding | None:
    return sessions.look(reference=reference, pace=pace)


def _at_refund(reference: str, pace: Pace, at: datetime) -> Finding | None:
    return refunds.look(reference=reference, pace=pace, at=at)


def _at_dispute(reference: str, pace: Pace, at: datetime) -> Finding | None:
    return disputes.look(reference=reference, pace=pace, at=at)


def _at_order(reference: str, pace: Pace, at: datetime) -> Finding | None:
    pk = Order.objects.values_list("pk", flat=True).get(number=reference)
    return _pick(look_at_order(order_id=pk), reference)


def _at_line(reference: str, pace: Pace, at: datetime) -> Finding | None:
    uuid = reference.rpartition(":")[2]
    pk = Line.objects.values_list("order", flat=True).get(uuid=uuid)
    return _pick(look_at_order(order_id=pk), reference)


def _at_day(reference: str, pace: Pace, at: datetime) -> Finding | None:
    return balances.look(reference=reference, pace=pace, at=at)


def _pick(found: list[Finding], reference: str) -> Finding | None:
    return next((one for one in found if one.reference == reference), None)


_LOOKS: Mapping[Difference.Kind, Look] = {
    _Kind.UNKNOWN_PAYMENT: _at_session,
    _Kind.MISSING_PAYMENT: _at_session,
    _Kind.PAYMENT_AMOUNT: _at_session,
    _Kind.UNKNOWN_REFUND: _at_refund,
    _Kind.MISSING_REFUND: _at_refund,
    _Kind.REFUND_AMOUNT: _at_refund,
    _Kind.UNKNOWN_DISPUTE: _at_dispute,
    _Kind.DISPUTE_AMOUNT: _at_dispute,
    _Kind.ORDER_STATUS: _at_order,
    _Kind.DONATION: _at_line,
    _Kind.DAY_TOTAL: _at_day,
}
