"""Orders in review: a person may accept what came and sell them as they stand.

Money came that does not fit the order, and nothing was sold. The other way out is to
refund it, as any other payment.
"""

from datetime import datetime

from django.db import transaction

from donations.domain import money
from store.domain.order import OrderStatus
from store.gateways import base as gateways
from store.models import Order, Payment
from store.services import holds, orders, retargeting, sales


class SaleRefusedError(Exception):
    """An order in review was not sold; what follows from it says why."""


class NotInReviewError(SaleRefusedError):
    """Only an order in review is sold so; somebody may have decided already."""


class PaymentUnclearError(SaleRefusedError):
    """There is not exactly one payment to sell for; refund the others first."""


class MoneyMovedError(SaleRefusedError):
    """Some of the payment went back, or its bank disputes it; refund the rest."""


class MoneyUnfitError(SaleRefusedError):
    """Gifts and refunds could not be reckoned from it; refund it, and sell anew."""


class PieceGoneError(SaleRefusedError):
    """Somebody else has a piece of the order by now; refund the payment."""


def sell_as_it_stands(*, order_id: int, at: datetime) -> Order:
    """Sell an order in review for the money that came, which is at most its total.

    Everything is as placed: the customer gets every piece, and the gift is what was
    promised, though less was paid. Where it goes is read from the payment page again.

    Raises:
        NotInReviewError: it is not in review.
        PaymentUnclearError: no payment came, or several that were not sent back.
        MoneyMovedError: some of it went back, or is disputed.
        MoneyUnfitError: it is in another currency, or more than the total.
        PieceGoneError: a piece is held or sold.
        GatewayError: Stripe cannot be asked where it goes; nothing was sold.
    """
    session = gateways.get_gateway().fetch_session(_find_session(order_id))
    with transaction.atomic():
        order = orders.lock_order(pk=order_id)
        payment = _check(order)
        try:
            sales.sell_reviewed(order=order, payment=payment, session=session, at=at)
        except holds.PiecesGoneError as gone:
            raise PieceGoneError(f"gone: {gone}") from gone
    return order


def _find_session(order_id: int) -> str:
    """Return the page of the payment, once it is sure that one can be sold for."""
    payment = _check(Order.objects.get(pk=order_id))
    return str(payment.attempt.session_id)


def _check(order: Order) -> Payment:
    """Return the payment that an order can be sold for, or refuse with the reason."""
    if order.status != OrderStatus.REVIEW:
        raise NotInReviewError(f"the order is {order.get_status_display()}")
    payments = list(order.payments.select_related("attempt"))
    kept = [one for one in payments if one.refunded_amount < one.amount]
    if len(kept) != 1:
        raise PaymentUnclearError(f"{len(kept)} payments were not sent back")
    (payment,) = kept
    _check_money(order, payment)
    return payment


def _check_money(order: Order, payment: Payment) -> None:
    lost = retargeting.sum_lost(payment=payment)
    if payment.refunded_amount or lost or retargeting.is_disputed(payment=payment):
        raise MoneyMovedError(f"{payment.intent_id} is not whole any more")
    came = money.format_money(payment.total)
    asked = money.format_money(order.total)
    if payment.currency != order.currency or payment.amount > order.total_amount:
        # A refund of what is too much would lower the gift below what was promised.
        raise MoneyUnfitError(f"{came} came, {asked} was asked for")
