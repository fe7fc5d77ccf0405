"""The rows of refunds and the payment's sum of them: owe one, cancel one, recount.

Callers hold the transaction and the order's lock. The sum is changed by a conditional
update besides, and the database refuses one that is more than came.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Sum

from donations.domain import money
from store import enqueue
from store.domain.order import RefundStatus
from store.models import Order, Payment, Refund, RefundLine
from store.services import holds

_REASON_LENGTH = 200
_CODE_LENGTH = 60


class RefundRefusedError(Exception):
    """A refund was not recorded; what follows from it says why, for staff to read."""


class RefundTooLargeError(RefundRefusedError):
    """More was asked for than is left of the payment; somebody may have been faster."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Who wants a refund, and why."""

    origin: str
    reason: str
    requested_by_id: int | None = None


def owe(*, payment: Payment, amount: int, cause: Cause, at: datetime) -> Refund:
    """Take an amount from what is left of a payment and write the refund that is owed.

    Raises:
        RefundTooLargeError: it is not left.
    """
    claimed = Payment.objects.filter(
        pk=payment.pk, refunded_amount__lte=F("amount") - amount
    ).update(refunded_amount=F("refunded_amount") + amount)
    payment.refresh_from_db(fields=["refunded_amount"])
    if not claimed:
        raise too_large(
            payment=payment, asked=amount, left_amount=payment.refundable_amount
        )
    refund = Refund.objects.create(
        payment=payment,
        amount=amount,
        currency=payment.currency,
        origin=cause.origin,
        reason=cause.reason[:_REASON_LENGTH],
        requested_by_id=cause.requested_by_id,
        next_try_at=at,
        created_at=at,
    )
    enqueue.enqueue("store.send_refund", refund_id=refund.pk)
    return refund


def cancel(*, refund: Refund, reason: str, at: datetime) -> None:
    """Give up a refund that Stripe will not make; what it took is left again."""
    Refund.objects.filter(pk=refund.pk, status=RefundStatus.DUE).update(
        status=RefundStatus.CANCELED,
        failure_reason=reason[:_CODE_LENGTH],
        finished_at=at,
    )
    release_lines(refund=refund)


def release_lines(*, refund: Refund) -> None:
    """Let the pieces of a refund that came to nothing be refunded anew."""
    RefundLine.objects.filter(refund=refund).update(is_live=False)


def take_back_restocked(*, order: Order, refund: Refund) -> str:
    """Take the pieces of a refund that came to nothing off sale again.

    Returns what a person must know of those that are sold on, or nothing.
    """
    restocked = refund.lines.filter(is_restocked=True)
    piece_ids = list(restocked.values_list("line__piece_id", flat=True))
    gone = holds.take_back_pieces(order=order, piece_ids=piece_ids)
    return f"; sold on meanwhile: {', '.join(gone)}" if gone else ""


def recount(*, payment: Payment) -> None:
    """Store the sum of the payment's live refunds.

    Raises:
        IntegrityError: it is more than came.
    """
    live = payment.refunds.live().aggregate(total=Sum("amount"))["total"]
    Payment.objects.filter(pk=payment.pk).update(refunded_amount=live or 0)
    payment.refresh_from_db(fields=["refunded_amount"])


def too_large(*, payment: Payment, asked: int, left_amount: int) -> RefundTooLargeError:
    """Return the error that says what was asked for, and what is left."""
    wanted, left = (
        money.format_money(money.Money(amount, payment.currency))
        for amount in (asked, max(left_amount, 0))
    )
    return RefundTooLargeError(f"{wanted} cannot go back: {left} is left")
