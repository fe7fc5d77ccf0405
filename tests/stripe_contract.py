"""A client for the Stripe SDK that holds every call and answer to the contract.

Give it to a `stripe.StripeClient` as `http_client`: a wrong call fails before
it leaves, a wrong answer before the SDK sees it.
"""

import dataclasses
import functools
from urllib.parse import urlsplit

import stripe

from demo.stripe_simulator.contract import check, schema


@dataclasses.dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call that went through, with its typed parameters."""

    method: str
    template: str
    params: dict
    idempotency_key: str | None
    status: int
    answer: dict


@functools.cache
def contract():
    """Return the contract of the installed SDK, built once."""
    return check.Contract(schema.build())


class RecordingClient(stripe.RequestsClient):
    """Checks and records what the SDK sends and gets.

    `prefix` is the path of the base address in front of `/v1/`, if it has one.
    """

    def __init__(self, *, prefix="", **options):
        super().__init__(**options)
        self.calls = []
        self._prefix = prefix

    def request(self, method, url, headers, post_data=None):
        """Send one call, unless it breaks the contract."""
        path = urlsplit(url)._replace(scheme="", netloc="").geturl()
        path = path.removeprefix(self._prefix)
        sent = post_data.decode() if isinstance(post_data, bytes) else post_data or ""
        template, params = contract().check_call(method, path, sent, headers)
        body, status, received = super().request(method, url, headers, post_data)
        text = body.decode() if isinstance(body, bytes) else body
        answer = contract().check_response(method, path, status, text)
        key = headers.get("Idempotency-Key")
        self.calls.append(
            RecordedCall(method.upper(), template, params, key, status, answer)
        )
        return body, status, received
