"""Delivers bodies to our doors, as Stripe and others do."""

from asgiref.testing import ApplicationCommunicator
from django.core.handlers.asgi import ASGIHandler
from django.test import Client

from tests.store.events import sign_now

DOOR = "/webhooks/stripe/"
CONNECT_DOOR = "/webhooks/stripe/connect/"


def post(body, header=None, *, door=DOOR, **options):
    """Deliver a body to a door, signed now unless a header is given."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.post(
        door,
        data=body,
        content_type="application/json",
        headers={"Stripe-Signature": sign_now(body) if header is None else header},
        **options,
    )


async def post_in_chunks(chunks):
    """Deliver a body without saying how long it is, and return the status."""
    scope = {
        "type": "http",
        "method": "POST",
        "path": DOOR,
        "query_string": b"",
        "headers": [(b"host", b"testserver"), (b"transfer-encoding", b"chunked")],
    }
    talk = ApplicationCommunicator(ASGIHandler(), scope)
    for chunk in chunks:
        await talk.send_input({"type": "http.request", "body": chunk, "more_body": 1})
    await talk.send_input({"type": "http.request", "body": b""})
    start = await talk.receive_output(10)
    await talk.wait(10)
    return start["status"]
