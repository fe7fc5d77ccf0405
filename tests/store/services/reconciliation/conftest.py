"""Orders that were paid, and runs that compare them with Stripe an hour later."""

from datetime import timedelta

import pytest

from store.models import Difference, Payment
from store.services import payments
from store.services.reconciliation import runs
from tests import orders
from tests.store_factories import make_item, make_piece

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _unpaced(settings):
    settings.STORE = {**settings.STORE, "RECONCILE_CALLS_PER_SECOND": 10_000}


@pytest.fixture
def simulator(simulator, at):
    """The simulator at the moment of the tests' story."""
    simulator.clock.set_to(at)
    return simulator


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


@pytest.fixture
def run(simulator, at):
    """Compare the last two days, an hour after the story unless told otherwise."""

    def run(*, after=HOUR, **options):
        now = at + after
        return runs.reconcile(since=now - 2 * DAY, until=now, at=now, **options)

    return run


@pytest.fixture
def open_differences():
    """A function that returns kind and reference of what is open."""

    def read():
        rows = Difference.objects.open().order_by("pk")
        return list(rows.values_list("kind", "reference"))

    return read
