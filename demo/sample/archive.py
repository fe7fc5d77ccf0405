"""Orders by the hundred thousand: the rows that the services would leave, in bulk.

They show the shop at its full size. What they owe goes through the donations' door.
"""

import dataclasses
import datetime
import secrets
from collections.abc import Sequence

from django.db import transaction

from demo.sample import designs, history
from demo.sample.history import Past
from donations.domain import money
from donations.services import donations, pledges
from donations.services.donations import Dated, DueDonation
from donations.services.targets import BaseChange
from store.domain.order import (
    AttemptStatus,
    HoldStatus,
    MessageStatus,
    OrderStatus,
    PieceStatus,
    RefundStatus,
)
from store.models import (
    Collection,
    Hold,
    Item,
    Line,
    Message,
    Order,
    Payment,
    PaymentAttempt,
    Piece,
    Refund,
)

CHUNK = 500
_TIME_TO_PAY = datetime.timedelta(minutes=4)


class NothingLeftToSellError(Exception):
    """Fewer spare pieces than orders: ask for more items."""


@dataclasses.dataclass(frozen=True, slots=True)
class _Sale:
    """One order of one piece, with the rows that belong together."""

    past: Past
    paid_at: datetime.datetime
    piece: Piece
    order: Order
    line: Line


def file_orders(
    collection: Collection, pasts: Sequence[Past], terms: pledges.Terms, *, after: int
) -> int:
    """Add one chunk of past orders of one piece each, all of it or nothing.

    Takes pieces whose ids come after `after`, and returns the id of the last one, so
    that the next chunk need not look at them again.

    Raises:
        NothingLeftToSellError: the collection has too few spare pieces.
    """
    with transaction.atomic():
        pieces = _take(collection, len(pasts), after)
        sales = [
            _sell(past, piece, terms) for past, piece in zip(pasts, pieces, strict=True)
        ]
        _insert(sales)
        _give(sales, terms)
    return pieces[-1].pk


def _give(sales: Sequence[_Sale], terms: pledges.Terms) -> None:
    """Let the donations app record, set aside and reverse what these sales mean."""
    last = sales[-1].paid_at
    donations.record_due_donations(
        due=[_due(sale, terms) for sale in sales], at=last, is_nudged=False
    )
    for sale in sales:
        if sale.order.shipped_at:
            name, left_at = sale.line.source, sale.order.shipped_at
            donations.record_shipment(sources=[name], shipped_at=left_at)
    donations.set_aside_due(limit=len(sales), at=last, older_than=last, dated=Dated.DUE)
    returned = [_reversal(sale) for sale in sales if _is_returned(sale)]
    if returned:
        donations.retarget_donations(changes=returned)


def _take(collection: Collection, wanted: int, after: int) -> list[Piece]:
    """Take spare pieces; the first piece of every item stays for today's shoppers."""
    made_up = Item.objects.filter(
        collection=collection, position__gt=len(designs.pictured_slugs())
    )
    spare = (
        Piece.objects.on_sale()
        .filter(pk__gt=after, item__in=made_up)
        .exclude(serial_number__endswith="-01")
        .select_related("item", "certificate")
        .order_by("pk")[:wanted]
    )
    pieces = list(spare)
    if len(pieces) < wanted:
        raise NothingLeftToSellError(
            f"{wanted} more pieces are needed and {len(pieces)} are to spare; "
            f"ask for more items."
        )
    return pieces


def _sell(past: Past, piece: Piece, terms: pledges.Terms) -> _Sale:
    certificate = piece.certificate
    if certificate is None:  # The database refuses this for a piece on sale.
        raise NothingLeftToSellError(piece.serial_number)
    base_amount, share_amount = _quote(piece, terms)
    order = _order(past, piece, share_amount)
    line = Line(
        order=order,
        position=1,
        piece=piece,
        item_name=piece.item.name,
        size=piece.size,
        price_amount=order.total_amount,
        total_amount=order.total_amount,
        certificate=certificate,
        certificate_digest=certificate.digest,
        pledge_version_id=terms.pledge_version_id,
        donation_base_amount=base_amount,
        donation_amount=share_amount,
    )
    return _Sale(past, past.at + _TIME_TO_PAY, piece, order, line)


def _order(past: Past, piece: Piece, share_amount: int) -> Order:
    customer, price = past.customer, piece.item.price
    return Order(
        number=f"S{past.number:07d}",
        token=secrets.token_urlsafe(16),
        status=_ending(past),
        email=customer.email,
        currency=price.currency,
        total_amount=price.amount,
        donation_amount=share_amount,
        full_name=customer.full_name,
        address_line1=customer.line1,
        address_city=customer.city,
        address_region=customer.region,
        address_postal_code=customer.postal_code,
        address_country="US",
        placed_at=past.at,
        paid_at=past.at + _TIME_TO_PAY,
        shipped_at=past.shipped_at,
        tracking_reference=past.tracking_reference if past.shipped_at else "",
    )


