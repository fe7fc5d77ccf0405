"""Writes events down and hands them to the deliveries."""

import dataclasses
from collections.abc import Callable

from demo.stripe_simulator.contract.check import Contract, ContractError
from demo.stripe_simulator.deliveries import Deliveries
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.workshop import Workshop, public


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

    def emit(self, event_type: str, obj: JsonObject) -> None:
        """Write down that something happened to an object, as it is now."""
        event = self._workshop.create("evt", "event", self._fields(event_type, obj))
        try:
            self._contract.check_event(event)
        except ContractError as error:
            self._report(error)
        self._deliveries.enqueue(event)

    def _fields(self, event_type: str, obj: JsonObject) -> JsonObject:
        return {
            "api_version": self._contract.version,
            "type": event_type,
            "data": {"object": public(obj)},
            "pending_webhooks": self._deliveries.count_wanting(event_type),
            "request": {
                "id": self.origin.request_id,
                "idempotency_key": self.origin.idempotency_key,
            },
        }
