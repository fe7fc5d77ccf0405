"""Money back to customers: the row first, then Stripe under the row's key.

Here a refund is asked for. How it is sent is in `refund_sending`, what Stripe says of
it in `refund_sync`; their services are called from here too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from donations.domain import money
from store.models import Line, Order, Payment, Refund, RefundLine
from store.services import (
    holds,
    orders,
    refund_rows,
    refund_sending,
    refund_sync,
    retargeting,
)

# One door for callers; each of these fills a module of its own.
send_refund = refund_sending.send_refund
find_due = refund_sending.find_due
sync_payment = refund_sync.sync_payment
sync_refund = refund_sync.sync_refund
sync_recent = refund_sync.sync_recent
check_payment = refund_sync.check_payment
apply_refunds = refund_sync.apply_refunds
find_unfinished = refund_sync.find_unfinished
find_unchecked = refund_sync.find_unchecked

RefundRefusedError = refund_rows.RefundRefusedError
RefundTooLargeError = refund_rows.RefundTooLargeError


class NothingToRefundError(RefundRefusedError):
    """Nothing is left of the payment, or the amount asked for is not positive."""


class PaymentDisputedError(RefundRefusedError):
    """The customer's bank has the money: answer the dispute, a refund pays twice."""


class LineUnknownError(RefundRefusedError):
    """A line belongs to another order, or to an order that this payment did not buy."""


class LineAlreadyReturnedError(RefundRefusedError):
    """A piece was refunded already, or is about to be."""


class ShippingAlreadyRefundedError(RefundRefusedError):
    """What shipping cost went back with an earlier refund."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What should go back: an amount, or pieces at what was paid for them.

    With neither, everything that is left. With both, the pieces come back and only the
    amount is paid for them. Shipping goes back with pieces only; `restock_ids` are the
    lines whose pieces go on sale again.
    """

    amount: int | None = None
    line_ids: tuple[int, ...] = ()
    restock_ids: tuple[int, ...] = ()
    is_shipping_included: bool = False


def owe_refund(*, payment: Payment, reason: str, at: datetime) -> Refund | None:
    """Record that a payment goes back in full, and ask a worker to send it.

    The caller holds the transaction in which the refund's cause is recorded, and the
    order's lock. A payment of nothing has nothing to send back.
    """
    if not payment.amount:
        return None
    cause = refund_rows.Cause(Refund.Origin.AUTOMATIC, reason)
    return refund_rows.owe(payment=payment, amount=payment.amount, cause=cause, at=at)


def request_refund(
    *,
    payment_id: int,
    wish: Wish,
    origin: str,
    reason: str,
    requested_by_id: int | None = None,
    at: datetime,
) -> Refund:
    """Record that some of a payment goes back, and ask a worker to send it.

    Two people at once get what is left, and no more. The order's status follows at
    once, its donations when Stripe has accepted the refund.

    Raises:
        RefundTooLargeError: more was asked for than is left, or than was paid.
        NothingToRefundError: nothing is left, or the amount is not positive.
        PaymentDisputedError: a dispute of the payment is open.
        LineUnknownError: a line was not bought with this payment.
        LineAlreadyReturnedError: a piece was refunded already.
        ShippingAlreadyRefundedError: shipping was.
        Payment.DoesNotExist: there is no such payment.
    """
    order_id = Payment.objects.values_list("order_id", flat=True).get(pk=payment_id)
    with transaction.atomic():
        order = orders.lock_order(pk=order_id)
        payment = Payment.objects.get(pk=payment_id)
        _check_disputes(payment)
        lines = _read_lines(payment, wish)
        amount, parts = _reckon(order, payment, lines, wish)
        cause = refund_rows.Cause(origin, reason, requested_by_id)
        refund = refund_rows.owe(payment=payment, amount=amount, cause=cause, at=at)
        _record_lines(refund, lines, parts, wish)
        returned = {line.pk: line.piece_id for line in lines}
        restocked = [returned[pk] for pk in wish.restock_ids if pk in returned]
        holds.restock_pieces(order=order, piece_ids=restocked)
        retargeting.follow_status(order=order)
    return refund


def count_refundable(*, payment: Payment) -> int:
    """Return how much of a payment can still go back, in minor units."""
    lost = retargeting.sum_lost(payment=payment)
    return max(payment.refundable_amount - lost, 0)


def _check_disputes(payment: Payment) -> None:
    if retargeting.is_disputed(payment=payment):
        raise PaymentDisputedError(
            f"{payment.intent_id} is disputed: answer the dispute instead"
        )


def _read_lines(payment: Payment, wish: Wish) -> list[Line]:
    """Return the lines that come back, in order; all of them, or refuse."""
    if not wish.line_ids:
        return []
    bought = Line.objects.filter(pk__in=wish.line_ids, order_id=payment.order_id)
    lines = list(bought.order_by("position")) if payment.is_counted else []
    if len(lines) < len(set(wish.line_ids)):
        raise LineUnknownError(f"{payment.intent_id} did not pay for these pieces")
    returned = RefundLine.objects.filter(line__in=lines, is_live=True)
    names = list(returned.values_list("line__piece__serial_number", flat=True))
    if names:
        raise LineAlreadyReturnedError(f"refunded already: {', '.join(names)}")
    return lines


def _reckon(
    order: Order, payment: Payment, lines: Sequence[Line], wish: Wish
) -> tuple[int, list[int]]:
    """Return how much goes back, and how much of it for each piece."""
    left = count_refundable(payment=payment)
    paid = [line.total_amount for line in lines]
    most = sum(paid) + _shipping(order, payment, wish) if lines else left
    amount = most if wish.amount is None else wish.amount
    if amount <= 0:
        raise NothingToRefundError("there is nothing to send back")
    if amount > min(most, left):
        raise refund_rows.too_large(
            payment=payment, asked=amount, left_amount=min(most, left)
        )
    for_pieces = min(amount, sum(paid))
    return amount, money.split(for_pieces, paid) if for_pieces else [0] * len(paid)


def _shipping(order: Order, payment: Payment, wish: Wish) -> int:
    if not wish.is_shipping_included or not order.shipping_amount:
        return 0
    with_pieces = payment.refunds.live().filter(lines__isnull=False).distinct()
    for refund in with_pieces:
        pieces = refund.lines.aggregate(total=Sum("amount"))["total"]
        if refund.amount > pieces:
            raise ShippingAlreadyRefundedError("shipping went back already")
    return order.shipping_amount


def _record_lines(
    refund: Refund, lines: Sequence[Line], parts: Sequence[int], wish: Wish
) -> None:
    RefundLine.objects.bulk_create(
        RefundLine(
            refund=refund,
            line=line,
            amount=part,
            is_restocked=line.pk in wish.restock_ids,
        )
        for line, part in zip(lines, parts, strict=True)
    )
