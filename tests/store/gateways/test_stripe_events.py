"""How the gateway verifies what claims to come from Stripe."""

import json
from datetime import UTC, datetime

import pytest

from store.gateways import base
from store.gateways.stripe import StripeGateway
from tests.store.events import (
    EVENT,
    MALFORMED_HEADERS,
    NONSENSE,
    SECRET,
    make_body,
    sign_now,
)


def read(body, *, secrets=(SECRET,), age=0):
    """Let the gateway read a body signed `age` seconds ago."""
    header = sign_now(body, secrets=secrets, age=age)
    return StripeGateway().read_event(body, header)


def test_signed_body_becomes_an_event():
    """A verified event tells its id, type, object, mode and version."""
    body = json.dumps(EVENT).encode()

    event = read(body)

    assert event == base.Event(
        id="evt_1",
        type="checkout.session.completed",
        object_id="cs_test_1",
        account_id="",
        livemode=False,
        api_version="2026-10-28.endive",
        created_at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        payload=body.decode(),
    )


@pytest.mark.checklist("K2")
def test_event_hides_its_body():
    """What stands in a body never stands in the event's representation."""
    event = read(json.dumps(EVENT | {"email": "customer@example.com"}).encode())

    assert "customer@example.com" in event.payload
    assert "customer@example.com" not in repr(event)


@pytest.mark.checklist("W1")
def test_signature_is_over_raw_bytes():
    """The same JSON written differently does not verify."""
    header = sign_now(make_body())

    with pytest.raises(base.BadSignatureError):
        StripeGateway().read_event(json.dumps(EVENT).encode(), header)


@pytest.mark.checklist("W2")
@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
def test_signed_nonsense_is_refused(body):
    """A body that is no snapshot event is refused, though its signature is right."""
    with pytest.raises(base.BadSignatureError):
        read(body)


@pytest.mark.checklist("W2")
@pytest.mark.parametrize("header", MALFORMED_HEADERS)
def test_malformed_header_is_refused(header):
    """A header of another shape is refused, not stumbled over."""
    with pytest.raises(base.BadSignatureError):
        StripeGateway().read_event(json.dumps(EVENT).encode(), header)


@pytest.mark.checklist("W3")
def test_old_signature_is_refused():
    """A delivery 301 seconds old is refused; one of 290 seconds passes."""
    body = json.dumps(EVENT).encode()

    assert read(body, age=290).id == "evt_1"
    with pytest.raises(base.BadSignatureError):
        read(body, age=301)


@pytest.mark.checklist("W4")
def test_both_secrets_verify_while_one_is_rotated(settings):
    """With [new, old] both verify; with [new] the old one is refused."""
    body = json.dumps(EVENT).encode()
    settings.STORE = {
        **settings.STORE,
        "STRIPE_WEBHOOK_SECRETS": ["whsec_new", "whsec_old"],
    }

    assert read(body, secrets=["whsec_new"]).id == "evt_1"
    assert read(body, secrets=["whsec_old"]).id == "evt_1"
    settings.STORE = {**settings.STORE, "STRIPE_WEBHOOK_SECRETS": ["whsec_new"]}
    with pytest.raises(base.BadSignatureError):
        read(body, secrets=["whsec_old"])


def test_no_secret_verifies_nothing(settings):
    """Without a configured secret every delivery is refused."""
    settings.STORE = {**settings.STORE, "STRIPE_WEBHOOK_SECRETS": []}

    with pytest.raises(base.BadSignatureError):
        read(json.dumps(EVENT).encode())


@pytest.mark.checklist("K2")
def test_refusal_holds_no_body():
    """The refusal says nothing of what stood in the body, not even as its context."""
    body = b"customer@example.com is not JSON"

    with pytest.raises(base.BadSignatureError) as caught:
        read(body)

    assert "customer" not in repr(caught.value)
    assert caught.value.__context__ is None
