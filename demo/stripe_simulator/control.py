"""The control page: accidents, time, and what happens without the shop.

A browser gets a page and is sent back to it; a program sends and gets JSON.
"""

import dataclasses
import datetime
import re
from collections.abc import Callable
from typing import Any

from demo.stripe_simulator import control_fields, money, pages, web
from demo.stripe_simulator.control_fields import ControlError
from demo.stripe_simulator.faults import ApiFault, DeliveryFaults
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.problem import ApiError
from demo.stripe_simulator.simulator import Simulator
from demo.stripe_simulator.workshop import public

SHOWN = 12

Action = Callable[[str, dict[str, Any]], Any]


class Control:
    """Answers requests below `/control/`."""

    def __init__(self, simulator: Simulator) -> None:
        """Keep the simulator and write the table of actions."""
        self._simulator = simulator
        s = simulator
        self._actions: dict[str, Action] = {
            r"captures()": lambda *_: s.finish_captures(),
            r"clock()": self._set_clock,
            r"deliver()": lambda *_: s.deliver(),
            r"deliveries()": self._order_delivery_faults,
            r"disputes/([^/]+)/close": self._close_dispute,
            r"charges/([^/]+)/dispute": lambda i, _: s.dispute(i),
            r"events/([^/]+)/resend": lambda i, _: s.deliveries.resend(i),
            r"faults()": self._order_fault,
            r"faults/clear()": lambda *_: s.faults.clear(),
            r"mode()": self._set_mode,
            r"refunds/settle()": lambda *_: s.settle_refunds(),
            r"reset()": lambda *_: s.reset(),
            r"sessions/([^/]+)/expire": lambda i, _: s.expire(i),
            r"sessions/([^/]+)/pay": self._pay,
            r"sessions/([^/]+)/settle": lambda i, _: s.settle_bank(i),
        }

    def answer(self, request: web.Request) -> web.Response:
        """Answer one request."""
        name = request.path.removeprefix("/control").strip("/")
        if request.method == "POST":
            return self._act(name, request)
        if name == "violations":
            return web.answer_json(self._violations())
        if request.path == "/control" and request.wants_page():
            return self.to_page()
        if name == "" and request.wants_page():
            return pages.render("control.html", self._page())
        if name in ("", "state"):
            return web.answer_json(self.overview())
        return web.answer_json({"error": "No such address"}, 404)

    def overview(self) -> dict[str, Any]:
        """Return what a program needs to know."""
        s = self._simulator
        delivery = dataclasses.asdict(s.faults.delivery)
        return {
            "calls": len(s.calls),
            "clock": self._now().isoformat(),
            "clock_offset_seconds": s.clock.offset_seconds,
            "delivery_faults": delivery,
            "faults": [dataclasses.asdict(fault) for fault in s.faults.api],
            "mode": s.deliveries.mode,
            "pending_deliveries": s.deliveries.pending(),
            "violations": len(s.violations),
        }

    def to_page(self) -> web.Response:
        """Return the answer that leads a browser to the control page."""
        return web.redirect(f"{self._simulator.workshop.public_url}/control/")

    def _act(self, name: str, request: web.Request) -> web.Response:
        if not self._is_same_origin(request):
            return web.answer_json({"error": "Forms of other sites are refused"}, 403)
        for pattern, action in self._actions.items():
            found = re.fullmatch(pattern, name)
            if found:
                return self._do(action, found[1], request)
        return web.answer_json({"error": "No such address"}, 404)

    def _do(
        self, action: Action, identifier: str, request: web.Request
    ) -> web.Response:
        try:
            result = action(identifier, control_fields.read(request))
        except ControlError as error:
            return web.answer_json({"error": str(error)}, 400)
        except ApiError as error:
            return web.answer_json({"error": str(error)}, error.status)
        self._simulator.deliveries.wake.set()
        if request.wants_page():
            return self.to_page()
        shown = public(result) if isinstance(result, dict) else None
        return web.answer_json(shown or self.overview())

    def _is_same_origin(self, request: web.Request) -> bool:
        """Refuse forms that other sites submit from the operator's browser."""
        origin = request.headers.get("origin")
        own = web.origin_of(self._simulator.workshop.public_url)
        return origin in (None, own, f"http://{request.headers.get('host')}")

    def _set_clock(self, _: str, values: dict[str, Any]) -> None:
        clock = self._simulator.clock
        if control_fields.truth(values.get("reset", "")):
            clock.reset()
        elif values.get("set_to"):
            clock.set_to(_moment(str(values["set_to"])))
        else:
            clock.move(control_fields.number(values, "move_seconds"))
        self._simulator.tick()

    def _set_mode(self, _: str, values: dict[str, Any]) -> None:
        mode = values.get("mode")
        if mode not in ("auto", "manual"):
            raise ControlError("mode is auto or manual")
        self._simulator.deliveries.mode = mode

    def _order_fault(self, _: str, values: dict[str, Any]) -> None:
        if values.get("when", "before") not in ("before", "after", "stored"):
            raise ControlError("when is before, after or stored")
        self._simulator.faults.add(control_fields.fill(ApiFault, values))

    def _order_delivery_faults(self, _: str, values: dict[str, Any]) -> None:
        faults = control_fields.fill(DeliveryFaults, values)
        self._simulator.faults.delivery = faults

    def _close_dispute(self, dispute_id: str, values: dict[str, Any]) -> JsonObject:
        won = control_fields.truth(values.get("won", ""))
        return self._simulator.close_dispute(dispute_id, won=won)

    def _pay(self, session_id: str, values: dict[str, Any]) -> JsonObject:
        card = str(values.get("card", "4242424242424242"))
        step = values.get("step")
        if step not in (None, "pass", "fail"):
            raise ControlError("step is pass or fail")
        outcome = self._simulator.pay(session_id, card, step=step)
        return dataclasses.asdict(outcome)

    def _violations(self) -> dict[str, Any]:
        texts = [str(error) for error in self._simulator.violations]
        return {"count": len(texts), "violations": texts}

    def _now(self) -> datetime.datetime:
        now = self._simulator.clock.now()
        return datetime.datetime.fromtimestamp(now, datetime.UTC)

    def _page(self) -> dict[str, Any]:
        state = self._simulator.state
        sessions = state.select("checkout.session", limit=SHOWN)
        charges = state.select("charge", limit=SHOWN)
        return {
            **self.overview(),
            "calls": self._simulator.calls[-SHOWN:][::-1],
            "clock_offset_seconds": round(self._simulator.clock.offset_seconds),
            "charges": [_charge_row(c) for c in charges if c["paid"]],
            "disputes": state.select("dispute", limit=SHOWN),
            "events": state.select("event", limit=SHOWN),
            "now": f"{self._now():%Y-%m-%d %H:%M:%S} UTC",
            "sessions": [_with_amount(s, "amount_total") for s in sessions],
            "violations": [str(e) for e in self._simulator.violations[-SHOWN:]],
        }


def _with_amount(obj: JsonObject, name: str) -> JsonObject:
    shown = money.show(obj[name], obj["currency"])
    is_bank = "_bank_debit" in obj
    row: JsonObject = public(obj)
    return row | {"shown_amount": shown, "awaits_bank": is_bank}


def _charge_row(charge: JsonObject) -> JsonObject:
    refunded = money.show(charge["amount_refunded"], charge["currency"])
    return _with_amount(charge, "amount") | {"shown_refunded": refunded}


def _moment(text: str) -> datetime.datetime:
    try:
        at = datetime.datetime.fromisoformat(text)
    except ValueError as error:
        raise ControlError(f"Not a moment: {text}") from error
    return at if at.tzinfo else at.replace(tzinfo=datetime.UTC)
