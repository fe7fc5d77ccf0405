"""A payment has arrived: record it and sell, or send it back, in one transaction.

Callers hold the transaction and the order's lock (`payments.apply_session`).
"""

from datetime import datetime

from donations.services import donations
from store import signals
from store.domain.order import CLAIMING, PAYABLE, AttemptStatus, OrderStatus
from store.gateways import base as gateways
from store.models import CartLine, Message, Order, Payment, PaymentAttempt
from store.services import (
    holds,
    messages,
    orders,
    refunds,
    retargeting,
    taxes,
    vouchers,
)


def record_payment(
    *, attempt: PaymentAttempt, session: gateways.Session, at: datetime
) -> Payment:
    """Record money that Stripe took, and do what the order's state asks for.

    The order becomes paid; or goes to review when the amounts differ; or is refunded
    in full when a piece was sold meanwhile. A second payment, of whatever amount, is
    refunded in full and sells nothing.
    """
    order = attempt.order
    payment = _create_payment(attempt, session, at)
    PaymentAttempt.objects.filter(pk=attempt.pk).update(status=AttemptStatus.PAID)
    if order.status not in PAYABLE:
        _refund_second_payment(order, payment, at)
        return payment
    taxes.record_tax(order=order, session=session)
    if (session.amount, session.currency) != (order.total_amount, order.currency):
        reason = f"Stripe took {session.amount} {session.currency}"
        orders.send_to_review(order=order, reason=reason)
    elif order.status in CLAIMING:
        _sell_held(order, payment, session, at)
    else:
        _sell_late(order, payment, session, at)
    return payment


def sell_reviewed(
    *, order: Order, payment: Payment, session: gateways.Session, at: datetime
) -> None:
    """Sell an order in review for a payment that a person accepts.

    Raises:
        PiecesGoneError: a piece is held for somebody else, or sold.
    """
    try:
        holds.sell_held_pieces(order=order)
    except holds.HoldsLostError:
        holds.release_pieces(order=order)
        _claim_again(order, at)
    _sell(order, payment, session, at)


def record_fee(*, attempt: PaymentAttempt, session: gateways.Session) -> None:
    """Store Stripe's fee once it is known; it is reported and never counted with."""
    if session.fee_amount is not None:
        Payment.objects.filter(attempt=attempt, fee_amount=None).update(
            fee_amount=session.fee_amount, net_amount=session.net_amount
        )


def _create_payment(
    attempt: PaymentAttempt, session: gateways.Session, at: datetime
) -> Payment:
    return Payment.objects.create(
        order=attempt.order,
        attempt=attempt,
        # A total of zero has no PaymentIntent: the Session stands for it.
        intent_id=session.intent_id or session.id,
        charge_id=session.charge_id,
        amount=session.amount,
        currency=session.currency,
        fee_amount=session.fee_amount,
        net_amount=session.net_amount,
        paid_at=at,
    )


def _sell_held(
    order: Order, payment: Payment, session: gateways.Session, at: datetime
) -> None:
    try:
        holds.sell_held_pieces(order=order)
    except holds.HoldsLostError:
        reason = "A piece was not held for this order any more"
        orders.note_problem(order=order, reason=reason)
        holds.release_pieces(order=order)
        _sell_late(order, payment, session, at)
    else:
        _sell(order, payment, session, at)


def _sell(
    order: Order, payment: Payment, session: gateways.Session, at: datetime
) -> None:
    """Make the order paid and write down everything that is owed because of it."""
    orders.move_order(
        order=order, to=OrderStatus.PAID, paid_at=at, **_delivery(order, session)
    )
    order.payments.filter(pk=payment.pk).update(is_counted=True)
    lines = list(order.lines.all())
    donations.record_due_donations(
        due=[
            donations.DueDonation(
                source=line.source,
                pledge_version_id=line.pledge_version_id,
                base_amount=line.donation_base_amount,
                share_amount=line.donation_amount,
                currency=order.currency,
                delivered_to=donations.place_of(
                    session.address.country, session.address.region
                ),
            )
            for line in lines
            if line.pledge_version_id is not None
        ],
        at=at,
    )
    messages.owe_message(order=order, kind=Message.Kind.CONFIRMATION, at=at)
    CartLine.objects.filter(
        cart=order.cart_id, piece__in=[line.piece_id for line in lines]
    ).delete()
    signals.announce(signals.order_paid, order_id=order.pk)


def _delivery(order: Order, session: gateways.Session) -> dict[str, object]:
    """Return where the pieces go. Money has come: nothing too long may stop us now."""
    address = session.address
    columns = {
        "full_name": address.full_name,
        "address_line1": address.line1,
        "address_line2": address.line2,
        "address_city": address.city,
        "address_region": address.region,
        "address_postal_code": address.postal_code,
        "address_country": address.country,
    }
    room = {field.name: field.max_length or 0 for field in Order._meta.concrete_fields}
    cut = {name: value[: room[name]] for name, value in columns.items()}
    # A mail address with an end missing reaches nobody: then the one we know stays.
    fits = 0 < len(session.email) <= room["email"]
    return {**cut, "email": session.email if fits else order.email}


def _sell_late(
    order: Order, payment: Payment, session: gateways.Session, at: datetime
) -> None:
    """Money came after we let the pieces go: take them again, or send it back."""
    try:
        _claim_again(order, at)
    except holds.PiecesGoneError as gone:
        orders.note_problem(order=order, reason=f"Paid, but the piece is gone: {gone}")
        orders.move_order(
            order=order, to=OrderStatus.REFUNDING, **_delivery(order, session)
        )
        refunds.owe_refund(
            payment=payment, reason="The piece was sold meanwhile", at=at
        )
        messages.owe_message(order=order, kind=Message.Kind.SORRY, at=at)
        vouchers.release_voucher(order=order)
    else:
        _sell(order, payment, session, at)


def _claim_again(order: Order, at: datetime) -> None:
    """Take the pieces and the voucher that were let go, all pieces or none."""
    piece_ids = list(order.lines.values_list("piece_id", flat=True))
    # A checkout that has the piece in its hands may yet give up: wait for it, this
    # customer has paid.
    holds.claim_pieces(order=order, piece_ids=piece_ids, at=at, is_waiting=True)
    holds.sell_held_pieces(order=order)
    vouchers.reclaim_voucher(order=order)


def _refund_second_payment(order: Order, payment: Payment, at: datetime) -> None:
    """Send back what nobody asked for, and have a person know of it (S11)."""
    reason = f"Paid twice: {payment.intent_id} goes back"
    orders.note_problem(order=order, reason=reason)
    refunds.owe_refund(payment=payment, reason="The order was paid twice", at=at)
    retargeting.follow_status(order=order)
