"""The accidents an operator or a test can order."""

import dataclasses
import re
import threading
from typing import Literal, get_args

from demo.stripe_simulator.json_types import JsonObject

PENDING_REASONS = ("", "charge_pending", "insufficient_funds", "processing")

When = Literal["before", "after", "stored"]
Answer = Literal["error", "reset", "truncated"]


@dataclasses.dataclass(slots=True)
class ApiFault:
    """One accident of the API, for calls that begin with `match`; `*` is any id.

    `before`: nothing is done. `after`: the work is done and kept under the
    idempotency key, but this caller gets the error. `stored`: the work is done
    and the error itself is kept, as Stripe does with its own 500s. `answer` says what
    comes: the error, a connection cut off, or half of the true answer.
    """

    match: str
    status: int = 500
    when: When = "before"
    times: int = 1
    type: str = "api_error"
    code: str | None = None
    delay_seconds: float = 0.0
    should_retry: bool | None = None
    answer: Answer = "error"

    def __post_init__(self) -> None:
        """Refuse a moment or an answer that there is not."""
        if self.when not in get_args(When):
            raise ValueError("when is before, after or stored")
        if self.answer not in get_args(Answer):
            raise ValueError("answer is error, reset or truncated")

    @property
    def spoils_call(self) -> bool:
        """Say whether the caller gets something else than the answer."""
        return bool(self.status) or self.answer != "error"

    def concerns(self, method: str, path: str) -> bool:
        """Say whether a call is one that this accident waits for."""
        pattern = re.escape(self.match).replace(r"\*", "[^/]+")
        return re.match(pattern, f"{method} {path}") is not None

    def error(self) -> JsonObject:
        """Return the error object to answer with."""
        told = {"type": self.type, "message": "Simulated fault", "code": self.code}
        return {key: value for key, value in told.items() if value is not None}


@dataclasses.dataclass(slots=True)
class DeliveryFaults:
    """Accidents of webhook deliveries; `drop` lists event types or `*`.

    `old_secret` signs with an endpoint's oldest secret alone, or with one that it
    has no longer; `livemode` and `api_version` are told in place of the true ones.
    """

    duplicate: int = 0
    shuffle: bool = False
    delay_seconds: float = 0.0
    drop: list[str] = dataclasses.field(default_factory=list)
    clock_skew_seconds: int = 0
    bad_signature: bool = False
    old_secret: bool = False
    livemode: bool = False
    api_version: str = ""

    def drops(self, event_type: str) -> bool:
        """Say whether an event of this type gets lost."""
        return "*" in self.drop or event_type in self.drop


@dataclasses.dataclass(slots=True)
class RefundPlan:
    """How coming refunds begin, whatever the card; they end when they are told to."""

    status: str = "pending"
    pending_reason: str = ""
    times: int = 1

    def __post_init__(self) -> None:
        """Refuse a beginning or a reason that no refund has."""
        if self.status not in ("pending", "requires_action", "succeeded"):
            raise ValueError("status is pending, requires_action or succeeded")
        if self.pending_reason not in PENDING_REASONS:
            named = ", ".join(PENDING_REASONS[1:])
            raise ValueError(f"pending_reason is {named} or empty")


class Faults:
    """What is ordered now."""

    def __init__(self) -> None:
        """Start without accidents."""
        self._lock = threading.Lock()
        self.api: list[ApiFault] = []
        self.delivery = DeliveryFaults()
        self.refunds: RefundPlan | None = None

    def add(self, fault: ApiFault) -> None:
        """Order an accident of the API."""
        with self._lock:
            self.api.append(fault)

    def take(self, method: str, path: str) -> ApiFault | None:
        """Return the accident due for this call, and count it."""
        with self._lock:
            for fault in self.api:
                if fault.times > 0 and fault.concerns(method, path):
                    fault.times -= 1
                    self.api = [kept for kept in self.api if kept.times > 0]
                    return fault
        return None

    def take_refund_plan(self) -> RefundPlan | None:
        """Return how the next refund begins when that was ordered, and count it."""
        with self._lock:
            plan = self.refunds
            if plan:
                plan.times -= 1
                self.refunds = plan if plan.times > 0 else None
            return plan

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self.api = []
            self.delivery = DeliveryFaults()
            self.refunds = None
