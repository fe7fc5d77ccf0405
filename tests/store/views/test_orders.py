"""An order's page."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from demo.stripe_simulator.payments import Submission
from donations.models import Donation
from donations.services import donations
from store.domain.order import OrderStatus
from store.models import Order
from store.services import payments, shipments
from tests import orders

pytestmark = pytest.mark.django_db


@pytest.fixture
def placed(piece, simulator):
    """An order for one piece whose payment page is open."""
    return orders.place_order(piece, at=timezone.now())


@pytest.fixture
def address(placed):
    """Where the order's page is."""
    return f"/orders/{placed.order.token}/"


def _pay(simulator, placed):
    simulator.submit(placed.session_id, Submission("4242424242424242"))
    payments.confirm_payment(session_id=placed.session_id, at=timezone.now())


def _move(placed, status):
    Order.objects.filter(pk=placed.order.pk).update(
        status=status, paid_at=timezone.now()
    )


def test_shipped_order_says_how_to_follow_it(client, placed, address):
    """The page says that it left, when, and by what it is found."""
    _move(placed, OrderStatus.PAID)
    assert "Your order is paid" in client.get(address).content.decode()

    shipments.ship_order(
        order_id=placed.order.pk,
        tracking_reference="UPS 1Z1",
        at=datetime(2026, 3, 4, 12, tzinfo=UTC),
    )

    page = client.get(address).content.decode()
    assert "Your order is on its way" in page
    assert "It left us on March 4, 2026." in page
    assert page.count("UPS 1Z1") == 2


def test_unpaid_order_says_confirming(client, placed, address):
    """Before the money is known the page says so, and looks again without a script."""
    response = client.get(address)

    page = response.content.decode()
    assert "We are confirming your payment" in page
    assert response["Refresh"] == "4"
    assert "<script" not in page


@pytest.mark.checklist("S4")
def test_page_decides_nothing(client, placed, address):
    """Opening the page of an unpaid order changes neither order nor piece."""
    for _ in range(2):
        client.get(address)

    assert placed.now() == OrderStatus.PENDING


def test_paid_order_tells_everything(client, simulator, placed, piece, address):
    """A paid order says what was bought, for how much, where it goes, and the gift."""
    _pay(simulator, placed)

    response = client.get(address)

    page = response.content.decode()
    assert "Thank you. Your order is paid" in page
    assert placed.order.number in page
    assert "$2,499.00" in page
    assert Order.objects.get().email in page
    assert f'href="/certificates/{piece.certificate.number}/"' in page
    assert "We owe $249.90 to Feeding America" in page
    assert "Sample Customer" in page
    assert "Refresh" not in response


def test_gift_is_followed(client, simulator, placed, address):
    """Once the donation is set aside the page says so."""
    _pay(simulator, placed)
    donations.set_aside_due(limit=10, at=timezone.now())

    page = client.get(address).content.decode()

    assert "We have set $249.90 aside for Feeding America." in page


def test_gift_leads_to_its_proof(client, simulator, placed, address):
    """The page of an order links the public proof of what each line gave and where."""
    _pay(simulator, placed)
    donation = Donation.objects.get()

    page = client.get(address).content.decode()
    proof = client.get(f"/impact/proof/{donation.uuid}/").content.decode()

    assert f'href="/impact/proof/{donation.uuid}/"' in page
    assert donation.delivered_to.startswith("US")
    assert placed.order.number not in proof
    assert "Sample Customer" not in proof


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("awaiting_payment", "Your bank is moving the money"),
        ("review", "We are looking at your order"),
        ("expired", "The time to pay ran out"),
        ("canceled", "This order was canceled"),
        ("refunding", "Your money is on its way back"),
        ("refunded", "Your money was paid back"),
        ("disputed", "Your bank is asking about this payment"),
        ("lost", "Your bank took the payment back"),
    ],
)
def test_every_status_is_put_in_words(client, placed, address, status, words):
    """Each status has its own words, and no code is shown."""
    _move(placed, status)

    page = client.get(address).content.decode()

    assert words in page
    assert f">{status}<" not in page


def test_guessed_token_is_not_found(client, placed):
    """A guessed token answers 404 and tells nothing."""
    token = placed.order.token
    for guess in ("x", token[:-1], token.swapcase(), placed.order.number):
        response = client.get(f"/orders/{guess}/")

        assert response.status_code == 404
        assert placed.order.number not in response.content.decode()


def test_address_does_not_leak(client, address):
    """The page is not stored, not indexed, and sends its address to nobody else."""
    response = client.get(address)

    assert "no-store" in response["Cache-Control"]
    assert response["X-Robots-Tag"] == "noindex"
    assert response["Referrer-Policy"] == "same-origin"


def test_page_takes_no_orders(client, address):
    """The page is only read."""
    assert client.post(address).status_code == 405
