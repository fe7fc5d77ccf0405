"""Guessed, foreign, tampered and forged requests get 404 or 400 and change nothing."""

import hashlib
import json
import time

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from demo.stripe_simulator import signing
from store.models import Order, WebhookEvent
from tests.journeys import beat, books, purchases

pytestmark = pytest.mark.django_db

WEBHOOK = "/webhooks/stripe/"
SECRET = "whsec_0123456789abcdef"
ADDRESSES = ("/orders/{}/", "/api/v1/orders/{}/")


def _read_digests():
    """Return one digest for the content of each table of ours."""
    digests = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("store_", "donations_")):
                cursor.execute(f'SELECT t::text FROM "{table}" AS t ORDER BY 1')  # noqa: S608  our own table names
                rows = "\n".join(text for (text,) in cursor)
                digests[table] = hashlib.sha256(rows.encode()).hexdigest()
    return digests


@pytest.fixture
def paid_order(simulator, no_broker):
    """Somebody else's order, paid and set aside."""
    order = purchases.buy(simulator, *purchases.offer_pieces(1))
    beat.sweep_after(purchases.LATER)
    assert books.find_faults(order) == {}
    return Order.objects.get(pk=order.pk)


@pytest.fixture
def unchanged(paid_order):
    """Assert at the end that no row of ours was changed, added or removed."""
    before = _read_digests()
    assert len(before) > 20
    yield
    assert _read_digests() == before


def _sign(body, secret=SECRET, age=0):
    at = int(time.time()) - age
    return {"HTTP_STRIPE_SIGNATURE": signing.sign(body, (secret,), at)}


def _post_event(body, **headers):
    return Client().post(WEBHOOK, body, content_type="application/json", **headers)


def _claim_of_payment(order):
    """Return an event that says that an order's page was paid."""
    session = {
        "id": purchases.session_of(order),
        "object": "checkout.session",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": order.total_amount,
        "client_reference_id": str(order.uuid),
    }
    event = {
        "id": "evt_forged",
        "object": "event",
        "type": "checkout.session.completed",
        "livemode": False,
        "api_version": "2026-10-28.endive",
        "created": int(time.time()),
        "data": {"object": session},
    }
    return json.dumps(event).encode()


GUESSES = {
    "number": lambda order: order.number,
    "uuid": lambda order: order.uuid,
    "row": lambda order: order.pk,
    "cart": lambda order: order.cart.token,
    "session": purchases.session_of,
    "other case": lambda order: order.token.swapcase(),
    "cut": lambda order: order.token[:-1],
    "longer": lambda order: f"{order.token}A",
    "wildcard": lambda _: "%25",
    "guess": lambda _: "A" * 22,
    "nul": lambda order: f"{order.token}%00",
    "long": lambda _: "A" * 5000,
}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("guess", GUESSES.values(), ids=GUESSES)
def test_no_guess_leads_to_an_order(paid_order, unchanged, guess, address):
    """Nothing but the token shows an order: not what mails, staff or Stripe see."""
    response = Client().get(address.format(guess(paid_order)))

    assert response.status_code == 404
    assert paid_order.email not in response.content.decode()


def test_only_the_token_shows_the_order(paid_order, unchanged):
    """Control: the token shows the order, on the page and in the API."""
    for address in (
        f"/orders/{paid_order.token}/",
        f"/api/v1/orders/{paid_order.token}/",
    ):
        response = Client().get(address.format(paid_order.token))

        assert response.status_code == 200
        assert paid_order.number in response.content.decode()


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_an_order_cannot_be_written_to(paid_order, unchanged, method):
    """The order's page and resource only read."""
    for address in (
        f"/orders/{paid_order.token}/",
        f"/api/v1/orders/{paid_order.token}/",
    ):
        assert getattr(Client(), method)(address).status_code == 405


