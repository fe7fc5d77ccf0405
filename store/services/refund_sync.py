"""What Stripe says of a payment's refunds, brought into our rows; its list is true.

Refunds of ours are known by the reference that they carry; any other was made in the
Dashboard. Called by webhooks, sweeps and after every refusal, in any order, any number
of times: at Stripe a refund only goes forward, and an older answer changes nothing.
"""

import contextlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q, Sum

from store.domain.order import ACCEPTED_REFUNDS, RefundStatus
from store.gateways import base as gateways
from store.models import Message, Order, Payment, Refund
from store.services import messages, orders, refund_rows, retargeting

_GONE = frozenset({RefundStatus.FAILED, RefundStatus.CANCELED})
_FINAL = _GONE | {RefundStatus.SUCCEEDED}
_UNFINISHED = (RefundStatus.PENDING, RefundStatus.REQUIRES_ACTION)
# A refund never goes back to an earlier stage: what says so was read before.
_STAGES = {
    RefundStatus.DUE: 0,
    RefundStatus.PENDING: 1,
    RefundStatus.REQUIRES_ACTION: 1,
    RefundStatus.SUCCEEDED: 2,
    RefundStatus.FAILED: 3,
    RefundStatus.CANCELED: 3,
}
_LOOK_AGAIN_AFTER = timedelta(hours=1)
# Webhooks had their chance by then; older refunds are found payment by payment.
_RECENT = timedelta(days=2)


def sync_payment(*, payment_id: int, at: datetime) -> None:
    """Bring the refunds of one payment to what Stripe lists, whoever made them.

    Raises:
        GatewayError: Stripe cannot be asked.
    """
    payment = Payment.objects.get(pk=payment_id)
    if not payment.amount:
        return
    # Before Stripe is asked: one that always fails goes to the end of the line.
    Payment.objects.filter(pk=payment_id).update(checked_at=at)
    unfinished = payment.refunds.filter(status__in=_UNFINISHED)
    unfinished.update(next_try_at=at + _LOOK_AGAIN_AFTER)
    results = gateways.get_gateway().find_refunds(payment.intent_id)
    apply_refunds(payment_id=payment_id, results=results, at=at)


def sync_refund(*, gateway_id: str, at: datetime) -> bool:
    """Bring the refunds of the payment that a refund belongs to up to date.

    Returns False when the payment is not ours.

    Raises:
        GatewayError: Stripe cannot be asked.
    """
    known = Refund.objects.filter(gateway_id=gateway_id)
    payment_id = known.values_list("payment_id", flat=True).first()
    if payment_id is None:
        intent_id = gateways.get_gateway().fetch_refund(gateway_id).intent_id
        payment_id = _find_payment(intent_id)
    if payment_id is not None:
        sync_payment(payment_id=payment_id, at=at)
    return payment_id is not None


def sync_recent(*, at: datetime) -> None:
    """Find refunds of the last days whose webhook was lost, with one list of Stripe's.

    Raises:
        GatewayError: Stripe cannot be asked.
    """
    made = gateways.get_gateway().list_refunds(since=at - _RECENT, until=at)
    intent_ids = {one.intent_id for one in made if not _is_known(one)}
    ours = Payment.objects.filter(intent_id__in=intent_ids)
    for payment_id in ours.values_list("pk", flat=True):
        sync_payment(payment_id=payment_id, at=at)


def check_payment(*, payment_id: int, at: datetime) -> None:
    """Compare what went back of a payment with what Stripe counts, and look closer.

    Raises:
        GatewayError: Stripe cannot be asked.
    """
    payment = Payment.objects.get(pk=payment_id)
    Payment.objects.filter(pk=payment_id).update(checked_at=at)
    charge = gateways.get_gateway().fetch_charge(payment.charge_id)
    if charge.refunded_amount != _sum_accepted(payment):
        sync_payment(payment_id=payment_id, at=at)


def sync_if_refunded(*, session: gateways.Session, at: datetime) -> None:
    """Look at the refunds of a Session's payment when its sum is not ours.

    A refund's own event may arrive before the payment is known, and is lost on us.

    Raises:
        GatewayError: Stripe cannot be asked.
    """
    payment = Payment.objects.filter(intent_id=session.intent_id).first()
    if payment and session.refunded_amount != _sum_accepted(payment):
        sync_payment(payment_id=payment.pk, at=at)


def apply_refunds(
    *, payment_id: int, results: Sequence[gateways.RefundResult], at: datetime
) -> None:
    """Store what Stripe says of some refunds, and let order and donations follow.

    Refunds that are not named are left as they are.
    """
    order_id = Payment.objects.values_list("order_id", flat=True).get(pk=payment_id)
    with transaction.atomic():
        order = orders.lock_order(pk=order_id)
        payment = Payment.objects.get(pk=payment_id)
        for result in results:
            _store(order, payment, result, at)
        cut = _make_room(order, payment, at)
        refund_rows.recount(payment=payment)
        _owe_rest(payment, cut, at)
        cause = f"Refunds of payment {payment.intent_id}"
        retargeting.follow_money(order=order, at=at, cause=cause)


