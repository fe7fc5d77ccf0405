"""The addresses of the API that are simulated, and what each does."""

import dataclasses
import re
from collections.abc import Callable

from demo.stripe_simulator import listing, problem
from demo.stripe_simulator.accounts import Accounts
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.listing import Condition
from demo.stripe_simulator.refunds import Refunds
from demo.stripe_simulator.reversals import Reversals
from demo.stripe_simulator.sessions import Sessions
from demo.stripe_simulator.state import State
from demo.stripe_simulator.transfers import Transfers
from demo.stripe_simulator.workshop import public

KINDS = {
    "accounts": "account",
    "balance_transactions": "balance_transaction",
    "charges": "charge",
    "checkout/sessions": "checkout.session",
    "disputes": "dispute",
    "events": "event",
    "payment_intents": "payment_intent",
    "refunds": "refund",
    "transfers": "transfer",
}
FILTERS = {
    "account": set[str](),
    "balance_transaction": {"currency", "source", "type"},
    "charge": {"payment_intent"},
    "checkout.session": {"payment_intent", "status"},
    "dispute": {"charge", "payment_intent"},
    "event": {"delivery_success", "type", "types"},
    "payment_intent": set[str](),
    "refund": {"charge", "payment_intent"},
    "transfer": {"destination", "transfer_group"},
}
MOST_TYPES = 20
EVENTS_KEPT_SECONDS = 30 * 86_400

Handler = Callable[[str, JsonObject], JsonObject]
Route = tuple[str, str, Handler]


@dataclasses.dataclass(frozen=True, slots=True)
class Rooms:
    """Where the work behind the addresses is done."""

    sessions: Sessions
    refunds: Refunds
    accounts: Accounts
    transfers: Transfers
    reversals: Reversals


class Routes:
    """Finds what answers a call; identifiers come from the address."""

    def __init__(self, state: State, rooms: Rooms, seconds: Callable[[], int]) -> None:
        """Keep the parts and write the table of addresses."""
        self._state = state
        self._sessions = rooms.sessions
        self._reversals = rooms.reversals
        self._seconds = seconds
        self._table = [*self._payment_routes(rooms), *self._transfer_routes(rooms)]
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

    def _payment_routes(self, rooms: Rooms) -> list[Route]:
        sessions, refunds = rooms.sessions, rooms.refunds
        session = "/v1/checkout/sessions"
        return [
            ("POST", f"{session}()", lambda _, params: sessions.create(params)),
            ("POST", f"{session}/([^/]+)/expire", lambda i, _: sessions.expire(i)),
            ("GET", f"{session}/([^/]+)/line_items", self._lines),
            ("POST", "/v1/refunds()", lambda _, params: refunds.create(params)),
        ]

    def _transfer_routes(self, rooms: Rooms) -> list[Route]:
        accounts, transfers = rooms.accounts, rooms.transfers
        transfer = "/v1/transfers"
        return [
            ("GET", "/v1/account()", lambda *_: accounts.platform()),
            ("GET", "/v1/accounts/([^/]+)", lambda i, _: accounts.get(i)),
            ("POST", f"{transfer}()", lambda _, params: transfers.create(params)),
            ("POST", f"{transfer}/([^/]+)", transfers.update),
            ("POST", f"{transfer}/([^/]+)/reversals", rooms.reversals.create),
            ("GET", f"{transfer}/([^/]+)/reversals", rooms.reversals.page),
            ("GET", f"{transfer}/([^/]+/reversals/[^/]+)", self._reversal),
        ]

    def _reversal(self, path: str, _: JsonObject) -> JsonObject:
        transfer_id, reversal_id = path.split("/reversals/")
        return self._reversals.get(transfer_id, reversal_id)

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
