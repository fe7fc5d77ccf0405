"""Same key, same answer, once."""

import threading

import pytest
import stripe

from demo.stripe_simulator.faults import ApiFault
from tests.stripe_orders import session_params

KEY = {"idempotency_key": "order-1-attempt-1"}
SESSIONS = "POST /v1/checkout/sessions"


def test_same_key_gives_the_same_session(api, simulator):
    """A repeated call is answered with what was answered first."""
    params = session_params()

    first = api.checkout.sessions.create(params, KEY)
    again = api.checkout.sessions.create(params, KEY)

    assert again.id == first.id
    assert len(simulator.sessions()) == 1
    assert [call.is_replay for call in simulator.calls] == [False, True]


def test_other_parameters_under_the_same_key_are_refused(api, simulator):
    """A key belongs to the call it was first used with."""
    params = session_params()
    api.checkout.sessions.create(params, KEY)

    with pytest.raises(stripe.IdempotencyError):
        api.checkout.sessions.create(params | {"locale": "fr"}, KEY)

    assert len(simulator.sessions()) == 1


def test_refused_parameter_does_not_use_up_the_key(api):
    """A call that never began leaves its key free."""
    params = session_params()
    with pytest.raises(stripe.InvalidRequestError):
        api.checkout.sessions.create(params | {"customer_email": "nobody"}, KEY)

    assert api.checkout.sessions.create(params, KEY).status == "open"


def test_refusal_by_state_is_kept(api, simulator):
    """A refusal of a call that began is replayed under its key."""
    session = api.checkout.sessions.create(session_params())
    simulator.pay(session.id, "4000000000000002")
    intent = api.checkout.sessions.retrieve(session.id).payment_intent
    refund = {"payment_intent": intent}

    for _ in range(2):
        with pytest.raises(stripe.InvalidRequestError):
            api.refunds.create(refund, {"idempotency_key": "refund-1"})
        simulator.pay(session.id)


def test_key_is_forgotten_after_a_day(api, simulator):
    """A day later the same key makes a new Session."""
    params = session_params(expires_at=None)
    first = api.checkout.sessions.create(params, KEY)

    simulator.clock.move(86_401)

    assert api.checkout.sessions.create(params, KEY).id != first.id


def test_error_before_the_work_leaves_nothing(api, simulator):
    """A 500 before the work is healed by the SDK's own retry."""
    simulator.faults.add(ApiFault(SESSIONS))

    session = api.checkout.sessions.create(session_params(), KEY)

    assert [found["id"] for found in simulator.sessions()] == [session.id]
    assert [call.status for call in simulator.calls] == [500, 200]


def test_error_after_the_work_is_healed_by_the_key(api, simulator):
    """A lost answer is found again under the same key: one Session."""
    simulator.faults.add(ApiFault(SESSIONS, when="after"))

    session = api.checkout.sessions.create(session_params(), KEY)

    assert [found["id"] for found in simulator.sessions()] == [session.id]
    assert [call.is_replay for call in simulator.calls] == [False, True]


def test_kept_error_is_replayed_though_the_work_is_done(api, simulator):
    """A 500 kept by Stripe comes back with every retry; the Session exists."""
    simulator.faults.add(ApiFault(SESSIONS, when="stored"))

    with pytest.raises(stripe.APIError):
        api.checkout.sessions.create(session_params(), KEY)

    assert [call.status for call in simulator.calls] == [500, 500, 500]
    assert len(api.checkout.sessions.list().data) == 1


def test_key_in_use_is_a_conflict(simulator, send):
    """A second call under a key still at work gets 409 and changes nothing."""
    simulator.faults.add(ApiFault(SESSIONS, status=0, delay_seconds=0.6))
    options = {
        "headers": {"Authorization": "Bearer sk_test_x", "Idempotency-Key": "k"},
        "data": "mode=payment&success_url=https://shop.example/"
        "&line_items[0][price_data][currency]=usd"
        "&line_items[0][price_data][unit_amount]=100"
        "&line_items[0][price_data][product_data][name]=Ring",
    }
    slow = threading.Thread(target=send, args=("POST", SESSIONS[5:]), kwargs=options)

    slow.start()
    while not simulator.calls:
        slow.join(0.01)
    answer = send("POST", SESSIONS[5:], **options)
    slow.join()

    assert answer.status_code == 409
    assert answer.json()["error"]["code"] == "idempotency_key_in_use"
    assert len(simulator.sessions()) == 1


@pytest.mark.parametrize("code", ["lock_timeout", "rate_limit"])
def test_busy_answers_carry_their_code(api, simulator, code):
    """A 429 can be ordered with its code; the SDK does not retry it."""
    kind = "invalid_request_error"
    simulator.faults.add(ApiFault("POST /v1/refunds", 429, type=kind, code=code))

    with pytest.raises(stripe.RateLimitError) as caught:
        api.refunds.create({"charge": "ch_x"})

    assert caught.value.json_body["error"]["code"] == code
    assert len(simulator.calls) == 1
