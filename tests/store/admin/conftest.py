"""Rows of every model, so that every screen has something to show."""

import pytest

from store import models
from tests import orders
from tests.donations_factories import make_beneficiary
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
    """A paid order with a row of every other model beside it."""
    item = make_item(name="Aya ring")
    make_item_image(item=item)
    make_collection_image(collection=item.collection)
    order = paying.make_paid_order(make_piece(item=item, serial_number="DTC-1"))
    _bring_back(order)
    make_dispute(order)
    make_difference(order=order)
    make_transfer(order)
    make_event()
    _offer(order, item)
    orders.make_cart(make_piece(item=item, serial_number="DTC-2"), at=AT)
    assert models.Cart.objects.exists()
    return order


def make_refund(order, **fields):
    """Return a refund of a dollar that Stripe was not asked for."""
    values = {
        "payment": order.payments.get(),
        "amount": 100,
        "currency": "USD",
        "reason": "returned",
        "next_try_at": AT,
        "created_at": AT,
    }
    return models.Refund.objects.create(**(values | fields))


def make_dispute(order, **fields):
    """Return a dispute of a dollar that is over, and lost."""
    values = {
        "payment": order.payments.get(),
        "gateway_id": "dp_1",
        "amount": 100,
        "withdrawn_amount": 100,
        "currency": "USD",
        "status": "lost",
        "opened_at": AT,
        "checked_at": AT,
    }
    return models.Dispute.objects.create(**(values | fields))


def make_transfer(order):
    """Return a transfer of ten cents of a dollar, of which one is to come back."""
    transfer = models.Transfer.objects.create(
        instruction_key="s1:1",
        source=order.lines.get().source,
        payment=order.payments.get(),
        beneficiary=make_beneficiary(),
        account_id="acct_1",
        amount=10,
        currency="USD",
        idempotency_key="transfer-s1:1",
        gateway_id="tr_1",
        created_at=AT,
        sent_at=AT,
    )
    transfer.recalls.create(
        number=1,
        amount=1,
        idempotency_key="recall-1",
        next_try_at=AT,
        created_at=AT,
    )
    return transfer


def make_difference(**fields):
    """Return an open difference of a dollar."""
    values = {
        "kind": "payment_amount",
        "reference": "pi_1",
        "details": "Stripe has a dollar less.",
        "ours_amount": 249900,
        "theirs_amount": 249800,
        "currency": "USD",
        "found_at": AT,
        "seen_at": AT,
    }
    return models.Difference.objects.create(**(values | fields))


def make_return(order, **fields):
    """Return a customer's wish to send the first piece back."""
    values = {"order": order, "reason": "Too small.", "requested_at": AT}
    wish = models.Return.objects.create(**(values | fields))
    models.ReturnLine.objects.create(parent=wish, line=order.lines.first())
    return wish


def make_voucher(**fields):
    """Return a voucher of ten percent that five orders may use."""
    values = {
        "code": "WINTER-10",
        "kind": "percent",
        "discount_bps": 1000,
        "usage_limit": 5,
    }
    return models.Voucher.objects.create(**(values | fields))


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
    return models.WebhookEvent.objects.create(**(values | fields))


def _bring_back(order):
    """Let a refund, a return and their pieces stand behind the order."""
    line = order.lines.get()
    refund = make_refund(order)
    models.RefundLine.objects.create(refund=refund, line=line, amount=100)
    make_return(order, refund=refund)


def _offer(order, item):
    """Set a price, a voucher, shipping and tax, and keep an answer of the API."""
    models.ItemPrice.objects.create(item=item, currency="JPY", amount=380000)
    voucher = make_voucher(uses_count=1)
    models.VoucherUse.objects.create(voucher=voucher, order=order, used_at=AT)
    zone = models.ShippingZone.objects.create(name="Home", countries="US")
    models.ShippingRate.objects.create(
        zone=zone, name="Courier", currency="USD", amount=1500
    )
    models.TaxRate.objects.create(country="US", name="Sales tax", rate_bps=888)
    models.StoredAnswer.objects.create(
        scope="refunds", key="k-1", digest="0" * 64, body="the answer", created_at=AT
    )
