"""From the cart to the payment page."""

import re

import pytest
from django.utils import timezone

from demo.stripe_simulator.faults import ApiFault
from demo.stripe_simulator.payments import Submission
from store.domain.order import PieceStatus
from store.models import Hold, Order, Piece
from store.services import payments
from tests import orders

pytestmark = pytest.mark.django_db

EMAIL = "thato@example.com"


def _submit(browser, email=EMAIL):
    return browser.post("/checkout/", {"email": email})


def test_page_asks_for_little(shopper_with_cart):
    """A shop of one country without extras asks for the email, and about a gift."""
    page = shopper_with_cart.get("/checkout/").content.decode()

    names = set(re.findall(r'name="(\w+)"', page)) - {"csrfmiddlewaretoken", "viewport"}
    assert names - {"description", "robots"} == {
        "email",
        "is_gift",
        "gift_note",
        "seen_amount",
        "seen_currency",
    }
    assert page.count("(required)") == 1
    assert 'autocomplete="email"' in page
    assert "You will finish on Stripe's secure page and come back here." in (
        page.replace("&#x27;", "'")
    )


def test_full_price_is_known_before(shopper_with_cart):
    """Total, delivery, taxes and what we give stand above the form."""
    page = shopper_with_cart.get("/checkout/").content.decode()

    form = page.index('name="email"')
    assert page.index("Taxes and delivery") < page.index("Total") < form
    assert page.index("$249.90") < form


@pytest.mark.checklist("S7")
def test_submitting_leads_to_stripe(shopper_with_cart, simulator):
    """The answer is a 303 to the payment page of an order that is recorded."""
    response = _submit(shopper_with_cart)

    order = Order.objects.get()
    assert response.status_code == 303
    assert response["Location"] == order.attempts.get().url
    assert (order.email, order.status) == (EMAIL, "pending")
    assert Hold.objects.count() == 1


@pytest.mark.checklist("S10")
def test_submitting_twice_pays_once(shopper_with_cart, simulator):
    """A double click leads to the same page of the same order."""
    addresses = {_submit(shopper_with_cart)["Location"] for _ in range(2)}

    assert len(addresses) == 1
    assert Order.objects.count() == 1


@pytest.mark.parametrize(
    ("email", "fault"),
    [
        ("", "Enter your email address."),
        ("thato", "Enter an email address like name@example.com."),
    ],
)
def test_faults_name_the_field(shopper_with_cart, email, fault):
    """A fault is told in a summary that links to its field, and input is kept."""
    response = _submit(shopper_with_cart, email)

    page = response.content.decode()
    assert response.status_code == 422
    assert f'<a href="#id_email">{fault}</a>' in page
    assert 'aria-invalid="true"' in page
    assert 'id="id_email_error"' in page
    assert f'value="{email}"' in page or not email
    assert not Order.objects.exists()


def test_nothing_to_check_out(client, db):
    """Without a cart both the page and the form lead back to the cart."""
    assert client.get("/checkout/")["Location"] == "/cart/"
    assert _submit(client)["Location"] == "/cart/"


def test_submitting_needs_a_token(strict_shopper, shopper_with_cart):
    """A form without its token makes no order."""
    strict_shopper.cookies = shopper_with_cart.cookies

    assert _submit(strict_shopper).status_code == 403
    assert not Order.objects.exists()


def test_late_shopper_is_told(shopper_with_cart, simulator):
    """Whose piece went to somebody else is led to the cart and told so."""
    Piece.objects.update(status=PieceStatus.SOLD)

    response = _submit(shopper_with_cart)

    assert (response.status_code, response["Location"]) == (303, "/cart/")
    page = shopper_with_cart.get("/cart/").content.decode()
    assert "Somebody else was faster: DTC-0001-01. Nothing was charged." in page


def test_lost_stripe_is_told(shopper_with_cart, simulator):
    """With Stripe out of reach the page says so, keeps the input, and tries again."""
    orders.lose_stripe(simulator)

    response = _submit(shopper_with_cart)

    page = response.content.decode()
    assert response.status_code == 503
    assert "Nothing was charged. Try again in a minute." in page
    assert f'value="{EMAIL}"' in page
    assert _submit(shopper_with_cart).status_code == 303


def test_refusal_by_stripe_is_told(shopper_with_cart, simulator):
    """An order that Stripe refuses is told in words, and frees the piece."""
    simulator.faults.add(
        ApiFault(
            "POST /v1/checkout/sessions",
            400,
            type="invalid_request_error",
            code="parameter_unknown",
        )
    )

    response = _submit(shopper_with_cart)

    assert response.status_code == 503
    assert "Write to us and we will see to it." in response.content.decode()
    assert Piece.objects.get().status == PieceStatus.ON_SALE


def test_paid_order_is_shown_instead(shopper_with_cart, simulator):
    """Who has paid in another tab and submits again sees the order, not a new page."""
    _submit(shopper_with_cart)
    order = Order.objects.get()
    session_id = order.attempts.get().session_id
    simulator.submit(session_id, Submission("4242424242424242"))

    response = _submit(shopper_with_cart, "other@example.com")

    assert response["Location"] == f"/orders/{order.token}/"
    payments.confirm_payment(session_id=session_id, at=timezone.now())
    assert Order.objects.get().is_paid
