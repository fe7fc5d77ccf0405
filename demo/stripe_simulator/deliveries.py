"""Delivers events to webhook endpoints until each is answered with success.

When to try again follows the simulated clock, so moving it brings retries forward.
"""

import dataclasses
import random
import sqlite3
import threading
from collections.abc import Sequence
from concurrent import futures
from typing import Literal

from demo.stripe_simulator.clock import Clock
from demo.stripe_simulator.endpoints import Endpoint
from demo.stripe_simulator.faults import Faults
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.sender import Sender
from demo.stripe_simulator.state import State

FIRST_RETRY_SECONDS = 1.0
LONGEST_RETRY_SECONDS = 300.0
GIVE_UP_SECONDS = 3 * 86_400


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery tried; status 0 means that nobody answered."""

    event_id: str
    event_type: str
    status: int

    @property
    def is_success(self) -> bool:
        """Say whether the endpoint took the event."""
        return self.status in range(200, 300)


class Deliveries:
    """Deliveries owed; `mode` is "auto" (by themselves) or "manual" (tests)."""

    def __init__(self, state: State, clock: Clock, faults: Faults) -> None:
        """Start without endpoints."""
        self.mode: Literal["auto", "manual"] = "auto"
        self.endpoints: list[Endpoint] = []
        self.attempts: list[Attempt] = []
        self.wake = threading.Event()
        self._state = state
        self._clock = clock
        self._faults = faults
        self._sending = threading.Lock()
        self._random = random.Random()  # noqa: S311  an order, not a secret
        self._sender = Sender(faults)

    def enqueue(self, event: JsonObject) -> None:
        """Owe an event to every endpoint that wants it."""
        now = self._clock.now()
        due_at = now + self._faults.delivery.delay_seconds
        for endpoint in self._wanting(event["type"], event.get("account")):
            self._state.execute(
                "INSERT INTO delivery (event, type, endpoint, state, due_at,"
                " created_at, tries) VALUES (?, ?, ?, 'waiting', ?, ?, 0)",
                (event["id"], event["type"], endpoint.url, due_at, now),
            )
        self.wake.set()

    def count_wanting(self, event_type: str, account: str | None) -> int:
        """Return how many endpoints get events of a type, of an account."""
        return len(self._wanting(event_type, account))

    def pending(self) -> list[JsonObject]:
        """Return the deliveries still owed, oldest first."""
        sql = "SELECT * FROM delivery WHERE state = 'waiting' ORDER BY seq"
        return [dict(row) for row in self._state.execute(sql)]

    def next_due_at(self) -> float | None:
        """Return the moment of the next delivery."""
        sql = "SELECT MIN(due_at) AS due_at FROM delivery WHERE state = 'waiting'"
        rows = self._state.execute(sql)
        return rows[0]["due_at"] if rows else None

    def resend(self, event_id: str) -> None:
        """Owe a known event once more."""
        event = self._state.get(event_id, "event")
        self.enqueue(event)

    def deliver(self, *, workers: int = 1) -> list[Attempt]:
        """Try everything owed, whatever the time; what fails stays owed."""
        return self._deliver(float("inf"), workers)

    def deliver_due(self) -> list[Attempt]:
        """Try what is owed by now."""
        return self._deliver(self._clock.now(), workers=1)

    def _wanting(self, event_type: str, account: str | None) -> list[Endpoint]:
        return [e for e in self.endpoints if e.wants(event_type, account)]

    def _deliver(self, until: float, workers: int) -> list[Attempt]:
        with self._sending:
            rows = self._arrange(self._take(until))
            with futures.ThreadPoolExecutor(workers) as pool:
                attempts = list(pool.map(self._send, rows))
            self._settle(rows, attempts)
        self.attempts += attempts
        return attempts

    def _take(self, until: float) -> list[sqlite3.Row]:
        """Return what is owed, after losing what a fault wants lost."""
        sql = "SELECT * FROM delivery WHERE state = 'waiting' AND due_at <= ?"
        rows = self._state.execute(f"{sql} ORDER BY seq", (until,))
        lost = [row for row in rows if self._faults.delivery.drops(row["type"])]
        for row in lost:
            sql = "UPDATE delivery SET state = 'dropped' WHERE seq = ?"
            self._state.execute(sql, (row["seq"],))
        return [row for row in rows if row not in lost]

    def _arrange(self, rows: Sequence[sqlite3.Row]) -> list[sqlite3.Row]:
        times = 1 + self._faults.delivery.duplicate
        arranged = [row for row in rows for _ in range(times)]
        if self._faults.delivery.shuffle:
            self._random.shuffle(arranged)
        return arranged

    def _send(self, row: sqlite3.Row) -> Attempt:
        event = self._state.get(row["event"], "event")
        endpoint = self._endpoint(row["endpoint"], event.get("account"))
        status = self._sender.post(endpoint, event) if endpoint else 0
        return Attempt(row["event"], row["type"], status)

    def _endpoint(self, url: str, account: str | None) -> Endpoint | None:
        """Return the endpoint at an address; a lone one may have moved since."""
        fitting = [e for e in self.endpoints if e.is_connect == bool(account)]
        known = {endpoint.url: endpoint for endpoint in fitting}
        return known.get(url, fitting[0] if len(fitting) == 1 else None)

    def _settle(self, rows: Sequence[sqlite3.Row], attempts: Sequence[Attempt]) -> None:
        with self._state.transaction():
            for row, attempt in zip(rows, attempts, strict=True):
                self._record(row, attempt)

    def _record(self, row: sqlite3.Row, attempt: Attempt) -> None:
        tries = row["tries"] + 1
        state, due_at = self._outlook(row, attempt, tries)
        self._state.execute(
            "UPDATE delivery SET state = ?, due_at = ?, tries = ?, status = ?"
            " WHERE seq = ? AND state = 'waiting'",
            (state, due_at, tries, attempt.status, row["seq"]),
        )
        self._count_pending(row["event"])

    def _outlook(
        self, row: sqlite3.Row, attempt: Attempt, tries: int
    ) -> tuple[str, float]:
        """Return what becomes of a delivery, and when it is due again."""
        now = self._clock.now()
        if attempt.is_success:
            return "done", now
        if now - row["created_at"] > GIVE_UP_SECONDS:
            return "given up", now
        wait = FIRST_RETRY_SECONDS * 2 ** min(tries - 1, 20)
        return "waiting", now + min(wait, LONGEST_RETRY_SECONDS)

    def _count_pending(self, event_id: str) -> None:
        event = self._state.get(event_id, "event")
        sql = (
            "SELECT COUNT(DISTINCT endpoint) AS owed FROM delivery AS d WHERE event = ?"
            " AND NOT EXISTS (SELECT 1 FROM delivery AS e WHERE e.event = d.event"
            " AND e.endpoint = d.endpoint AND e.state = 'done')"
        )
        rows = self._state.execute(sql, (event_id,))
        event["pending_webhooks"] = rows[0]["owed"]
        self._state.save(event)
