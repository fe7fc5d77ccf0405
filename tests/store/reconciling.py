"""Fixtures for tests that compare our books with Stripe's: orders, placed and paid."""

import pytest

from store.models import Payment
from store.services import payments
from tests import orders
from tests.store_factories import make_item, make_piece


@pytest.fixture(autouse=True)
def unpaced(settings):
    """No test waits for Stripe's limits."""
    settings.STORE = {**settings.STORE, "RECONCILE_CALLS_PER_SECOND": 10_000}


@pytest.fixture
def place(db, simulator, at):
    """A function that opens the payment page of one more order."""
    item = make_item()
    return lambda: orders.place_order(make_piece(item=item), at=at)


@pytest.fixture
def pay(place, simulator):
    """A function that lets one more order be paid, and hears nothing of it."""

    def pay():
        placed = place()
        simulator.pay(placed.session_id)
        simulator.finish_captures()
        return placed

    return pay


@pytest.fixture
def placed(place):
    """An order whose payment page is open."""
    return place()


@pytest.fixture
def payment(pay, at):
    """An order's payment, known on both sides, with its fee."""
    payments.confirm_payment(session_id=pay().session_id, at=at)
    return Payment.objects.get()
