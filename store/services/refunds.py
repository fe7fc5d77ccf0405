"""Money back to customers: the row first, then Stripe under the row's key."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from store import enqueue, signals
from store.domain.order import OrderStatus, RefundStatus
from store.gateways import base as gateways
from store.models import Order, Payment, Refund
from store.services import orders

_GONE = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED})
# By then the answer to an earlier try may be lost, or an error stored under the key.
_LOOK_FIRST_AFTER = timedelta(minutes=10)
_FINAL = _GONE | {RefundStatus.SUCCEEDED}


def owe_refund(*, payment: Payment, reason: str, at: datetime) -> Refund:
    """Record that a payment goes back in full, and ask a worker to send it.

    The caller holds the transaction in which the refund's cause is recorded.
    """
    refund = Refund.objects.create(
        payment=payment,
        amount=payment.amount,
        currency=payment.currency,
        reason=reason,
        next_try_at=at,
        created_at=at,
    )
    enqueue.enqueue("store.send_refund", refund_id=refund.pk)
    return refund


def send_refund(*, refund_id: int, at: datetime) -> None:
    """Ask Stripe for a due refund under its stored key, and store the answer.

    A refund that was asked for already is left alone. One that Stripe refuses may be
    made already: then it is that one. Else it stays due, since the balance may be the
    reason, and a person is asked to look.

    Raises:
        GatewayError: Stripe refused or cannot be reached; the refund stays due.
    """
    due = Refund.objects.due().select_related("payment__order")
    refund = due.filter(pk=refund_id).first()
    if refund is None:
        return
    is_late = at - refund.created_at > _LOOK_FIRST_AFTER
    result = (_find_made(refund) if is_late else None) or _ask(refund)
    apply_refund(refund=refund, result=result, at=at)


def check_refund(*, gateway_id: str, at: datetime) -> bool:
    """Fetch one of our refunds and store how it stands; False when it is not ours.

    Raises:
        GatewayError: Stripe cannot be reached.
    """
    refund = Refund.objects.filter(gateway_id=gateway_id).first()
    if refund is None:
        return False
    result = gateways.get_gateway().fetch_refund(gateway_id)
    apply_refund(refund=refund, result=result, at=at)
    return True


def apply_refund(
    *, refund: Refund, result: gateways.RefundResult, at: datetime
) -> None:
    """Store what Stripe says of a refund, and finish the order when all is back."""
    with transaction.atomic():
        order = orders.lock_order(pk=refund.payment.order_id)
        status = RefundStatus(result.status)
        Refund.objects.filter(pk=refund.pk).update(
            gateway_id=result.id,
            status=status,
            finished_at=at if status in _FINAL else None,
        )
        if status == RefundStatus.SUCCEEDED and order.status == OrderStatus.REFUNDING:
            _finish(order)
        if status in _GONE:
            orders.send_to_review(order=order, reason=f"Refund {status}: {result.id}")


def find_due(*, older_than: datetime, limit: int) -> list[int]:
    """List refunds left behind by a lost nudge or an unreachable Stripe."""
    return list(
        Refund.objects.due()
        .filter(created_at__lte=older_than)
        .order_by("created_at")
        .values_list("pk", flat=True)[:limit]
    )


def find_unfinished(*, older_than: timedelta, at: datetime, limit: int) -> list[str]:
    """List refunds that Stripe accepted and has not finished, oldest first."""
    return [
        str(gateway_id)
        for gateway_id in Refund.objects.filter(
            status__in=[RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION],
            created_at__lte=at - older_than,
        )
        .order_by("created_at")
        .values_list("gateway_id", flat=True)[:limit]
    ]


def _find_made(refund: Refund) -> gateways.RefundResult | None:
    """Find the refund that Stripe made and whose answer we never got.

    Stripe forgets keys after a day, and repeats a stored error of its own until then.
    """
    payment = refund.payment
    known = set(payment.refunds.values_list("gateway_id", flat=True))
    for made in gateways.get_gateway().find_refunds(payment.intent_id):
        is_ours = made.amount == refund.amount and made.id not in known
        if is_ours and made.status not in _GONE:
            return made
    return None


def _ask(refund: Refund) -> gateways.RefundResult:
    """Ask for the refund; refused, it may be the one that is made already."""
    try:
        return gateways.get_gateway().refund(_request(refund))
    except (gateways.DeclinedError, gateways.KeyReusedError) as error:
        made = _find_made(refund)
        if made is None:
            reason = f"Refund refused: {error.code}"
            orders.note_problem(order=refund.payment.order, reason=reason)
            raise
        return made


def _request(refund: Refund) -> gateways.RefundRequest:
    return gateways.RefundRequest(
        idempotency_key=refund.idempotency_key,
        intent_id=refund.payment.intent_id,
        amount=refund.amount,
        order=str(refund.payment.order.uuid),
    )


def _finish(order: Order) -> None:
    """Call the order refunded when every payment is back, not only a second one."""
    came = order.payments.aggregate(total=Sum("amount"))["total"]
    back = Refund.objects.filter(
        payment__order=order, status=RefundStatus.SUCCEEDED
    ).aggregate(total=Sum("amount"))["total"]
    if back >= came:
        orders.move_order(order=order, to=OrderStatus.REFUNDED)
        signals.announce(signals.order_refunded, order_id=order.pk)
