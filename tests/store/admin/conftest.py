"""Rows of every model, so that every screen has something to show."""

import pytest

from store.models import Cart, Refund, WebhookEvent
from tests import orders
from tests.store import paying
from tests.store_factories import (
    AT,
    make_collection_image,
    make_item,
    make_item_image,
    make_piece,
)


@pytest.fixture
def paid_order(db):
    """A paid order with a picture, a refund, a webhook event and a cart beside it."""
    item = make_item(name="Aya ring")
    make_item_image(item=item)
    make_collection_image(collection=item.collection)
    order = paying.make_paid_order(make_piece(item=item, serial_number="DTC-1"))
    Refund.objects.create(
        payment=order.payments.get(),
        amount=100,
        currency="USD",
        reason="returned",
        next_try_at=AT,
        created_at=AT,
    )
    make_event()
    orders.make_cart(make_piece(item=item, serial_number="DTC-2"), at=AT)
    assert Cart.objects.exists()
    return order


def make_event(**fields):
    """Return a stored webhook event whose body has nothing to hide."""
    values = {
        "event_id": "evt_1",
        "type": "checkout.session.completed",
        "object_id": "cs_test_1",
        "livemode": False,
        "payload": '{"id": "evt_1"}',
        "received_at": AT,
        "next_try_at": AT,
    }
    return WebhookEvent.objects.create(**(values | fields))