@pytest.mark.parametrize("cookie", ["", "x" * 32, "../etc", "\0", "'; DROP"])
def test_a_tampered_session_has_no_cart(paid_order, unchanged, cookie):
    """An invented session names no cart, and checking it out goes nowhere."""
    client = Client()
    client.cookies["sessionid"] = cookie

    response = client.post("/checkout/", {"email": purchases.EMAIL})

    assert response.status_code == 303
    assert response["Location"] == "/cart/"


@pytest.mark.parametrize("token", ["A" * 22, "", "%", "\x01", "A" * 5000])
def test_a_tampered_cart_id_names_no_cart(paid_order, unchanged, token):
    """A session that holds an invented cart token cannot be checked out: 404."""
    client = Client()
    session = client.session
    session["cart"] = token
    session.save()
    client.cookies["sessionid"] = session.session_key

    response = client.post("/checkout/", {"email": purchases.EMAIL})

    assert response.status_code == 404
    assert client.get("/cart/").status_code == 200


@pytest.mark.parametrize("number", ["", "NOPE-1", "' OR 1=1", "\0", "A" * 5000])
def test_a_tampered_piece_is_not_added(paid_order, unchanged, number):
    """An unknown, odd or sold piece gets into no cart."""
    sold = paid_order.lines.get().piece.serial_number
    for serial_number in (number, sold):
        response = Client().post("/cart/add/", {"serial_number": serial_number})

        assert response.status_code == 303


def _answer_to(email):
    """Check out a new cart with this email, and return all that a shopper sees."""
    client = Client()
    (piece,) = purchases.offer_pieces(1)
    client.post("/cart/add/", {"serial_number": piece.serial_number})
    answers = [client.get("/checkout/"), client.post("/checkout/", {"email": email})]
    asked = [client.get("/api/v1/orders/", {"email": email}), client.get("/cart/")]
    return [
        (answer.status_code, sorted(answer.headers), len(answer.cookies))
        for answer in answers + asked
    ]


@pytest.mark.checklist("K2")
def test_nobody_learns_whether_an_email_is_known(simulator, paid_order):
    """A known email gets the same answers as an unknown one, from cart to payment."""
    answers = _answer_to(paid_order.email)

    assert answers == _answer_to("nobody@customers.example")
    assert answers[1][0] == 303


FORGERIES = {
    "unsigned": lambda body: (body, {}),
    "other secret": lambda body: (body, _sign(body, "whsec_guessed")),
    "other body": lambda body: (body + b" ", _sign(body)),
    "too old": lambda body: (body, _sign(body, age=301)),
    "no event": lambda _: (b"[]", _sign(b"[]")),
    "not UTF-8": lambda _: (b"\xff\xfe", _sign(b"\xff\xfe")),
}


@pytest.mark.checklist("W1", "W2", "W3")
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
def test_a_forged_webhook_is_refused(simulator, paid_order, forge):
    """Who cannot sign cannot say that an order is paid."""
    order = purchases.check_out(*purchases.offer_pieces(1))
    before = _read_digests()
    body, headers = forge(_claim_of_payment(order))

    response = _post_event(body, **headers)

    assert response.status_code == 400
    assert _read_digests() == before


@pytest.mark.checklist("W10")
def test_even_a_signed_lie_changes_nothing(simulator, no_broker):
    """The body of an event is not believed: Stripe is asked, and the order waits."""
    order = purchases.check_out(*purchases.offer_pieces(1))
    body = _claim_of_payment(order)

    assert _post_event(body, **_sign(body)).status_code == 200
    WebhookEvent.objects.update(next_try_at=timezone.now())
    beat.sweep_after(purchases.LATER)

    order.refresh_from_db()
    assert order.status == "pending"
    assert WebhookEvent.objects.get().status == "processed"
    assert books.find_shop_faults(simulator) == {}


@pytest.mark.checklist("W15")
def test_a_flood_is_not_read(paid_order, unchanged):
    """A body over one megabyte gets 413, and a GET gets 405."""
    assert _post_event(b"x" * (1024 * 1024 + 1)).status_code == 413
    assert Client().get(WEBHOOK).status_code == 405
