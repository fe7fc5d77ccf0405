"""Writes events down and hands them to the deliveries."""

import dataclasses
from collections.abc import Callable

from demo.stripe_simulator import problem
from demo.stripe_simulator.contract import check
from demo.stripe_simulator.contract.check import Contract, ContractError
from demo.stripe_simulator.deliveries import Deliveries
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.workshop import Workshop, public

PREFIXES = {
    "account": "acct",
    "charge": "ch",
    "checkout.session": "cs_test",
    "dispute": "du",
    "payment_intent": "pi",
    "refund": "re",
    "transfer": "tr",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Origin:
    """The API call an event comes from; both empty when it is none."""

    request_id: str | None = None
    idempotency_key: str | None = None


class Events:
    """The list of events, each checked against the contract as it is made."""

    def __init__(
        self,
        workshop: Workshop,
        deliveries: Deliveries,
        contract: Contract,
        report: Callable[[ContractError], None],
    ) -> None:
        """Keep who makes, delivers and checks."""
        self.origin = Origin()
        self._workshop = workshop
        self._deliveries = deliveries
        self._contract = contract
        self._report = report

    def emit(
        self, event_type: str, obj: JsonObject, account: str | None = None
    ) -> JsonObject:
        """Write down that something happened to an object, as it is now.

        With an `account` it happened on that connected account.
        """
        fields = self._fields(event_type, obj, account)
        event = self._workshop.create("evt", "event", fields)
        try:
            self._contract.check_event(event)
        except ContractError as error:
            self._report(error)
        self._deliveries.enqueue(event)
        return event

    def emit_elsewhere(self, event_type: str, account: str) -> JsonObject:
        """Tell of an object that only a connected account has.

        Raises:
            ApiError: The contract knows no such event.
        """
        kind = check.object_of(event_type)
        if kind is None:
            raise problem.not_simulated("type", f" {event_type}")
        prefix = PREFIXES.get(kind, "obj")
        made = {"id": self._workshop.identifier(prefix), "object": kind}
        obj = self._workshop.blank(kind) | made
        return self.emit(event_type, obj, account)

    def _fields(
        self, event_type: str, obj: JsonObject, account: str | None
    ) -> JsonObject:
        fields = {
            "api_version": self._contract.version,
            "type": event_type,
            "data": {"object": public(obj)},
            "pending_webhooks": self._deliveries.count_wanting(event_type, account),
            "request": {
                "id": self.origin.request_id,
                "idempotency_key": self.origin.idempotency_key,
            },
        }
        return fields | ({"account": account} if account else {})
