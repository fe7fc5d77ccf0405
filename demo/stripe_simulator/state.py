"""Everything the simulator knows, in one SQLite file or in memory.

One connection, one lock, explicit transactions: a killed simulator starts
again with what it had answered. What the objects mean is decided elsewhere.
"""

import contextlib
import json
import pathlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from typing import Any, cast

from demo.stripe_simulator import problem
from demo.stripe_simulator.json_types import JsonObject

TABLES = """
CREATE TABLE IF NOT EXISTS object (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL, created INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS object_created ON object (kind, created, seq);
CREATE INDEX IF NOT EXISTS object_payment_intent
    ON object (json_extract(body, '$.payment_intent'));
CREATE INDEX IF NOT EXISTS object_charge ON object (json_extract(body, '$.charge'));
CREATE INDEX IF NOT EXISTS object_source ON object (json_extract(body, '$.source'));
CREATE INDEX IF NOT EXISTS object_transfer
    ON object (json_extract(body, '$.transfer'));
CREATE INDEX IF NOT EXISTS object_transfer_group
    ON object (json_extract(body, '$.transfer_group'));
CREATE INDEX IF NOT EXISTS object_source_transaction
    ON object (json_extract(body, '$.source_transaction'));
CREATE TABLE IF NOT EXISTS job (
    seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, target TEXT NOT NULL,
    due_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS job_due ON job (due_at);
CREATE TABLE IF NOT EXISTS delivery (
    seq INTEGER PRIMARY KEY, event TEXT NOT NULL, type TEXT NOT NULL,
    endpoint TEXT NOT NULL, state TEXT NOT NULL, due_at REAL NOT NULL,
    created_at REAL NOT NULL, tries INTEGER NOT NULL, status INTEGER);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (state, due_at);
CREATE INDEX IF NOT EXISTS delivery_event ON delivery (event);
CREATE TABLE IF NOT EXISTS idempotency (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, created_at REAL NOT NULL,
    status INTEGER, body TEXT);
CREATE INDEX IF NOT EXISTS idempotency_age ON idempotency (created_at);
CREATE TABLE IF NOT EXISTS note (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""
EMPTY = "".join(
    f"DELETE FROM {table};"  # noqa: S608  names of our own tables
    for table in ("object", "job", "delivery", "idempotency", "note")
)


class State:
    """Objects by id, in order of creation, with room for jobs and keys."""

    def __init__(self, path: pathlib.Path | None = None) -> None:
        """Open or create the file at `path`; in memory when there is none."""
        self._lock = threading.RLock()
        self._depth = 0
        self._connection = sqlite3.connect(
            str(path) if path else ":memory:",
            check_same_thread=False,
            isolation_level=None,
        )
        self._connection.row_factory = sqlite3.Row
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=NORMAL")
        self._connection.executescript(TABLES)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def reset(self) -> None:
        """Forget everything."""
        with self._lock:
            self._connection.executescript(EMPTY)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Keep all or nothing of what happens inside, and others out."""
        with self._lock:
            if self._depth == 0:
                self._connection.execute("BEGIN IMMEDIATE")
            self._depth += 1
            try:
                yield
            except BaseException:
                self._leave("ROLLBACK")
                raise
            self._leave("COMMIT")

    def _leave(self, verb: str) -> None:
        self._depth -= 1
        if self._depth == 0:
            self._connection.execute(verb)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """Run one statement and return its rows."""
        with self._lock:
            return self._connection.execute(sql, values).fetchall()

    def add(self, obj: JsonObject) -> None:
        """Keep a new object."""
        self.execute(
            "INSERT INTO object (id, kind, created, body) VALUES (?, ?, ?, ?)",
            (obj["id"], obj["object"], obj["created"], json.dumps(obj)),
        )

    def save(self, *objects: JsonObject) -> None:
        """Keep the new shape of known objects."""
        for obj in objects:
            values = (json.dumps(obj), obj["id"])
            self.execute("UPDATE object SET body = ? WHERE id = ?", values)

    def remove(self, *identifiers: str) -> None:
        """Forget objects, known or not."""
        for identifier in identifiers:
            self.execute("DELETE FROM object WHERE id = ?", (identifier,))

    def find(self, identifier: str) -> JsonObject | None:
        """Return a copy of an object, or nothing."""
        rows = self.execute("SELECT body FROM object WHERE id = ?", (identifier,))
        return cast(JsonObject, json.loads(rows[0]["body"])) if rows else None

    def get(self, identifier: str, kind: str, param: str = "id") -> JsonObject:
        """Return a copy of an object.

        Raises:
            ApiError: There is none of that kind.
        """
        obj = self.find(identifier)
        if obj is None or obj["object"] != kind:
            raise problem.missing(identifier, param)
        return obj

    def place_of(self, identifier: str) -> tuple[int, int] | None:
        """Return the place of an object in the order of creation."""
        sql = "SELECT created, seq FROM object WHERE id = ?"
        rows = self.execute(sql, (identifier,))
        return (rows[0]["created"], rows[0]["seq"]) if rows else None

    def select(
        self,
        kind: str,
        conditions: Sequence[tuple[str, Sequence[Any]]] = (),
        *,
        limit: int = -1,
        oldest_first: bool = False,
    ) -> list[JsonObject]:
        """Return objects, newest first; conditions are pieces of SQL."""
        where = "".join(f" AND {sql}" for sql, _ in conditions)
        values = [value for _, given in conditions for value in given]
        order = "ASC" if oldest_first else "DESC"
        rows = self.execute(
            f"SELECT body FROM object WHERE kind = ?{where}"  # noqa: S608  our SQL
            f" ORDER BY created {order}, seq {order} LIMIT ?",
            [kind, *values, limit],
        )
        return [json.loads(row["body"]) for row in rows]

    def count(self) -> int:
        """Return how many objects there were ever."""
        rows = self.execute("SELECT MAX(seq) AS last FROM object")
        return rows[0]["last"] or 0

    def remember(self, name: str, value: str) -> None:
        """Keep a small fact, such as how far the clock was moved."""
        self.execute("INSERT OR REPLACE INTO note VALUES (?, ?)", (name, value))

    def recall(self, name: str, default: str) -> str:
        """Return a small fact."""
        rows = self.execute("SELECT value FROM note WHERE name = ?", (name,))
        return str(rows[0]["value"]) if rows else default
