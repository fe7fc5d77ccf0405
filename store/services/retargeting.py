"""Order and donations follow the money: one rule each, read from the whole state.

Callers hold the transaction and the order's lock, and call `follow_money` whenever
money of the order has moved. Nothing here depends on the order of events.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet, Sum

from donations.services import donations
from store import signals
from store.domain.order import (
    ACCEPTED_REFUNDS,
    INQUIRIES,
    LIVE_REFUNDS,
    OrderStatus,
    RefundStatus,
)
from store.models import Dispute, Line, Order, Payment, Refund, RefundLine
from store.services import holds, orders, transfer_recalls, vouchers

_NOT_YET_BACK = LIVE_REFUNDS - {RefundStatus.SUCCEEDED}


@dataclass(frozen=True, slots=True)
class _Books:
    """What came for an order and what of it is gone, in minor units."""

    is_sold: bool
    came: int
    refunded: int
    lost: int
    is_disputed: bool
    is_refund_unfinished: bool


def follow_money(*, order: Order, at: datetime, cause: str) -> None:
    """Bring an order's status and its donations to what its money says now.

    `cause` is written on the donations that change.
    """
    follow_status(order=order)
    retarget_order(order=order, at=at, cause=cause)


def follow_status(*, order: Order) -> None:
    """Bring an order's status to what its money says now; no money, no change."""
    payments = _read_payments(order)
    if not payments:
        return
    books = _read_books(payments)
    after = _status_for(books)
    if after == order.status:
        return
    orders.move_order(order=order, to=after)
    if not books.is_sold and after != OrderStatus.REVIEW:
        # Nobody will sell these pieces to this order any more.
        holds.release_pieces(order=order)
        vouchers.release_voucher(order=order)
    if after == OrderStatus.REFUNDED:
        signals.announce(signals.order_refunded, order_id=order.pk)


def retarget_order(*, order: Order, at: datetime, cause: str) -> None:
    """Bring the donations of an order's lines to what is kept of its counted payment.

    More gone than came is noted for a person; until somebody finds out which figure is
    wrong no amount changes, and all of it is held.
    """
    payment = order.payments.filter(is_counted=True).first()
    giving = order.lines.filter(
        pledge_version__isnull=False, donation_base_amount__gt=0
    )
    lines = list(giving.order_by("position"))
    if payment is None or not lines:
        return
    bases: Sequence[int | None]
    try:
        bases = _compute_bases(payment, lines)
        is_held = is_disputed(payment=payment)
    except donations.RefundsExceedPaymentError:
        reason = f"More is gone of payment {payment.intent_id} than came"
        orders.note_problem(order=order, reason=reason)
        bases, is_held = [None] * len(lines), True
    donations.retarget_donations(
        changes=[
            donations.BaseChange(line.source, base, at, cause, is_held)
            for line, base in zip(lines, bases, strict=True)
        ]
    )
    transfer_recalls.owe_recalls(payment=payment, at=at)


def _compute_bases(payment: Payment, lines: Sequence[Line]) -> list[int]:
    returned = _read_returned(payment)
    accepted = payment.refunds.filter(status__in=sorted(ACCEPTED_REFUNDS))
    came_back = sum(returned.values())
    return donations.remaining_bases(
        bases=[line.donation_base_amount for line in lines],
        returned=[line.pk in returned for line in lines],
        paid_amount=payment.amount,
        returned_amount=came_back,
        refunded_amount=_sum(accepted) + sum_lost(payment=payment) - came_back,
    )


def is_disputed(*, payment: Payment) -> bool:
    """Tell whether a dispute is open that moved money, or is about to.

    An inquiry is none: it moves no money, and a refund answers it.
    """
    return _list_holding([payment]).exists()


def sum_lost(*, payment: Payment) -> int:
    """Return what banks kept of a payment after disputes, whatever these are called."""
    return _sum_lost([payment])


def _read_payments(order: Order) -> list[Payment]:
    """Return the payment that sold the order, or else all that came for it."""
    payments = list(order.payments.all())
    return [one for one in payments if one.is_counted] or payments


def _read_books(payments: list[Payment]) -> _Books:
    unfinished = Refund.objects.filter(
        payment__in=payments, status__in=sorted(_NOT_YET_BACK)
    )
    return _Books(
        is_sold=payments[0].is_counted,
        came=sum(one.amount for one in payments),
        refunded=sum(one.refunded_amount for one in payments),
        lost=_sum_lost(payments),
        is_disputed=_list_holding(payments).exists(),
        is_refund_unfinished=unfinished.exists(),
    )


def _status_for(books: _Books) -> OrderStatus:
    if books.is_disputed and books.is_sold:
        return OrderStatus.DISPUTED
    gone = books.refunded + books.lost
    if gone == 0 or gone < books.came:
        return OrderStatus.PAID if books.is_sold else OrderStatus.REVIEW
    if books.lost:
        return OrderStatus.LOST
    is_unfinished = books.is_refund_unfinished
    return OrderStatus.REFUNDING if is_unfinished else OrderStatus.REFUNDED


def _read_returned(payment: Payment) -> dict[int, int]:
    """Return what went back for each piece that came back, by line."""
    rows = RefundLine.objects.filter(
        refund__payment=payment,
        refund__status__in=sorted(ACCEPTED_REFUNDS),
        is_live=True,
    )
    return dict(rows.values_list("line_id", "amount"))


def _list_holding(payments: list[Payment]) -> QuerySet[Dispute]:
    moves_money = ~Q(status__in=sorted(INQUIRIES)) | Q(withdrawn_amount__gt=0)
    return Dispute.objects.open().filter(moves_money, payment__in=payments)


def _sum_lost(payments: list[Payment]) -> int:
    closed = Dispute.objects.closed().filter(payment__in=payments)
    total = closed.aggregate(total=Sum("withdrawn_amount"))["total"]
    return int(total or 0)


def _sum(refunds: QuerySet[Refund]) -> int:
    return int(refunds.aggregate(total=Sum("amount"))["total"] or 0)
