"""The simulator, ordered about over HTTP and read from its own file."""

import http.client
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from demo.stripe_simulator.workshop import public

SECONDS = 30
Row = dict[str, Any]


class Stripe:
    """A Stripe account in another process; the auditor reads it through `objects`."""

    def __init__(self, url: str, state: Path) -> None:
        self._netloc = urlsplit(url).netloc
        self._state = state

    def order(self, address: str, **fields: object) -> bool:
        """Order something below /control/; False when the simulator refuses."""
        connection = http.client.HTTPConnection(self._netloc, timeout=SECONDS)
        headers = {"Content-Type": "application/json"}
        with closing(connection):
            body = json.dumps(fields)
            connection.request("POST", f"/control/{address}", body, headers)
            return connection.getresponse().status == http.HTTPStatus.OK

    def sessions(self) -> list[Row]:
        """Return all Checkout Sessions, oldest first."""
        return self.objects("checkout.session")

    def objects(self, kind: str) -> list[Row]:
        """Return the objects of a kind as the API shows them, oldest first."""
        sql = "SELECT body FROM object WHERE kind = ? ORDER BY seq"
        return [public(json.loads(body)) for (body,) in self._read(sql, kind)]

    def latest(self, kind: str, count: int) -> list[Row]:
        """Return the newest objects of a kind, newest first."""
        sql = "SELECT body FROM object WHERE kind = ? ORDER BY seq DESC LIMIT ?"
        return [public(json.loads(body)) for (body,) in self._read(sql, kind, count)]

    def count_deliveries(self) -> int:
        """Return how many webhooks were not answered yet."""
        sql = "SELECT COUNT(*) FROM delivery WHERE state = 'waiting'"
        return next(self._read(sql))[0]

    def _read(self, sql: str, *values: object) -> Iterator[Any]:
        address = f"file:{self._state}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=SECONDS)) as file:
            yield from file.execute(sql, values).fetchall()
