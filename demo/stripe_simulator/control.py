"""The control page and its API: accidents, time, and what happens past the shop.

A browser gets a page and is sent back to it; a program sends and gets JSON.
"""

import re
import textwrap
from typing import Any

from demo.stripe_simulator import control_fields, pages, web
from demo.stripe_simulator.control_accidents import Events, Faults, Time
from demo.stripe_simulator.control_actions import ACTIONS, Run
from demo.stripe_simulator.control_connect import Connect
from demo.stripe_simulator.control_fields import ControlError
from demo.stripe_simulator.control_money import Disputes, Payments, Refunds
from demo.stripe_simulator.control_page import ControlPage
from demo.stripe_simulator.problem import ApiError
from demo.stripe_simulator.simulator import Simulator
from demo.stripe_simulator.workshop import public

KINDS = (Payments, Refunds, Disputes, Connect, Events, Faults, Time)
HELP = """\
The Stripe simulator's control API. No money moves.

Send fields as JSON or as a form:

  curl -X POST {url}/control/clock -d move_days=1
  curl -X POST {url}/control/faults -H 'Content-Type: application/json' \\
       -d '{{"match": "POST /v1/refunds", "accident": "error_after"}}'

GET /control/state       what is ordered and owed now
GET /control/violations  calls and answers that broke Stripe's contract
GET /control/accidents   the accidents that have a name
GET /health              whether it runs, and which version it speaks
"""


class Control:
    """Answers requests below `/control/`."""

    def __init__(self, simulator: Simulator) -> None:
        """Keep the simulator and write the table of actions."""
        self._simulator = simulator
        self._page = ControlPage(simulator)
        self._runs: dict[str, Run] = {}
        for kind in KINDS:
            self._runs |= kind(simulator).runs()

    def answer(self, request: web.Request) -> web.Response:
        """Answer one request."""
        name = request.path.removeprefix("/control").strip("/")
        if request.method == "POST":
            return self._act(name, request)
        if name == "" and request.wants_page():
            is_bare = request.path == "/control"
            return self.to_page() if is_bare else self._show_page()
        return self._tell(name)

    def to_page(self) -> web.Response:
        """Return the answer that leads a browser to the control page."""
        return web.redirect(f"{self._simulator.workshop.public_url}/control/")

    def _show_page(self) -> web.Response:
        return pages.render("control.html", self._page.values())

    def _tell(self, name: str) -> web.Response:
        """Answer a question of a program."""
        if name == "help":
            plain = {"Content-Type": "text/plain; charset=utf-8"}
            return web.Response(200, self._help().encode(), plain)
        answers = {
            "": self._page.overview,
            "state": self._page.overview,
            "violations": self._page.violations,
            "accidents": self._page.accidents,
        }
        if name in answers:
            return web.answer_json(answers[name]())
        return web.answer_json({"error": "No such address"}, 404)

    def _act(self, name: str, request: web.Request) -> web.Response:
        if not self._is_same_origin(request):
            return web.answer_json({"error": "Forms of other sites are refused"}, 403)
        for action in ACTIONS:
            pattern = action.address.replace("<id>", "([^/]+)")
            found = re.fullmatch(pattern, name)
            if found:
                run = self._runs[action.address]
                return self._do(run, "".join(found.groups()), request)
        return web.answer_json({"error": "No such address"}, 404)

    def _do(self, run: Run, identifier: str, request: web.Request) -> web.Response:
        try:
            result = run(identifier, control_fields.read(request))
        except ControlError as error:
            return self._refuse(str(error), 400, request)
        except ApiError as error:
            return self._refuse(str(error), error.status, request)
        self._simulator.deliveries.wake.set()
        if request.wants_page():
            return self.to_page()
        shown = public(result) if isinstance(result, dict) else None
        return web.answer_json(shown or self._page.overview())

    def _refuse(self, reason: str, status: int, request: web.Request) -> web.Response:
        if request.wants_page():
            values = self._page.values() | {"refusal": reason}
            return pages.render("control.html", values, status=status)
        return web.answer_json({"error": reason}, status)

    def _is_same_origin(self, request: web.Request) -> bool:
        """Refuse forms that other sites submit from the operator's browser."""
        origin = request.headers.get("origin")
        own = web.origin_of(self._simulator.workshop.public_url)
        return origin in (None, own, f"http://{request.headers.get('host')}")

    def _help(self) -> str:
        told = [HELP.format(url=self._simulator.workshop.public_url)]
        for action in ACTIONS:
            told.append(f"POST /control/{action.address}")
            told += textwrap.wrap(action.does, 76, **_indented(4))
            if action.fields:
                told += textwrap.wrap(f"Fields: {action.fields}", 76, **_indented(4))
        return "\n".join(told) + "\n"


def _indented(spaces: int) -> dict[str, Any]:
    return {"initial_indent": " " * spaces, "subsequent_indent": " " * spaces}
