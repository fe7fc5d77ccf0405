"""The addresses of the API that are simulated, and what each does."""

import re
from collections.abc import Callable

from demo.stripe_simulator import listing, problem
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.listing import Condition
from demo.stripe_simulator.refunds import Refunds
from demo.stripe_simulator.sessions import Sessions
from demo.stripe_simulator.state import State
from demo.stripe_simulator.workshop import public

KINDS = {
    "balance_transactions": "balance_transaction",
    "charges": "charge",
    "checkout/sessions": "checkout.session",
    "disputes": "dispute",
    "events": "event",
    "payment_intents": "payment_intent",
    "refunds": "refund",
}
FILTERS = {
    "balance_transaction": {"currency", "source", "type"},
    "charge": {"payment_intent"},
    "checkout.session": {"payment_intent", "status"},
    "dispute": {"charge", "payment_intent"},
    "event": {"delivery_success", "type", "types"},
    "payment_intent": set[str](),
    "refund": {"charge", "payment_intent"},
}
MOST_TYPES = 20
EVENTS_KEPT_SECONDS = 30 * 86_400

Handler = Callable[[str, JsonObject], JsonObject]


class Routes:
    """Finds what answers a call; identifiers come from the address."""

    def __init__(
        self,
        state: State,
        sessions: Sessions,
        refunds: Refunds,
        seconds: Callable[[], int],
    ) -> None:
        """Keep the parts and write the table of addresses."""
        self._state = state
        self._sessions = sessions
        self._seconds = seconds
        session = "/v1/checkout/sessions"
        self._table: list[tuple[str, str, Handler]] = [
            ("POST", f"{session}()", lambda _, params: sessions.create(params)),
            ("POST", f"{session}/([^/]+)/expire", lambda i, _: sessions.expire(i)),
            ("GET", f"{session}/([^/]+)/line_items", self._lines),
            ("POST", "/v1/refunds()", lambda _, params: refunds.create(params)),
        ]
        for name, kind in KINDS.items():
            self._table.append(("GET", f"/v1/{name}()", self._lister(name, kind)))
            self._table.append(("GET", f"/v1/{name}/([^/]+)", self._getter(kind)))

    def call(self, method: str, path: str, params: JsonObject) -> JsonObject:
        """Do what a call asks and return the answer, private keys left out.

        Raises:
            ApiError: It is refused, or not simulated.
        """
        for verb, pattern, handler in self._table:
            found = re.fullmatch(pattern, path)
            if verb == method and found:
                answer: JsonObject = public(handler(found[1], params))
                return answer
        raise problem.not_simulated(f"{method} {path}")

    def _lines(self, session_id: str, params: JsonObject) -> JsonObject:
        url = f"/v1/checkout/sessions/{session_id}/line_items"
        return listing.page_of(self._sessions.lines(session_id), params, url)

    def _getter(self, kind: str) -> Handler:
        def answer(identifier: str, _: JsonObject) -> JsonObject:
            obj = self._state.get(identifier, kind)
            if kind == "event" and obj["created"] < self._oldest_event():
                raise problem.missing(identifier)
            return obj

        return answer

    def _oldest_event(self) -> int:
        return self._seconds() - EVENTS_KEPT_SECONDS

    def _lister(self, name: str, kind: str) -> Handler:
        def answer(_: str, query: JsonObject) -> JsonObject:
            listing.refuse_others(query, FILTERS[kind])
            conditions = self._conditions(kind, query)
            return listing.page(self._state, kind, conditions, query, f"/v1/{name}")

        return answer

    def _conditions(self, kind: str, query: JsonObject) -> list[Condition]:
        if kind == "event":
            return self._event_conditions(query)
        names = FILTERS[kind] & query.keys()
        return [listing.equals(name, query[name]) for name in sorted(names)]

    def _event_conditions(self, query: JsonObject) -> list[Condition]:
        # Events of connected accounts are in those accounts' lists.
        conditions: list[Condition] = [
            ("created >= ?", [self._oldest_event()]),
            ("json_extract(body, '$.account') IS NULL", []),
        ]
        types = _event_types(query)
        if types:
            conditions.append(listing.one_of("type", types))
        if "delivery_success" in query:
            comparison = "=" if query["delivery_success"] else ">"
            sql = f"json_extract(body, '$.pending_webhooks') {comparison} 0"
            conditions.append((sql, []))
        return conditions


def _event_types(query: JsonObject) -> list[str]:
    """Return the types of events asked for; none means all.

    Raises:
        ApiError: Both ways of asking are used, or too many types are named.
    """
    types: list[str] = query.get("types") or []
    if types and "type" in query:
        raise problem.invalid("Name type or types, not both.", param="types")
    if len(types) > MOST_TYPES:
        raise problem.invalid(f"At most {MOST_TYPES} types.", param="types")
    return types or ([query["type"]] if "type" in query else [])
