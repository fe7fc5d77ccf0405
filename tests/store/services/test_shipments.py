"""An order that has left says so, and starts the clock of its donations."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from donations.models import Donation
from donations.services import donations
from store import signals
from store.domain.order import SHIPPABLE, OrderStatus
from store.models import Order
from store.services import orders, shipments
from tests.store import paying
from tests.store_factories import AT, make_item, make_piece

LATER = AT + timedelta(days=2)
pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    """A paid order of two pieces that give."""
    item = make_item()
    return paying.make_paid_order(make_piece(item=item), make_piece(item=item))


def ship(order, reference="UPS 1Z1", at=LATER):
    """Tell that the order has left, and read it again."""
    is_new = shipments.ship_order(
        order_id=order.pk, tracking_reference=reference, at=at
    )
    order.refresh_from_db()
    return is_new


def test_shipment_starts_the_window(order):
    """Day and tracking are stored, and all donations of the order count from then."""
    assert ship(order) is True

    assert (order.shipped_at, order.tracking_reference) == (LATER, "UPS 1Z1")
    rows = Donation.objects.values_list("shipped_at", "releasable_at")
    assert list(rows) == [(LATER, LATER + timedelta(days=30))] * 2


def test_shipping_twice_ships_once(order):
    """The first day stays, for the donations too."""
    ship(order)

    assert ship(order, at=LATER + timedelta(days=9)) is False

    assert order.shipped_at == LATER
    assert set(Donation.objects.values_list("shipped_at", flat=True)) == {LATER}


@pytest.mark.parametrize(("typed", "kept"), [("DHL 7", "DHL 7"), ("", "UPS 1Z1")])
def test_tracking_is_corrected_afterwards(order, typed, kept):
    """Another reference replaces the first; none leaves it."""
    ship(order)

    ship(order, typed)

    assert order.tracking_reference == kept


@pytest.mark.parametrize("status", sorted(set(OrderStatus) - SHIPPABLE))
def test_what_is_not_paid_stays(order, status):
    """Unpaid, canceled or refunded orders are refused, in the words of their status."""
    Order.objects.update(status=status)

    with pytest.raises(shipments.ShipmentRefusedError, match=status.split("_")[0]):
        ship(order)

    assert Order.objects.get().shipped_at is None
    assert not Donation.objects.exclude(shipped_at=None).exists()


def test_disputed_order_may_have_left(order):
    """A parcel that left before its bank asked can still be recorded."""
    Order.objects.update(status=OrderStatus.DISPUTED)

    assert ship(order) is True


def test_order_without_donations_is_shipped():
    """A piece that gives nothing leaves the house like any other."""
    order = paying.make_paid_order()
    Donation.objects.all().delete()

    assert ship(order) is True


def test_donations_and_order_are_told_together(order, monkeypatch):
    """When the donations cannot be told, the order has not left either."""

    def fail(**_values):
        raise RuntimeError("no clock")

    monkeypatch.setattr(donations, "record_shipment", fail)

    with pytest.raises(RuntimeError):
        ship(order)

    assert Order.objects.get().shipped_at is None


def test_order_that_moves_meanwhile_is_not_shipped(order, monkeypatch):
    """A status that changes between look and mark leaves the order unshipped."""
    read = orders.lock_order

    def read_too_early(*, pk):
        found = read(pk=pk)
        Order.objects.update(status=OrderStatus.REFUNDED)
        return found

    monkeypatch.setattr(orders, "lock_order", read_too_early)

    assert ship(order) is False
    assert order.shipped_at is None


def test_hosts_hear_of_a_shipment(order, django_capture_on_commit_callbacks):
    """A host may write to the customer: it hears of each order that left, once."""
    heard = []

    def listen(sender, order_id, **_values):
        heard.append(order_id)

    signals.order_shipped.connect(listen)
    with django_capture_on_commit_callbacks(execute=True):
        ship(order)
        ship(order)
    signals.order_shipped.disconnect(listen)

    assert heard == [order.pk]


def test_database_ships_paid_orders_only(order):
    """Whatever the code does, an order that was never paid has no day of shipping."""
    ship(order)

    with pytest.raises(IntegrityError, match="shipped_is_paid"):
        Order.objects.update(paid_at=None, status=OrderStatus.PENDING)
