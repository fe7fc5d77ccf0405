"""Orders in the API: for whoever holds the token, and for nobody else."""

import pytest

from donations.domain.donation import DonationStatus
from store.api.serializers import orders as order_serializers
from store.services import shipments
from tests.store import paying
from tests.store_factories import AT

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    """A paid order."""
    return paying.make_paid_order()


def _address(token):
    return f"/api/v1/orders/{token}/"


def test_an_order_shows_what_was_bought_and_given(client, order):
    """Lines carry price, certificate and the donation with its state."""
    shown = client.get(_address(order.token)).json()

    (line,) = shown["lines"]
    assert shown["status"] == "paid"
    assert shown["total"] == {"amount": 249900, "currency": "USD"}
    assert line["total"] == {"amount": 249900, "currency": "USD"}
    assert line["donation"]["amount"] == {"amount": 24990, "currency": "USD"}
    assert line["donation"]["beneficiaries"] == ["Feeding America"]
    assert line["certificate"]["number"]


def test_a_shipped_order_tells_its_tracking(client, order):
    """Until it has left there is no day; then there is one, and the tracking."""
    shown = client.get(_address(order.token)).json()
    assert (shown["shipped_at"], shown["tracking_reference"]) == (None, "")

    shipments.ship_order(order_id=order.pk, tracking_reference="UPS 1Z1", at=AT)

    shown = client.get(_address(order.token)).json()
    assert shown["shipped_at"] == "2026-03-02T09:30:00Z"
    assert shown["tracking_reference"] == "UPS 1Z1"


def test_states_of_a_donation_are_all_described():
    """The schema names every state that the donations app knows."""
    assert list(order_serializers.DONATION_STATUSES) == list(DonationStatus)


def test_nothing_personal_is_told(client, order):
    """Neither name nor address nor email leave by this door."""
    text = client.get(_address(order.token)).content.decode()

    for words in ("Ada", "Main Street", "customer@example.com"):
        assert words not in text


@pytest.mark.parametrize("guess", ["guessed", "0", "-_-", "a" * 300])
def test_guessed_tokens_are_not_found(client, order, guess):
    """A token that is not an order's gets the answer of any unknown address."""
    answer = client.get(_address(guess))

    assert answer.status_code == 404
    assert answer.json()["message"] == "There is nothing at this address."


def test_numbers_are_no_tokens(client, order):
    """The number that a customer quotes opens nothing."""
    assert client.get(_address(order.number)).status_code == 404


def test_no_cache_keeps_an_order(client, order):
    """No cache stores it, no link carries its address on, no engine lists it."""
    answer = client.get(_address(order.token))

    assert answer["Cache-Control"] == "private, no-store"
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex"


def test_guessing_is_slowed_down(client, order, settings):
    """After a few tries one address has to wait, and is told how long."""
    settings.STORE = {**settings.STORE, "API_ORDER_RATE": "2/min"}

    answers = [client.get(_address("guessed")) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [404, 404, 429]
    assert int(answers[2]["Retry-After"]) > 0
    assert answers[2].json()["code"] == "throttled"


def test_few_queries(client, order, django_assert_max_num_queries):
    """An order costs a handful of statements, whatever its length."""
    with django_assert_max_num_queries(6):
        client.get(_address(order.token))
