"""Orders that are paid, without a network: the Session is a value like any other."""

import itertools

from store.gateways.base import Address, Session
from store.models import Order
from store.services import checkout, payments
from tests import orders
from tests.store_factories import AT, make_item, make_piece

_number = itertools.count(1)

ADDRESS = Address(
    full_name="Ada Lovelace",
    line1="12 Main Street",
    city="Albany",
    region="NY",
    postal_code="12207",
    country="US",
)


def make_paid_order(*pieces, at=AT, address=ADDRESS):
    """Return a paid order of these pieces, or of a new one."""
    cart_token = orders.make_cart(*(pieces or [make_piece(item=make_item())]), at=at)
    attempt = checkout.place_order(cart_token=cart_token, email=orders.EMAIL, at=at)
    payments.apply_session(session=make_session(attempt, address=address), at=at)
    return Order.objects.get(pk=attempt.order_id)


def make_session(attempt, *, address=ADDRESS):
    """Return the Session that proves that an attempt is paid."""
    number = next(_number)
    return Session(
        id=f"cs_test_{number}",
        url="",
        status="complete",
        payment_status="paid",
        amount=attempt.amount,
        currency=attempt.currency,
        order=attempt.order.uuid.hex,
        email=attempt.order.email,
        address=address,
        intent_id=f"pi_{number}",
        intent_status="succeeded",
        charge_id=f"ch_{number}",
        fee_amount=None,
        net_amount=None,
        expires_at=attempt.expires_at,
        livemode=False,
        created_at=attempt.created_at,
    )
