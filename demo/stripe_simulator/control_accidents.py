"""What can be ordered about everything else: events, accidents, time."""

import datetime

from demo.stripe_simulator import accidents, control_fields
from demo.stripe_simulator.control_actions import Actions, Run, Values
from demo.stripe_simulator.control_fields import ControlError
from demo.stripe_simulator.endpoints import Endpoint
from demo.stripe_simulator.faults import ApiFault, DeliveryFaults
from demo.stripe_simulator.json_types import JsonObject

DAY_SECONDS = 86_400


class Events(Actions):
    """Where events go and when."""

    def runs(self) -> dict[str, Run]:
        """Return what each order does, by its address."""
        s = self._simulator
        return {
            "events/<id>/resend": lambda i, _: s.deliveries.resend(i),
            "deliver": lambda *_: s.deliver(),
            "mode": self._set_mode,
            "connected": self._happen_elsewhere,
            "endpoints": self._set_endpoint,
            "endpoints/remove": self._remove_endpoint,
        }

    def _set_mode(self, _: str, values: Values) -> None:
        mode = values.get("mode")
        if mode not in ("auto", "manual"):
            raise ControlError("mode is auto or manual")
        self._simulator.deliveries.mode = mode

    def _happen_elsewhere(self, _: str, values: Values) -> JsonObject:
        event_type = str(values.get("type") or "checkout.session.completed")
        account = str(values.get("account") or "acct_of_somebody")
        return self._simulator.happen_elsewhere(event_type, account)

    def _set_endpoint(self, _: str, values: Values) -> None:
        types = frozenset(control_fields.texts(values.get("event_types", "")))
        try:
            endpoint = Endpoint(
                str(values.get("url", "")),
                tuple(control_fields.texts(values.get("secrets", ""))),
                types,
                is_connect=control_fields.truth(values.get("is_connect", "")),
            )
        except ValueError as error:
            raise ControlError(str(error)) from error
        self._keep_others(endpoint.url, endpoint)

    def _remove_endpoint(self, _: str, values: Values) -> None:
        self._keep_others(str(values.get("url", "")))

    def _keep_others(self, url: str, *added: Endpoint) -> None:
        deliveries = self._simulator.deliveries
        others = [one for one in deliveries.endpoints if one.url != url]
        deliveries.endpoints = [*others, *added]


class Faults(Actions):
    """Accidents of the API and of deliveries."""

    def runs(self) -> dict[str, Run]:
        """Return what each order does, by its address."""
        s = self._simulator
        return {
            "faults": self._order_fault,
            "deliveries": self._order_delivery_faults,
            "faults/clear": lambda *_: s.faults.clear(),
        }

    def _order_fault(self, _: str, values: Values) -> None:
        self._simulator.faults.add(_read_fault(values))

    def _order_delivery_faults(self, _: str, values: Values) -> None:
        faults = control_fields.fill(DeliveryFaults, values)
        self._simulator.faults.delivery = faults


class Time(Actions):
    """The clock, and a fresh start."""

    def runs(self) -> dict[str, Run]:
        """Return what each order does, by its address."""
        s = self._simulator
        return {
            "clock": self._set_clock,
            "import": self._take_over,
            "reset": lambda *_: s.reset(),
        }

    def _take_over(self, _: str, values: Values) -> None:
        self._simulator.past.take_over(str(values.get("lines", "")).splitlines())

    def _set_clock(self, _: str, values: Values) -> None:
        clock = self._simulator.clock
        if control_fields.truth(values.get("reset", "")):
            clock.reset()
        elif values.get("set_to"):
            clock.set_to(_moment(str(values["set_to"])))
        elif values.get("move_days"):
            clock.move(control_fields.number(values, "move_days") * DAY_SECONDS)
        else:
            clock.move(control_fields.number(values, "move_seconds"))
        self._simulator.tick()


def _read_fault(values: Values) -> ApiFault:
    name = values.get("accident")
    if not name:
        return control_fields.fill(ApiFault, values)
    if name not in accidents.ACCIDENTS:
        raise ControlError(f"accident is one of {', '.join(accidents.ACCIDENTS)}")
    ordered = {n: v for n, v in values.items() if n in ("match", "times")}
    return control_fields.fill(ApiFault, accidents.ACCIDENTS[str(name)][1] | ordered)


def _moment(text: str) -> datetime.datetime:
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise ControlError(f"Not a moment: {text}") from error
    return at if at.tzinfo else at.replace(tzinfo=datetime.UTC)