def _ending(past: Past) -> OrderStatus:
    """Return how the order ended: half of the returns, and no order that expired."""
    is_returned = past.ending == OrderStatus.REFUNDED and past.number // 10 % 2
    return OrderStatus.REFUNDED if is_returned else OrderStatus.PAID


def _quote(piece: Piece, terms: pledges.Terms) -> tuple[int, int]:
    price = piece.item.price
    nothing = money.zero(price.currency)
    return pledges.quote_line(terms=terms, gross=price, discount=nothing, tax=nothing)


def _insert(sales: Sequence[_Sale]) -> None:
    Order.objects.bulk_create(sale.order for sale in sales)
    Line.objects.bulk_create(sale.line for sale in sales)
    Piece.objects.filter(pk__in=[sale.piece.pk for sale in sales]).update(
        status=PieceStatus.SOLD
    )
    Hold.objects.bulk_create(_hold(sale) for sale in sales)
    attempts = PaymentAttempt.objects.bulk_create(_attempt(sale) for sale in sales)
    payments = Payment.objects.bulk_create(
        _payment(sale, attempt) for sale, attempt in zip(sales, attempts, strict=True)
    )
    Message.objects.bulk_create(_message(sale) for sale in sales)
    returned = [
        one for one in zip(sales, payments, strict=True) if _is_returned(one[0])
    ]
    refunds = [_refund(sale, payment) for sale, payment in returned]
    Refund.objects.bulk_create(refunds)
    Message.objects.bulk_create(_refund_message(refund) for refund in refunds)


def _is_returned(sale: _Sale) -> bool:
    return sale.order.status == OrderStatus.REFUNDED


def _hold(sale: _Sale) -> Hold:
    return Hold(
        piece=sale.piece,
        order=sale.order,
        status=HoldStatus.SOLD,
        expires_at=sale.past.at + datetime.timedelta(minutes=45),
        created_at=sale.past.at,
    )


def _attempt(sale: _Sale) -> PaymentAttempt:
    return PaymentAttempt(
        order=sale.order,
        number=1,
        idempotency_key=f"order-{sale.order.uuid}-attempt-1",
        session_id=f"cs_sample_{sale.past.number:07d}",
        status=AttemptStatus.PAID,
        amount=sale.order.total_amount,
        currency=sale.order.currency,
        expires_at=sale.past.at + datetime.timedelta(minutes=31),
        created_at=sale.past.at,
        checked_at=sale.paid_at,
    )


def _payment(sale: _Sale, attempt: PaymentAttempt) -> Payment:
    fee_amount = history.stripe_fee(attempt.amount)
    return Payment(
        order=sale.order,
        attempt=attempt,
        intent_id=f"pi_sample_{sale.past.number:07d}",
        charge_id=f"ch_sample_{sale.past.number:07d}",
        amount=attempt.amount,
        currency=attempt.currency,
        fee_amount=fee_amount,
        net_amount=attempt.amount - fee_amount,
        refunded_amount=attempt.amount if _is_returned(sale) else 0,
        is_counted=True,
        paid_at=sale.paid_at,
    )


def _message(sale: _Sale) -> Message:
    return Message(
        order=sale.order,
        kind=Message.Kind.CONFIRMATION,
        status=MessageStatus.SENT,
        tries=1,
        created_at=sale.paid_at,
        next_try_at=sale.paid_at,
        sent_at=sale.paid_at,
    )


def _refund(sale: _Sale, payment: Payment) -> Refund:
    returned_at = sale.past.at + history.RETURNED_AFTER
    return Refund(
        payment=payment,
        gateway_id=f"re_{payment.intent_id}",
        amount=payment.amount,
        currency=payment.currency,
        status=RefundStatus.SUCCEEDED,
        origin=Refund.Origin.STAFF,
        reason="Returned within the return window",
        next_try_at=returned_at,
        created_at=returned_at,
        finished_at=returned_at,
    )


def _refund_message(refund: Refund) -> Message:
    return Message(
        order=refund.payment.order,
        kind=Message.Kind.REFUNDED,
        reference=str(refund.uuid),
        status=MessageStatus.SENT,
        tries=1,
        created_at=refund.created_at,
        next_try_at=refund.created_at,
        sent_at=refund.created_at,
    )


def _due(sale: _Sale, terms: pledges.Terms) -> DueDonation:
    return DueDonation(
        source=sale.line.source,
        pledge_version_id=terms.pledge_version_id,
        base_amount=sale.line.donation_base_amount,
        share_amount=sale.line.donation_amount,
        currency=sale.order.currency,
        due_at=sale.paid_at,
        delivered_to=donations.place_of("US", sale.order.address_region),
    )


def _reversal(sale: _Sale) -> BaseChange:
    return BaseChange(
        source=sale.line.source,
        base_amount=0,
        at=sale.past.at + history.RETURNED_AFTER,
        cause="Returned by the customer",
    )
