"""What the payment company says, turned into orders: the one `confirm_payment`.

Called from webhook, return page, sweep and admin alike, at once and in any order.
It believes a freshly fetched Session and nothing else, and it acts in one transaction.
"""

from contextlib import suppress
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from store.domain.order import AttemptStatus, OrderStatus
from store.gateways import base as gateways
from store.models import Message, Order, PaymentAttempt
from store.services import (
    holds,
    messages,
    orders,
    refund_sync,
    sales,
    sessions,
    vouchers,
)

_UNPAID_FOR_GOOD = frozenset({"requires_payment_method", "canceled"})
_PAID = frozenset({"paid", "no_payment_required"})
_KEY_LENGTH = 80


class Outcome(StrEnum):
    """What a Session did to its order."""

    FOREIGN = "foreign"
    OPEN = "open"
    AWAITING = "awaiting"
    CONFIRMED = "confirmed"
    FAILED = "failed"
    RELEASED = "released"
    UNCHANGED = "unchanged"


def confirm_payment(*, session_id: str, at: datetime) -> Outcome:
    """Fetch a Session and bring its order into the state that it proves.

    Safe to call any number of times, from several processes at once.

    Raises:
        GatewayError: the Session could not be fetched; nothing changed.
    """
    session = gateways.get_gateway().fetch_session(session_id)
    outcome = apply_session(session=session, at=at)
    if outcome is not Outcome.FOREIGN:
        refund_sync.sync_if_refunded(session=session, at=at)
    return outcome


def apply_session(*, session: gateways.Session, at: datetime) -> Outcome:
    """Bring an order into the state that a fetched Session proves, in one transaction.

    A Session of another shop on the same account is left alone.
    """
    with transaction.atomic():
        attempt = _lock_attempt(session, at)
        if attempt is None:
            return Outcome.FOREIGN
        sessions.record_session(attempt=attempt, session=session, at=at)
        PaymentAttempt.objects.filter(pk=attempt.pk).update(checked_at=at)
        return _apply(attempt, session, at)


def refresh_fee(*, charge_id: str, at: datetime) -> bool:
    """Read a payment's fee once Stripe knows it; False when the charge is not ours.

    Raises:
        GatewayError: Stripe cannot be asked.
    """
    session_ids = PaymentAttempt.objects.filter(payment__charge_id=charge_id)
    session_id = session_ids.values_list("session_id", flat=True).first()
    if session_id is None:
        return False
    confirm_payment(session_id=session_id, at=at)
    return True


def close_attempt(*, attempt: PaymentAttempt, at: datetime) -> bool:
    """End an attempt at Stripe and free its pieces; False when it was paid after all.

    A refused expiry means look again, not go on (payments.md S10).

    Raises:
        GatewayError: Stripe cannot be reached, so nothing was freed.
    """
    gateway = gateways.get_gateway()
    if attempt.session_id is None and not _was_opened(attempt, at):
        abandon_attempt(attempt=attempt)
        return True
    try:
        session = gateway.expire_session(str(attempt.session_id))
    except gateways.DeclinedError:
        session = gateway.fetch_session(str(attempt.session_id))
    return apply_session(session=session, at=at) is Outcome.RELEASED


def _was_opened(attempt: PaymentAttempt, at: datetime) -> bool:
    """Repeat the opening under its own key, to learn of a Session a crash hid."""
    try:
        sessions.open_session(attempt=attempt, at=at)
    except gateways.DeclinedError:
        # Stripe refuses to make the page now, so it never made it before.
        return False
    return True


def abandon_attempt(*, attempt: PaymentAttempt) -> None:
    """End an attempt for which Stripe certainly made no page, and free its pieces."""
    with transaction.atomic():
        order = orders.lock_order(pk=attempt.order_id)
        # Who called read it before the lock: it may be paid by now, and stays so.
        unfinished = PaymentAttempt.objects.unfinished().filter(pk=attempt.pk)
        if not unfinished.update(status=AttemptStatus.FAILED):
            return
        if order.status == OrderStatus.PENDING:
            orders.move_order(order=order, to=OrderStatus.CANCELED)
            holds.release_pieces(order=order)
            vouchers.release_voucher(order=order)


