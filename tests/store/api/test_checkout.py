"""Checking out by the API: one order for a key, whatever happens to the answer."""

import pytest
from django.db import connection

from demo.stripe_simulator.faults import ApiFault
from store.models import Order, ShippingRate, ShippingZone, StoredAnswer
from tests import orders
from tests.journeys import races
from tests.store.api.calling import assert_problem, new_key, open_cart, send
from tests.store_factories import make_item, make_piece

EMAIL = {"email": "ada@shop.example"}
SESSIONS = "POST /v1/checkout/sessions"

pytestmark = pytest.mark.django_db


@pytest.fixture
def piece():
    """A piece on sale."""
    return make_piece(item=make_item(), serial_number="DTC-1")


@pytest.fixture
def cart(client, piece, simulator):
    """The address of a cart with the piece, at a shop whose Stripe answers."""
    return open_cart(client, piece)


def check_out(client, cart, body=EMAIL, *, key=None):
    """Check out a cart under a key."""
    return send(client, "post", f"{cart}checkout/", body, key=key or new_key())


def test_a_checkout_leads_to_the_payment_page(client, cart, simulator):
    """The answer says where to pay, and which token opens the order."""
    answer = check_out(client, cart)

    shown, order = answer.json(), Order.objects.get()
    (session,) = simulator.sessions()
    assert answer.status_code == 201
    assert shown["payment_url"] == session["url"]
    assert (shown["order_token"], order.email) == (order.token, EMAIL["email"])
    assert shown["order_url"].endswith(f"/api/v1/orders/{order.token}/")
    assert answer["Cache-Control"] == "private, no-store"


def test_choices_are_the_orders(client, cart):
    """Country, shipping, insurance and gift of the body are the order's."""
    zone = ShippingZone.objects.create(name="Near", countries="US CA")
    rate = ShippingRate.objects.create(
        zone=zone, name="Courier", currency="USD", amount=2500, insurance_amount=900
    )
    chosen = {
        "country": "CA",
        "region": "ON",
        "shipping_rate_id": rate.pk,
        "is_insured": True,
        "is_gift": True,
        "gift_note": "For Ada.",
        "total": {"amount": 249900 + 3400, "currency": "USD"},
    }

    assert check_out(client, cart, EMAIL | chosen).status_code == 201

    order = Order.objects.get()
    assert (order.shipping_name, order.shipping_amount) == ("Courier", 3400)
    assert (order.is_insured, order.is_gift, order.gift_note) == (
        True,
        True,
        "For Ada.",
    )
    assert (order.address_country, order.address_region) == ("CA", "ON")


def test_the_same_key_gets_the_same_answer(client, cart, simulator):
    """A repeated checkout gets the first answer, and asks Stripe nothing."""
    first = check_out(client, cart, key="key")
    calls = len(simulator.calls)

    again = check_out(client, cart, key="key")

    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert (len(simulator.calls), Order.objects.count()) == (calls, 1)


def test_another_key_gets_the_same_order(client, cart):
    """An unchanged cart leads to its one order under any key."""
    assert check_out(client, cart).json() == check_out(client, cart).json()

    assert Order.objects.count() == 1


def test_a_key_stands_for_one_request(client, cart):
    """The same key with another body is refused; the order stays as it was."""
    check_out(client, cart, key="key")

    answer = check_out(client, cart, {"email": "other@shop.example"}, key="key")

    assert_problem(answer, 422, "idempotency_key_reused", "Idempotency-Key")
    assert Order.objects.get().email == EMAIL["email"]


def test_a_call_at_work_is_not_repeated(client, cart, at):
    """While the first call is at work the second is told to come back."""
    check_out(client, cart, key="key")
    StoredAnswer.objects.update(status=None, body="")

    answer = check_out(client, cart, key="key")

    assert_problem(answer, 409, "request_in_flight", "Idempotency-Key")
    assert int(answer["Retry-After"]) > 0


