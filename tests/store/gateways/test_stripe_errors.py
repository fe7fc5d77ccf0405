"""What can go wrong between us and Stripe, and what our callers see of it."""

import pickle

import pytest

from demo.stripe_simulator.faults import ApiFault
from store.gateways import base
from tests.store.gateways.asking import make_refund, make_request

SESSIONS = "POST /v1/checkout/sessions"
CUSTOMER = "not-an-address-of-mine"


def keys_of(simulator):
    """Return the idempotency keys of the POSTs so far."""
    return [call.idempotency_key for call in simulator.calls if call.method == "POST"]


def fail(simulator, status, **fault):
    """Order an accident for the next call that opens a page."""
    simulator.faults.add(ApiFault(SESSIONS, status, **fault))


@pytest.mark.checklist("I4")
@pytest.mark.parametrize("status", [500, 503, 409])
def test_passing_breakdown_is_retried_under_one_key(status, gateway, simulator):
    """A breakdown of Stripe's is tried again, under the same key."""
    fail(simulator, status)

    session = gateway.start_session(make_request())

    assert session.status == "open"
    assert keys_of(simulator) == [make_request().idempotency_key] * 2
    assert len(simulator.sessions()) == 1


@pytest.mark.parametrize("status", [500, 503, 409])
def test_lasting_breakdown_is_unavailable(status, gateway, simulator):
    """After three tries under one key the gateway is unavailable."""
    fail(simulator, status, times=3)

    with pytest.raises(base.UnavailableError):
        gateway.start_session(make_request())

    assert keys_of(simulator) == [make_request().idempotency_key] * 3


def test_stripe_can_forbid_the_retry(gateway, simulator):
    """A breakdown that Stripe says not to retry is tried once."""
    fail(simulator, 500, should_retry=False)

    with pytest.raises(base.UnavailableError):
        gateway.start_session(make_request())

    assert len(simulator.calls) == 1


@pytest.mark.checklist("I5")
@pytest.mark.parametrize("code", ["rate_limit", "lock_timeout"])
def test_busy_stripe_is_unavailable(code, gateway, simulator):
    """A 429 is left to the worker's own back-off, and tells its code."""
    fail(simulator, 429, type="invalid_request_error", code=code)

    with pytest.raises(base.UnavailableError) as caught:
        gateway.start_session(make_request())

    assert caught.value.code == code
    assert len(simulator.calls) == 1


def test_busy_stripe_can_ask_for_a_retry(gateway, simulator):
    """A 429 that Stripe says to retry is tried again at once."""
    fail(simulator, 429, code="lock_timeout", should_retry=True)

    assert gateway.start_session(make_request()).status == "open"


def test_refused_card_is_declined(gateway, simulator):
    """A 402 is a decline, with Stripe's code."""
    fail(simulator, 402, type="card_error", code="card_declined")

    with pytest.raises(base.DeclinedError) as caught:
        gateway.start_session(make_request())

    assert caught.value.code == "card_declined"
    assert len(simulator.calls) == 1


def test_unknown_session_is_declined(gateway):
    """An id that Stripe does not know is declined, with Stripe's code."""
    with pytest.raises(base.DeclinedError) as caught:
        gateway.fetch_session("cs_test_unknown")

    assert caught.value.code == "resource_missing"


def test_amount_too_small_is_declined(gateway):
    """An amount below the currency's minimum is declined, with Stripe's code."""
    lines = (base.SessionLine("Ring", "DTC-1", 1),)

    with pytest.raises(base.DeclinedError) as caught:
        gateway.start_session(make_request(lines=lines))

    assert caught.value.code == "amount_too_small"


@pytest.mark.checklist("I2")
def test_reused_key_is_told_apart(gateway, simulator):
    """The same key with other parameters is neither retried nor a decline."""
    gateway.start_session(make_request())

    with pytest.raises(base.KeyReusedError):
        gateway.start_session(make_request(email="another@example.com"))

    assert len(simulator.calls) == 2
    assert not issubclass(base.KeyReusedError, base.DeclinedError)


@pytest.mark.parametrize("key", ["", "sk_nonsense"])
def test_wrong_key_is_our_mistake(key, gateway, settings):
    """A key that Stripe does not know is a misconfiguration."""
    settings.STORE = {**settings.STORE, "STRIPE_SECRET_KEY": key}

    with pytest.raises(base.MisconfiguredError):
        gateway.start_session(make_request())


