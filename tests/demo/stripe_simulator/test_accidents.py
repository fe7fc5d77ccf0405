"""Accidents of the API, as the real SDK meets them."""

import pytest
import requests
import stripe

from demo.stripe_simulator import accidents
from demo.stripe_simulator.faults import ApiFault
from tests.stripe_orders import auth, session_params

SESSIONS = "POST /v1/checkout/sessions"
KEY = {"idempotency_key": "order-1-attempt-1"}


@pytest.mark.parametrize(
    ("name", "error", "made"),
    [
        ("unavailable", stripe.APIError, 0),
        ("conflict", stripe.APIError, 0),
        ("rate_limit", stripe.RateLimitError, 0),
        ("lock_timeout", stripe.RateLimitError, 0),
        ("reset_before", stripe.APIConnectionError, 0),
        ("reset_after", stripe.APIConnectionError, 1),
        ("balance_insufficient", stripe.InvalidRequestError, 0),
        ("forbidden", stripe.PermissionError, 0),
        ("unauthorized", stripe.AuthenticationError, 0),
    ],
)
def test_accident_is_the_error_of_the_sdk(running, simulator, name, error, made):
    """Each accident ends in the exception that Stripe's own would end in."""
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": running.url})
    simulator.faults.add(accidents.make(name, SESSIONS))

    with pytest.raises(error):
        client.v1.checkout.sessions.create(session_params(), KEY)

    assert len(simulator.sessions()) == made


def test_half_an_answer_is_no_answer(running, simulator):
    """A truncated answer cannot be read; under the same key the whole one comes."""
    client = stripe.StripeClient("sk_test_x", base_addresses={"api": running.url})
    simulator.faults.add(accidents.make("truncated", SESSIONS))

    with pytest.raises(stripe.APIError):
        client.v1.checkout.sessions.create(session_params(), KEY)
    again = client.v1.checkout.sessions.create(session_params(), KEY)

    assert [session["id"] for session in simulator.sessions()] == [again.id]


def test_reset_connection_answers_nothing(simulator, send):
    """A reset is no polite end: no status and no body."""
    simulator.faults.add(accidents.make("reset_before", "GET /v1/events"))

    with pytest.raises(requests.ConnectionError):
        send("GET", "/v1/events", headers=auth())

    assert [call.status for call in simulator.calls] == [0]


def test_accident_waits_for_its_call(api, simulator):
    """A star stands for any id, and other calls pass."""
    simulator.faults.add(ApiFault(f"{SESSIONS}/*/expire", 400, type="card_error"))
    session = api.checkout.sessions.create(session_params())

    with pytest.raises(stripe.StripeError):
        api.checkout.sessions.expire(session.id)

    assert api.checkout.sessions.expire(session.id).status == "expired"


@pytest.mark.parametrize("name", accidents.ACCIDENTS)
def test_every_accident_can_be_ordered(name):
    """Each name is a fault that happens as often as asked."""
    fault = accidents.make(name, "GET /v1", times=3)

    assert fault.times == 3
    assert fault.spoils_call or fault.delay_seconds