def _lock_attempt(session: gateways.Session, at: datetime) -> PaymentAttempt | None:
    """Find the Session's attempt and lock its order, so that callers take turns.

    A webhook may arrive before the Session's id is stored: then the opaque reference
    names the order, and the attempt is the one still without a Session. A complete
    Session that fits none is given an attempt: its money is ours to sell for, or to
    send back.
    """
    pk = _find_order(session)
    if pk is None:
        return None
    order = orders.lock_order(pk=pk)
    attempts = {attempt.session_id: attempt for attempt in order.attempts.all()}
    attempt = attempts.get(session.id) or attempts.get(None)
    if attempt is None and session.status == "complete":
        attempt = _record_found(order, session, at)
    if attempt is not None:
        attempt.order = order
    return attempt


def _record_found(
    order: Order, session: gateways.Session, at: datetime
) -> PaymentAttempt:
    """Give a Session that nobody here remembers an attempt of its own (S11)."""
    return PaymentAttempt.objects.create(
        order=order,
        number=order.attempts.count() + 1,
        idempotency_key=f"found-{session.id}"[:_KEY_LENGTH],
        session_id=session.id,
        status=AttemptStatus.OPEN,
        amount=session.amount,
        currency=session.currency,
        expires_at=session.expires_at,
        created_at=at,
    )


def _find_order(session: gateways.Session) -> int | None:
    known = PaymentAttempt.objects.filter(session_id=session.id)
    pk = known.values_list("order_id", flat=True).first()
    if pk is None:
        with suppress(ValueError):
            named = Order.objects.filter(uuid=UUID(session.order))
            pk = named.values_list("pk", flat=True).first()
    return pk


def _apply(attempt: PaymentAttempt, session: gateways.Session, at: datetime) -> Outcome:
    if attempt.status == AttemptStatus.PAID:
        sales.record_fee(attempt=attempt, session=session)
        return Outcome.UNCHANGED
    if session.status == "expired":
        return _release(attempt)
    if session.status != "complete":
        return Outcome.OPEN
    if session.payment_status in _PAID:
        sales.record_payment(attempt=attempt, session=session, at=at)
        return Outcome.CONFIRMED
    if session.intent_status in _UNPAID_FOR_GOOD:
        return _fail(attempt, at)
    return _await(attempt)


def _release(attempt: PaymentAttempt) -> Outcome:
    """Free the pieces, but only for the order's current attempt (payments.md S12)."""
    _end(attempt, AttemptStatus.EXPIRED)
    order = attempt.order
    current = order.attempts.order_by("-number").values_list("pk", flat=True).first()
    if order.status == OrderStatus.PENDING and attempt.pk == current:
        orders.move_order(order=order, to=OrderStatus.EXPIRED)
        holds.release_pieces(order=order)
        vouchers.release_voucher(order=order)
    return Outcome.RELEASED


def _fail(attempt: PaymentAttempt, at: datetime) -> Outcome:
    """Let the pieces go after a delayed method failed, and write to the customer."""
    _end(attempt, AttemptStatus.FAILED)
    order = attempt.order
    if order.status in {OrderStatus.PENDING, OrderStatus.AWAITING_PAYMENT}:
        orders.move_order(order=order, to=OrderStatus.CANCELED)
        holds.release_pieces(order=order)
        vouchers.release_voucher(order=order)
        messages.owe_message(order=order, kind=Message.Kind.CANCELED, at=at)
    return Outcome.FAILED


def _await(attempt: PaymentAttempt) -> Outcome:
    """Keep the pieces while a delayed method makes up its mind (payments.md S6)."""
    _end(attempt, AttemptStatus.PROCESSING)
    if attempt.order.status == OrderStatus.PENDING:
        orders.move_order(order=attempt.order, to=OrderStatus.AWAITING_PAYMENT)
    return Outcome.AWAITING


def _end(attempt: PaymentAttempt, status: AttemptStatus) -> None:
    PaymentAttempt.objects.filter(pk=attempt.pk).update(status=status)
    attempt.status = status
