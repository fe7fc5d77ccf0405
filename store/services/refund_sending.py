"""Ask Stripe for the refunds that are due, each under its row's key.

Stripe is asked outside every transaction. Who never gets an answer steps back behind
the others; who is refused for good is given up, and a person is told.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from store.domain import patience
from store.gateways import base as gateways
from store.models import Refund
from store.services import orders, refund_rows, refund_sync, retargeting

# By then the answer to an earlier try may be lost, or an error stored under the key.
_LOOK_FIRST_AFTER = timedelta(minutes=10)
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=6)
# Asked again, Stripe says the same. A name of a parameter stands for a code where
# Stripe has none: the amount is more than is left.
_FOR_GOOD = frozenset({"charge_already_refunded", "charge_disputed", "amount"})


def send_refund(*, refund_id: int, at: datetime) -> None:
    """Ask Stripe for a due refund under its stored key, and store the answer.

    A refund that was asked for already is left alone. One that Stripe refuses may be
    made already: then it is that one. Refused for good, it is canceled and noted for
    staff; else it stays due, since an empty balance may be the reason.

    Raises:
        GatewayError: Stripe refused for now or cannot be reached; it stays due.
    """
    due = Refund.objects.due().select_related("payment__order")
    refund = due.filter(pk=refund_id).first()
    if refund is None:
        return
    _step_back(refund, at)
    if at - refund.created_at > _LOOK_FIRST_AFTER:
        refund_sync.sync_payment(payment_id=refund.payment_id, at=at)
        if not due.filter(pk=refund_id).exists():
            return
    _ask(refund, at)


def find_due(*, older_than: datetime, limit: int) -> list[int]:
    """List refunds left behind by a lost nudge or an unreachable Stripe.

    The one whose turn came first is first: each failure doubles the wait.
    """
    waiting = Refund.objects.due().filter(next_try_at__lte=older_than)
    in_turn = waiting.order_by("next_try_at", "pk")
    return list(in_turn.values_list("pk", flat=True)[:limit])


def _step_back(refund: Refund, at: datetime) -> None:
    wait = patience.wait_after(
        tries=refund.tries, first=_FIRST_WAIT, longest=_LONGEST_WAIT
    )
    Refund.objects.filter(pk=refund.pk).update(
        tries=F("tries") + 1, next_try_at=at + wait
    )


def _ask(refund: Refund, at: datetime) -> None:
    try:
        result = gateways.get_gateway().refund(_request(refund))
    except (gateways.DeclinedError, gateways.KeyReusedError) as error:
        # Made already, by us or by another hand? Stripe's list tells.
        refund_sync.sync_payment(payment_id=refund.payment_id, at=at)
        if not _take_refusal(refund, error, at):
            raise
    else:
        refund_sync.apply_refunds(payment_id=refund.payment_id, results=[result], at=at)


def _request(refund: Refund) -> gateways.RefundRequest:
    return gateways.RefundRequest(
        idempotency_key=refund.idempotency_key,
        intent_id=refund.payment.intent_id,
        amount=refund.amount,
        currency=refund.currency,
        order=str(refund.payment.order.uuid),
        reference=str(refund.uuid),
    )


def _take_refusal(refund: Refund, error: gateways.GatewayError, at: datetime) -> bool:
    """Note a refusal and give up where it is for good; tell whether all is done.

    A key that was used otherwise is never asked under another one (payments.md I2).
    """
    is_for_good = error.code in _FOR_GOOD or isinstance(error, gateways.KeyReusedError)
    with transaction.atomic():
        order = orders.lock_order(pk=refund.payment.order_id)
        if not Refund.objects.due().filter(pk=refund.pk).exists():
            return True
        reason = f"Refund refused: {error.code or type(error).__name__}"
        if is_for_good:
            refund_rows.cancel(refund=refund, reason=error.code, at=at)
            reason += refund_rows.take_back_restocked(order=order, refund=refund)
            refund_rows.recount(payment=refund.payment)
            retargeting.follow_money(order=order, at=at, cause=reason)
        orders.note_problem(order=order, reason=reason)
    return is_for_good