def test_missing_permission_is_our_mistake(gateway, simulator):
    """A restricted key without the right is a misconfiguration."""
    fail(simulator, 403, type="invalid_request_error")

    with pytest.raises(base.MisconfiguredError):
        gateway.start_session(make_request())


@pytest.mark.parametrize("slams", [1, 2])
def test_reset_connection_is_retried(slams, door, gateway, simulator):
    """A connection that is reset is tried again, up to three times."""
    door.slams = slams

    assert gateway.start_session(make_request()).status == "open"
    assert door.connections == slams + 1
    assert len(simulator.sessions()) == 1


def test_lasting_reset_is_unavailable(door, gateway):
    """After three resets the gateway is unavailable."""
    door.slams = 3

    with pytest.raises(base.UnavailableError):
        gateway.start_session(make_request())

    assert door.connections == 3


def test_nobody_there_is_unavailable(gateway, settings):
    """An address where nobody listens is unavailable."""
    settings.STORE = {**settings.STORE, "STRIPE_API_BASE": "http://127.0.0.1:9"}

    with pytest.raises(base.UnavailableError):
        gateway.start_session(make_request())


@pytest.mark.checklist("I4")
def test_slow_answer_is_unavailable(gateway, simulator, settings):
    """Waiting for an answer ends with the configured time."""
    session = gateway.start_session(make_request())
    settings.STORE = {**settings.STORE, "STRIPE_READ_TIMEOUT_SECONDS": 0.1}
    simulator.faults.add(ApiFault("GET /v1", 0, delay_seconds=0.3, times=3))

    with pytest.raises(base.UnavailableError):
        gateway.fetch_session(session.id)

    assert len(simulator.calls) == 4


@pytest.mark.checklist("I6")
def test_slow_work_is_done_once(gateway, simulator, settings):
    """A page whose making took too long is found again under its key."""
    settings.STORE = {**settings.STORE, "STRIPE_READ_TIMEOUT_SECONDS": 0.2}
    fail(simulator, 0, delay_seconds=0.3)

    session = gateway.start_session(make_request())

    assert [stored["id"] for stored in simulator.sessions()] == [session.id]
    assert set(keys_of(simulator)) == {make_request().idempotency_key}


@pytest.mark.checklist("I6")
def test_lost_answer_leaves_one_session(gateway, simulator):
    """Work done whose answer was lost is found again under its key, later too."""
    fail(simulator, 500, when="after", should_retry=False)
    with pytest.raises(base.UnavailableError):
        gateway.start_session(make_request())

    session = gateway.start_session(make_request())

    assert [stored["id"] for stored in simulator.sessions()] == [session.id]


@pytest.mark.checklist("I6")
def test_lost_answer_leaves_one_refund(gateway, simulator):
    """A refund made whose answer was lost is found again under its key, later too."""
    session = gateway.start_session(make_request())
    simulator.pay(session.id)
    request = make_refund(gateway.fetch_session(session.id))
    lost = ApiFault("POST /v1/refunds", 500, when="after", should_retry=False)
    simulator.faults.add(lost)
    with pytest.raises(base.UnavailableError):
        gateway.refund(request)

    refund = gateway.refund(request)

    assert [stored["id"] for stored in simulator.objects("refund")] == [refund.id]


@pytest.mark.checklist("K6")
def test_error_holds_nothing_of_the_customer(gateway):
    """What Stripe says of the customer is in no part of our error."""
    with pytest.raises(base.DeclinedError) as caught:
        gateway.start_session(make_request(email=CUSTOMER))

    error = caught.value
    shown = f"{error!r} {error} {error.args} {vars(error)}"
    assert CUSTOMER not in shown
    assert CUSTOMER.encode() not in pickle.dumps(error)


@pytest.mark.checklist("K6")
def test_error_hangs_on_no_other(gateway):
    """Stripe's exception, which holds the whole answer, is no part of ours."""
    with pytest.raises(base.DeclinedError) as caught:
        gateway.start_session(make_request(email=CUSTOMER))

    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_error_crosses_process_borders(gateway):
    """An error that was pickled tells the same type, code and request."""
    with pytest.raises(base.DeclinedError) as caught:
        gateway.fetch_session("cs_test_unknown")

    error = caught.value
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301  our own bytes
    assert (type(copy), str(copy)) == (type(error), str(error))
    assert error.request_id.startswith("req_")
    assert str(error) == f"InvalidRequestError resource_missing {error.request_id}"
