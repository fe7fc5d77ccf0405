"""The accidents of the API that have a name, ready to be ordered."""

from typing import Any

from demo.stripe_simulator.faults import ApiFault

REQUEST = "invalid_request_error"
IN_USE = {"status": 409, "type": "idempotency_error", "code": "idempotency_key_in_use"}
LOW = {"status": 400, "type": REQUEST, "code": "balance_insufficient"}

# Name: what happens, and the fault that does it.
ACCIDENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "error_before": ("500, nothing done", {}),
    "error_after": ("500, the work done; the key finds it again", {"when": "after"}),
    "error_stored": ("500, the work done; the key repeats the 500", {"when": "stored"}),
    "unavailable": ("503, nothing done", {"status": 503}),
    "conflict": ("409, another call holds the key", IN_USE),
    "rate_limit": (
        "429, too many calls",
        {"status": 429, "type": REQUEST, "code": "rate_limit"},
    ),
    "lock_timeout": (
        "429, another call holds the object",
        {"status": 429, "type": REQUEST, "code": "lock_timeout"},
    ),
    "slow": ("The answer takes 20 seconds", {"status": 0, "delay_seconds": 20}),
    "reset_before": ("Connection reset, nothing done", {"answer": "reset"}),
    "reset_after": (
        "Connection reset, the work done",
        {"answer": "reset", "when": "after"},
    ),
    "truncated": ("Half of the true answer", {"status": 0, "answer": "truncated"}),
    "balance_insufficient": ("400, too little balance for a refund", LOW),
    "forbidden": ("403, the key lacks a right", {"status": 403, "type": REQUEST}),
    "unauthorized": ("401, the key is not known", {"status": 401, "type": REQUEST}),
}


def make(name: str, match: str, *, times: int = 1) -> ApiFault:
    """Return the fault of a named accident.

    Raises:
        KeyError: There is no accident of that name.
    """
    return ApiFault(match, times=times, **ACCIDENTS[name][1])
