"""Idempotency keys: same key, same answer, once.

Note: which answers are kept. The API keeps every answer of a call that began,
a 500 included, and forgets it after a day. Refused parameters are not kept.
"""

import dataclasses
import hashlib
import json
from typing import cast

from demo.stripe_simulator.clock import Clock
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.problem import ApiError
from demo.stripe_simulator.state import State

KEPT_SECONDS = 86_400


@dataclasses.dataclass(frozen=True, slots=True)
class KeptAnswer:
    """An answer given before under the same key."""

    status: int
    body: JsonObject


class Keys:
    """The keys seen in the last day."""

    def __init__(self, state: State, clock: Clock) -> None:
        """Free keys whose call was cut off by a stop of the simulator."""
        self._state = state
        self._clock = clock
        state.execute("DELETE FROM idempotency WHERE status IS NULL")

    def begin(self, key: str, path: str, body: str) -> KeptAnswer | None:
        """Claim a key, or return what was answered under it.

        Raises:
            ApiError: The key belongs to another call, or to one still running.
        """
        fingerprint = hashlib.sha256(f"{path}?{body}".encode()).hexdigest()
        with self._state.transaction():
            self._prune()
            sql = "SELECT * FROM idempotency WHERE key = ?"
            rows = self._state.execute(sql, (key,))
            if not rows:
                sql = "INSERT INTO idempotency VALUES (?, ?, ?, NULL, NULL)"
                self._state.execute(sql, (key, fingerprint, self._clock.now()))
                return None
        if rows[0]["fingerprint"] != fingerprint:
            raise _mismatch(key)
        if rows[0]["status"] is None:
            raise _in_use(key)
        body_kept = cast(JsonObject, json.loads(rows[0]["body"]))
        return KeptAnswer(rows[0]["status"], body_kept)

    def keep(self, key: str, status: int, body: JsonObject) -> None:
        """Keep the answer of a finished call."""
        sql = "UPDATE idempotency SET status = ?, body = ? WHERE key = ?"
        self._state.execute(sql, (status, json.dumps(body), key))

    def release(self, key: str) -> None:
        """Free the key of a call that never began."""
        sql = "DELETE FROM idempotency WHERE key = ? AND status IS NULL"
        self._state.execute(sql, (key,))

    def _prune(self) -> None:
        oldest = self._clock.now() - KEPT_SECONDS
        sql = "DELETE FROM idempotency WHERE created_at < ?"
        self._state.execute(sql, (oldest,))


def _mismatch(key: str) -> ApiError:
    message = (
        "Keys for idempotent requests can only be used with the same parameters "
        f"they were first used with. Try using a key other than '{key}'."
    )
    body = {"type": "idempotency_error", "message": message}
    return ApiError(400, body, is_kept=False)


def _in_use(key: str) -> ApiError:
    message = f"Another request with the idempotency key '{key}' is in progress."
    body = {"type": "idempotency_error", "message": message}
    return ApiError(409, {**body, "code": "idempotency_key_in_use"}, is_kept=False)
