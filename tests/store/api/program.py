"""A program that uses the API over the network, with the standard library alone."""

import itertools
import json
import urllib.request

_number = itertools.count(1)


class Program:
    """Calls the API of a running shop; keeps no cookies."""

    def __init__(self, url):
        self._url = f"{url}/api/v1/"

    def get(self, place):
        """Return what is at an address."""
        return self._send("GET", place)

    def post(self, place, **body):
        """Send a body under a key that nobody used."""
        key = f"program-{next(_number)}"
        return self._send("POST", place, body, {"Idempotency-Key": key})

    def put(self, place, **body):
        """Send a body."""
        return self._send("PUT", place, body)

    def _send(self, method, place, body=None, headers=()):
        request = urllib.request.Request(  # noqa: S310  # Of the test's own server.
            self._url + place,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **dict(headers)},
            method=method,
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310  # The same.
            return json.load(answer)
