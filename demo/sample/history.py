"""A year of orders: placed, paid, set aside and confirmed by the services themselves.

Only Stripe is missing: the past cannot pass through it, so what it would have answered
is handed to the services directly, with the moments at which it would have.
"""

import dataclasses
import datetime

from django.db import transaction

from demo.sample import chance, designs, people
from donations.services import donations
from store.domain.choices import Choices
from store.domain.order import MessageStatus, OrderStatus
from store.gateways import base as gateways
from store.models import Collection, Order, Payment, PaymentAttempt, Piece, Refund
from store.services import (
    carts,
    checkout,
    messages,
    payments,
    refunds,
    shipments,
)

YEAR = datetime.timedelta(days=345)
KEPT_PER_ITEM = 2
HOME = "US"
_MINUTE = datetime.timedelta(minutes=1)
_HOUR = datetime.timedelta(hours=1)
_SHIPPED_AFTER = datetime.timedelta(days=1)
RETURNED_AFTER = datetime.timedelta(days=16)


@dataclasses.dataclass(frozen=True, slots=True)
class Past:
    """One order that was: when, whose, and how it ended."""

    number: int
    at: datetime.datetime
    customer: people.Customer
    pieces: int
    ending: OrderStatus
    shipped_at: datetime.datetime | None

    @property
    def tracking_reference(self) -> str:
        """Return by what the parcel is found; the carrier does not exist."""
        return f"Sample Post {7_000_000_000 + self.number}"


def tell(
    number: int,
    *,
    total: int,
    now: datetime.datetime,
    since: datetime.datetime | None = None,
) -> Past:
    """Return the past order with this number, of so many over the last year.

    Or of so many `since` a moment, when all before is closed.
    """
    draw = chance.seeded("order", number)
    last = now - datetime.timedelta(days=2)
    began = since or last - YEAR
    step = (last - began) / total
    at = began + step * number + step * draw.random()
    endings = {4: OrderStatus.REFUNDED, 7: OrderStatus.EXPIRED}
    ending = endings.get(number % 10, OrderStatus.PAID)
    if at + RETURNED_AFTER > now:
        ending = OrderStatus.PAID
    shipped_at = at + _SHIPPED_AFTER + draw.randrange(20) * _HOUR
    # Something is left to be shipped, as in any shop.
    is_waiting = number >= total - 2
    return Past(
        number=number,
        at=at,
        customer=people.invent(number),
        pieces=2 if draw.randrange(5) == 0 else 1,
        ending=ending,
        shipped_at=None if is_waiting or shipped_at > now else shipped_at,
    )


def replay(collection: Collection, past: Past) -> None:
    """Let one past order happen, all of it or nothing."""
    serial_numbers = _choose_pieces(collection, past)
    with transaction.atomic():
        token: str | None = None
        for serial_number in serial_numbers:
            token = carts.add_piece(
                token=token, serial_number=serial_number, at=past.at
            )
        attempt = checkout.place_order(
            cart_token=str(token),
            email=past.customer.email,
            at=past.at,
            choices=Choices(country=HOME, region=past.customer.region),
        )
        _settle(attempt, past)


def _choose_pieces(collection: Collection, past: Past) -> list[str]:
    """Return serial numbers of items that keep enough pieces for shoppers of today."""
    free: dict[int, list[str]] = {}
    on_sale = Piece.objects.on_sale().filter(
        item__collection=collection, item__slug__in=designs.pictured_slugs()
    )
    rows = on_sale.order_by("item_id", "pk").values_list("item_id", "serial_number")
    for item_id, serial_number in rows:
        free.setdefault(item_id, []).append(serial_number)
    spare = [numbers[0] for numbers in free.values() if len(numbers) > KEPT_PER_ITEM]
    draw = chance.seeded("pieces", past.number)
    return draw.sample(spare, k=min(past.pieces, len(spare)))


def _settle(attempt: PaymentAttempt, past: Past) -> None:
    order = attempt.order
    is_expired = past.ending == OrderStatus.EXPIRED
    ended_at = past.at + (45 if is_expired else 4) * _MINUTE
    session = _session(attempt, past, is_expired=is_expired)
    payments.apply_session(session=session, at=ended_at)
    if is_expired:
        return
    donations.set_aside_due(limit=100, at=ended_at + _MINUTE, older_than=ended_at)
    _send_messages(order, ended_at)
    shipped_at = past.shipped_at
    if shipped_at is not None:
        shipments.ship_order(
            order_id=order.pk,
            tracking_reference=past.tracking_reference,
            at=shipped_at,
        )
    if past.ending == OrderStatus.REFUNDED:
        _return(order, past.at + RETURNED_AFTER)


def _session(
    attempt: PaymentAttempt, past: Past, *, is_expired: bool
) -> gateways.Session:
    """Return what Stripe would have said of the attempt's payment page."""
    customer = past.customer
    name = f"sample_{past.number:07d}"
    fee_amount = stripe_fee(attempt.amount)
    return gateways.Session(
        id=f"cs_{name}",
        url="",
        status="expired" if is_expired else "complete",
        payment_status="unpaid" if is_expired else "paid",
        amount=attempt.amount,
        currency=attempt.currency,
        order=str(attempt.order.uuid),
        email=customer.email,
        address=gateways.Address(
            full_name=customer.full_name,
            line1=customer.line1,
            city=customer.city,
            region=customer.region,
            postal_code=customer.postal_code,
            country=HOME,
        ),
        intent_id="" if is_expired else f"pi_{name}",
        intent_status="" if is_expired else "succeeded",
        charge_id="" if is_expired else f"ch_{name}",
        fee_amount=None if is_expired else fee_amount,
        net_amount=None if is_expired else attempt.amount - fee_amount,
        expires_at=attempt.expires_at,
        livemode=False,
        created_at=attempt.created_at,
    )


def stripe_fee(amount: int) -> int:
    """Return what a card payment of this amount is charged: 2.9% and 30 cents."""
    return amount * 29 // 1000 + 30


def _return(order: Order, at: datetime.datetime) -> None:
    """Send the money of a returned order back; its donations follow by themselves."""
    payment = Payment.objects.get(order=order)
    refund = refunds.request_refund(
        payment_id=payment.pk,
        wish=refunds.Wish(),
        origin=Refund.Origin.STAFF,
        reason="Returned within the return window",
        at=at,
    )
    answer = gateways.RefundResult(
        id=f"re_{payment.intent_id}",
        status="succeeded",
        amount=refund.amount,
        currency=refund.currency,
        intent_id=payment.intent_id,
        created_at=at,
        reference=str(refund.uuid),
    )
    refunds.apply_refunds(payment_id=payment.pk, results=[answer], at=at)
    _send_messages(order, at)


def _send_messages(order: Order, at: datetime.datetime) -> None:
    unsent = order.messages.filter(status=MessageStatus.UNSENT)
    for message_id in unsent.values_list("pk", flat=True):
        messages.send_message(message_id=message_id, at=at + _MINUTE)