@pytest.mark.parametrize("key", ["", "k" * 101, "schlüssel", "\x7f"])
def test_a_bad_key_is_refused(client, cart, key):
    """Without a usable key nothing is done; the problem names the header."""
    answer = send(client, "post", f"{cart}checkout/", EMAIL, key=key)

    assert_problem(answer, 400, "invalid", "Idempotency-Key")
    assert not StoredAnswer.objects.exists()


def test_the_header_is_required(client, cart):
    """A checkout without the header is refused."""
    answer = send(client, "post", f"{cart}checkout/", EMAIL)

    assert_problem(answer, 400, "invalid", "Idempotency-Key")


def test_a_refusal_is_repeated_too(client, simulator):
    """What was refused once is refused again under its key, and not under another."""
    cart = open_cart(client)
    refused = check_out(client, cart, key="key")
    piece = make_piece(item=make_item(slug="late"))
    line = {"serial_number": piece.serial_number}
    send(client, "post", f"{cart}lines/", line)

    assert_problem(refused, 409, "cart_empty")
    assert check_out(client, cart, key="key").content == refused.content
    assert check_out(client, cart).status_code == 201


@pytest.mark.parametrize(
    ("when", "status", "code"),
    [("before", 503, "gateway_unavailable"), ("after", 503, "gateway_unavailable")],
)
def test_an_outage_is_not_kept(client, cart, simulator, when, status, code):
    """While Stripe is away the answer is 503; the same key works when it is back."""
    orders.lose_stripe(simulator, when=when)

    answer = check_out(client, cart, key="key")

    assert_problem(answer, status, code)
    assert int(answer["Retry-After"]) > 0
    assert check_out(client, cart, key="key").status_code == 201
    assert (Order.objects.count(), len(simulator.sessions())) == (1, 1)


def test_a_page_that_stripe_refuses_is_a_bad_gateway(client, cart, simulator):
    """What Stripe will not do is our fault, not the caller's."""
    simulator.faults.add(ApiFault(SESSIONS, 400, should_retry=False))

    assert_problem(check_out(client, cart), 502, "gateway_refused")


def test_pieces_that_are_gone_are_named(client, cart, piece, simulator):
    """Who comes second is told which pieces somebody else has."""
    other = open_cart(client, piece)
    check_out(client, cart)

    answer = check_out(client, other)

    assert_problem(answer, 409, "pieces_gone", "lines")
    assert "DTC-1" in answer.json()["fields"]["lines"][0]


@pytest.mark.parametrize(
    ("card", "code"),
    [("4242424242424242", "already_paid"), ("debit_ok", "awaiting_payment")],
)
def test_a_paid_cart_is_not_paid_again(client, cart, simulator, at, card, code):
    """A cart whose order is paid, or waits for a bank, gets no second page."""
    check_out(client, cart)
    simulator.pay(simulator.sessions()[0]["id"], card)

    answer = check_out(client, cart, {"email": "other@shop.example"})

    assert_problem(answer, 409, code)


@pytest.mark.parametrize(
    ("total", "status", "code", "field"),
    [
        ({"amount": 1, "currency": "USD"}, 422, "total_changed", "total"),
        ({"amount": 249900, "currency": "EUR"}, 400, "invalid", "total.currency"),
    ],
)
def test_another_total_than_was_seen_is_refused(
    client, cart, total, status, code, field
):
    """A customer who was shown another total is not charged."""
    answer = check_out(client, cart, EMAIL | {"total": total})

    assert_problem(answer, status, code, field)
    assert not Order.objects.exists()


def test_no_transaction_stands_around_the_call(client, cart, monkeypatch):
    """A host's ATOMIC_REQUESTS does not reach what must be committed before Stripe."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)

    assert check_out(client, cart).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_a_checkout_raced_by_its_repeats_is_one(client, cart, simulator):
    """Eight calls with one key at once make one order and one page."""
    answers = races.run_together(8, lambda _: check_out(client, cart, key="key"))

    statuses = {answer.status_code for answer in answers}
    bodies = {answer.content for answer in answers if answer.status_code == 201}
    assert statuses <= {201, 409}
    assert (len(bodies), Order.objects.count(), len(simulator.sessions())) == (1, 1, 1)
