"""Sends one event to one endpoint, signed anew each time.

Signatures carry wall time, because whoever verifies them compares with wall time.
"""

import json
import time
import urllib.error
import urllib.request
from typing import IO, Any

from demo.stripe_simulator import signing
from demo.stripe_simulator.endpoints import Endpoint
from demo.stripe_simulator.faults import Faults
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.workshop import public

TIMEOUT_SECONDS = 10.0
SECRET_OF_NOBODY = "whsec_rolled_long_ago"  # noqa: S105  a secret on purpose unknown


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is a failed delivery."""

    def redirect_request(
        self, req: Any, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> None:
        """Follow nothing."""


class Sender:
    """Posts events, spoiled in the ways that were ordered."""

    def __init__(self, faults: Faults) -> None:
        """Prepare to post without proxies and redirects."""
        self._faults = faults
        no_proxy = urllib.request.ProxyHandler({})
        self._opener = urllib.request.build_opener(no_proxy, _NoRedirect)

    def post(self, endpoint: Endpoint, event: JsonObject) -> int:
        """Return the status answered; 0 means that nobody answered."""
        body = json.dumps(self._disguised(public(event)), indent=2).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Stripe-Signature": self._signature(body, endpoint),
            "User-Agent": "Stripe/1.0 (+simulator)",
        }
        request = urllib.request.Request(endpoint.url, body, headers)  # noqa: S310  checked when the endpoint is made
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return 0

    def _disguised(self, event: JsonObject) -> JsonObject:
        """Return an event as if it came from live mode, or another version."""
        faults = self._faults.delivery
        changed: JsonObject = {"livemode": True} if faults.livemode else {}
        if faults.api_version:
            changed["api_version"] = faults.api_version
        return event | changed

    def _signature(self, body: bytes, endpoint: Endpoint) -> str:
        faults = self._faults.delivery
        at = int(time.time()) + faults.clock_skew_seconds
        header = signing.sign(body, _secrets(endpoint, is_old=faults.old_secret), at)
        return header.replace("v1=", "v1=0") if faults.bad_signature else header


def _secrets(endpoint: Endpoint, *, is_old: bool) -> tuple[str, ...]:
    """Return what signs: all secrets, or the oldest alone; a lone one is rolled."""
    if not is_old:
        return endpoint.secrets
    return endpoint.secrets[1:][-1:] or (SECRET_OF_NOBODY,)
