"""A refund that staff looks at before it is asked for, and asks for as it was seen.

What it would do is found out by doing it and taking it back, so that the preview and
the real thing cannot differ. Nothing of a rehearsal is ever seen outside of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from donations.domain.money import Money
from donations.services import donations
from store.domain.order import RefundStatus
from store.models import Line, Payment, Refund
from store.services import orders, refunds, retargeting


class PaymentChangedError(refunds.RefundRefusedError):
    """Money of the payment moved since it was looked at; look again."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a refund sends back, what is left after it, and what is given less.

    `seen_amount` is what had gone back before: hand it over to ask for this refund.
    """

    refunded: Money
    left: Money
    given_less: Money
    seen_amount: int


def rehearse_refund(*, payment_id: int, wish: refunds.Wish, at: datetime) -> Rehearsal:
    """Return what a refund would do once Stripe has accepted it; change nothing.

    Raises:
        RefundRefusedError: it could not be asked for; the error says why.
    """
    with transaction.atomic():
        payment = Payment.objects.select_related("order").get(pk=payment_id)
        lines = list(payment.order.lines.all())
        before = _sum_given(lines)
        refund = refunds.request_refund(
            payment_id=payment_id,
            wish=wish,
            origin=Refund.Origin.STAFF,
            reason="Rehearsal",
            at=at,
        )
        Refund.objects.filter(pk=refund.pk).update(status=RefundStatus.PENDING)
        retargeting.retarget_order(order=payment.order, at=at, cause="Rehearsal")
        given_less = before - _sum_given(lines)
        left = refunds.count_refundable(payment=refund.payment)
        transaction.set_rollback(True)
    return Rehearsal(
        refunded=Money(refund.amount, refund.currency),
        left=Money(left, refund.currency),
        given_less=Money(given_less, refund.currency),
        seen_amount=payment.refunded_amount,
    )


def request_as_seen(
    *,
    payment_id: int,
    wish: refunds.Wish,
    seen_amount: int,
    reason: str,
    requested_by_id: int | None,
    at: datetime,
) -> Refund:
    """Ask for a refund, unless money of the payment moved since it was rehearsed.

    So a form that is sent twice asks once.

    Raises:
        PaymentChangedError: another refund was asked for, or one failed, meanwhile.
        RefundRefusedError: it cannot be asked for; the error says why.
    """
    order_id = Payment.objects.values_list("order_id", flat=True).get(pk=payment_id)
    with transaction.atomic():
        orders.lock_order(pk=order_id)
        payment = Payment.objects.get(pk=payment_id)
        if payment.refunded_amount != seen_amount:
            raise PaymentChangedError(f"money of {payment.intent_id} moved meanwhile")
        return refunds.request_refund(
            payment_id=payment_id,
            wish=wish,
            origin=Refund.Origin.STAFF,
            reason=reason,
            requested_by_id=requested_by_id,
            at=at,
        )


def _sum_given(lines: Sequence[Line]) -> int:
    """Return what is given because of these lines, as the donations stand now."""
    given = donations.list_by_source(sources=[line.source for line in lines])
    return sum(state.amount.amount for state in given.values())
