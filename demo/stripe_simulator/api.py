"""The API over HTTP: keys, faults, idempotency, then the work itself."""

import collections
import dataclasses
import re
import time
from collections.abc import Callable

from demo.stripe_simulator import problem, web
from demo.stripe_simulator.contract.check import Contract
from demo.stripe_simulator.events import Events, Origin
from demo.stripe_simulator.faults import ApiFault, Faults
from demo.stripe_simulator.idempotency import Keys
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.listing import Expansion
from demo.stripe_simulator.problem import ApiError
from demo.stripe_simulator.routes import Routes
from demo.stripe_simulator.state import State
from demo.stripe_simulator.workshop import Workshop

CALLS_KEPT = 10_000
NO_FAULT = ApiFault("", status=0)


@dataclasses.dataclass(slots=True)
class Call:
    """One call, as the log keeps it; status 0 while it is running."""

    method: str
    path: str
    idempotency_key: str | None
    status: int = 0
    is_replay: bool = False


class Api:
    """Answers calls to `/v1/`."""

    def __init__(  # noqa: PLR0913  one part each, put together in one place
        self,
        *,
        state: State,
        workshop: Workshop,
        contract: Contract,
        events: Events,
        faults: Faults,
        keys: Keys,
        routes: Routes,
        expansion: Expansion,
        tick: Callable[[], None],
    ) -> None:
        """Keep the parts."""
        self.calls: collections.deque[Call] = collections.deque(maxlen=CALLS_KEPT)
        self._state = state
        self._workshop = workshop
        self._contract = contract
        self._events = events
        self._faults = faults
        self._keys = keys
        self._routes = routes
        self._expansion = expansion
        self._tick = tick

    def answer(self, request: web.Request) -> web.Response:
        """Answer one call and write it down."""
        key = request.headers.get("idempotency-key")
        call = Call(request.method, request.path, key)
        self.calls.append(call)
        origin = Origin(self._workshop.identifier("req"), key)
        headers = {
            "Request-Id": str(origin.request_id),
            "Stripe-Version": self._contract.version,
        }
        try:
            self._check_headers(request)
            response = self._answer(request, origin, call)
        except ApiError as error:
            response = web.answer_json({"error": error.body}, error.status)
        call.status = response.status
        return dataclasses.replace(response, headers=response.headers | headers)

    def _check_headers(self, request: web.Request) -> None:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if re.match(r"(sk|rk)_live_", key):
            message = "Live keys are refused: this is a simulator, remove the key."
            raise problem.unauthorized(message)
        if not re.match(r"(sk|rk)_test_\w+", key):
            raise problem.unauthorized("Invalid API Key provided.")
        version = request.headers.get("stripe-version", self._contract.version)
        if version != self._contract.version:
            message = f"This simulator speaks {self._contract.version} only."
            raise problem.invalid(message)

    def _answer(self, request: web.Request, origin: Origin, call: Call) -> web.Response:
        """Answer a call that may be a repetition, and may meet a fault."""
        key = origin.idempotency_key if request.method == "POST" else None
        if key:
            kept = self._keys.begin(key, request.path, request.body)
            if kept:
                call.is_replay = True
                replayed = {"Idempotent-Replayed": "true"}
                return web.answer_json(kept.body, kept.status, replayed)
        try:
            return self._answer_once(request, origin, key)
        finally:
            if key:
                self._keys.release(key)

    def _answer_once(
        self, request: web.Request, origin: Origin, key: str | None
    ) -> web.Response:
        fault = self._faults.take(request.method, request.path) or NO_FAULT
        time.sleep(fault.delay_seconds)
        is_half = fault.answer == "truncated"
        if fault.spoils_call and fault.when == "before" and not is_half:
            return _fault_answer(fault)
        status, body, is_kept = self._work(request, origin)
        if fault.status and fault.when == "stored":
            status, body, is_kept = fault.status, {"error": fault.error()}, True
        if key and is_kept:
            self._keys.keep(key, status, body)
        answer = web.answer_json(body, status)
        if is_half:
            return web.halved(answer)
        failed = fault.spoils_call and fault.when == "after"
        return _fault_answer(fault) if failed else answer

    def _work(
        self, request: web.Request, origin: Origin
    ) -> tuple[int, JsonObject, bool]:
        """Return status, body and whether the idempotency key keeps them."""
        try:
            with self._state.transaction():
                self._tick()
                self._events.origin = origin
                return 200, self._call(request), True
        except ApiError as error:
            return error.status, {"error": error.body}, error.is_kept
        finally:
            self._events.origin = Origin()

    def _call(self, request: web.Request) -> JsonObject:
        params = self._contract.check_request(request.method, request.url, request.body)
        answer = self._routes.call(request.method, request.path, params)
        return self._expansion.expand(answer, params.get("expand") or [])


def _fault_answer(fault: ApiFault) -> web.Response:
    if fault.answer == "reset":
        return web.CUT_OFF
    headers = {}
    if fault.should_retry is not None:
        headers["Stripe-Should-Retry"] = str(fault.should_retry).lower()
    return web.answer_json({"error": fault.error()}, fault.status, headers)
