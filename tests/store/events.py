"""Bodies and headers that claim to be webhook events of Stripe."""

import json
import time

from demo.stripe_simulator.signing import sign

SECRET = "whsec_0123456789abcdef"
EVENT = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "api_version": "2026-10-28.endive",
    "created": 1_772_443_800,
    "livemode": False,
    "data": {"object": {"id": "cs_test_1", "object": "checkout.session"}},
}
THIN = {"id": "evt_1", "object": "v2.core.event", "type": "v1.charge.updated"}

# Rightly signed, and yet no snapshot event.
NONSENSE = {
    "not UTF-8": b"\xff\xfe",
    "not JSON": b"not json",
    "empty": b"",
    "list": b"[]",
    "null": b"null",
    "number": b"7",
    "text": b'"event"',
    "empty object": b"{}",
    "thin event": json.dumps(THIN).encode(),
    "no data": json.dumps(EVENT | {"data": None}).encode(),
    "number for object": json.dumps(EVENT | {"data": {"object": 7}}).encode(),
    "text for object": json.dumps(EVENT | {"data": {"object": "id"}}).encode(),
    "list for object": json.dumps(EVENT | {"data": {"object": ["id"]}}).encode(),
    "too deep": b"[" * 100_000,
}
MALFORMED_HEADERS = (
    "",
    "t=",
    "t=1",
    "v1=00",
    "t=soon,v1=00",
    "t=1,v1=é",
    "t=1,v0=00",
    "nonsense",
    ",,,=,=",
    "\x00",
)


def make_body(**changes):
    """Return the body of an event, written as Stripe writes it."""
    return json.dumps(EVENT | changes, indent=2).encode()


def sign_now(body, *, secrets=(SECRET,), age=0):
    """Return the header for a body signed `age` seconds ago."""
    return sign(body, secrets, int(time.time()) - age)