def find_unfinished(*, at: datetime, limit: int) -> list[int]:
    """List payments with refunds that Stripe has not finished, in their turn."""
    waiting = Refund.objects.filter(status__in=_UNFINISHED, next_try_at__lte=at)
    found = waiting.order_by("next_try_at").values_list("payment_id", flat=True)
    return list(dict.fromkeys(found[:limit]))


def find_unchecked(*, older_than: timedelta, at: datetime, limit: int) -> list[int]:
    """List payments that nobody compared with Stripe for so long, longest first."""
    moment = at - older_than
    stale = Payment.objects.filter(
        Q(checked_at__lte=moment) | Q(checked_at=None, paid_at__lte=moment)
    ).exclude(charge_id="")
    in_turn = stale.order_by(F("checked_at").asc(nulls_first=True), "pk")
    return list(in_turn.values_list("pk", flat=True)[:limit])


def _find_payment(intent_id: str) -> int | None:
    found = Payment.objects.filter(intent_id=intent_id)
    return found.values_list("pk", flat=True).first()


def _is_known(result: gateways.RefundResult) -> bool:
    return Refund.objects.filter(gateway_id=result.id, status=result.status).exists()


def _sum_accepted(payment: Payment) -> int:
    accepted = payment.refunds.filter(status__in=sorted(ACCEPTED_REFUNDS))
    return int(accepted.aggregate(total=Sum("amount"))["total"] or 0)


def _store(
    order: Order, payment: Payment, result: gateways.RefundResult, at: datetime
) -> None:
    refund = _find_row(payment, result) or _record_foreign(payment, result, at)
    before = RefundStatus(refund.status) if refund.gateway_id else RefundStatus.DUE
    after = RefundStatus(result.status)
    if _STAGES[after] < _STAGES[before]:
        return
    Refund.objects.filter(pk=refund.pk).update(
        gateway_id=result.id,
        status=after,
        pending_reason=result.pending_reason,
        failure_reason=result.failure_reason,
        next_try_at=at + _LOOK_AGAIN_AFTER,
        finished_at=_finished_at(refund, before, after, at),
    )
    if after != before:
        _follow_up(order, refund, after, at)


def _finished_at(
    refund: Refund, before: RefundStatus, after: RefundStatus, at: datetime
) -> datetime | None:
    if after == before:
        return refund.finished_at
    return at if after in _FINAL else None


def _find_row(payment: Payment, result: gateways.RefundResult) -> Refund | None:
    """Find our row by Stripe's id, or by the reference that Stripe carries for us."""
    known = payment.refunds.filter(gateway_id=result.id).first()
    if known is None:
        with contextlib.suppress(ValueError):
            asked = payment.refunds.filter(gateway_id=None)
            known = asked.filter(uuid=UUID(result.reference)).first()
    return known


def _record_foreign(
    payment: Payment, result: gateways.RefundResult, at: datetime
) -> Refund:
    return Refund.objects.create(
        payment=payment,
        amount=result.amount,
        currency=result.currency,
        origin=Refund.Origin.STRIPE,
        reason="Made at Stripe",
        next_try_at=at,
        created_at=result.created_at,
    )


def _follow_up(order: Order, refund: Refund, after: RefundStatus, at: datetime) -> None:
    """Say "refunded" only now, or have a person look at what did not go back."""
    if after == RefundStatus.SUCCEEDED:
        kind = Message.Kind.REFUNDED
        messages.owe_message(order=order, kind=kind, at=at, reference=str(refund.uuid))
    elif after in _GONE:
        refund_rows.release_lines(refund=refund)
        sold_on = refund_rows.take_back_restocked(order=order, refund=refund)
        reason = f"Refund {after}: {refund.idempotency_key}{sold_on}"
        orders.note_problem(order=order, reason=reason)


def _make_room(order: Order, payment: Payment, at: datetime) -> list[Refund]:
    """Cancel due refunds for which a refund of another hand left nothing."""
    left, cut = payment.amount - _sum_accepted(payment), []
    for refund in payment.refunds.due().order_by("created_at", "pk"):
        if refund.amount <= left:
            left -= refund.amount
            continue
        refund_rows.cancel(refund=refund, reason="nothing_left", at=at)
        reason = f"Too little is left for {refund.idempotency_key}"
        orders.note_problem(order=order, reason=reason)
        cut.append(refund)
    return cut


def _owe_rest(payment: Payment, cut: Sequence[Refund], at: datetime) -> None:
    """Owe what is left where all was to go back: nobody else would ask for it."""
    for refund in cut:
        if refund.origin == Refund.Origin.AUTOMATIC and payment.refundable_amount:
            refund_rows.owe(
                payment=payment,
                amount=payment.refundable_amount,
                cause=refund_rows.Cause(refund.origin, refund.reason),
                at=at,
            )
