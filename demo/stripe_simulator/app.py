"""The whole simulator as one WSGI application."""

import re
from collections.abc import Callable
from wsgiref.types import WSGIApplication

from demo.stripe_simulator import pages, web
from demo.stripe_simulator.contract.wsgi import Guard
from demo.stripe_simulator.control import Control
from demo.stripe_simulator.pay_page import PayPage
from demo.stripe_simulator.simulator import Simulator

Handler = Callable[[web.Request], web.Response]


def make_app(simulator: Simulator) -> WSGIApplication:
    """Return the application: the guarded API, the pay page, the control page."""
    version = simulator.contract.version
    control = Control(simulator)
    addresses: list[tuple[str, Handler]] = [
        (r"/pay/.*", PayPage(simulator).answer),
        (r"/control(/.*)?", control.answer),
        (r"/assets/simulator\.css", lambda _: pages.stylesheet()),
        # Browsers ask for one unbidden.
        (r"/favicon\.ico", lambda _: web.Response(204, b"")),
        (r"/health", lambda _: web.answer_json({"status": "ok", "api": version})),
        (r"/", lambda _: control.to_page()),
    ]

    def answer(request: web.Request) -> web.Response:
        for pattern, handler in addresses:
            if re.fullmatch(pattern, request.path):
                return handler(request)
        return simulator.api.answer(request)

    return Guard(web.wsgi(answer), simulator.contract, simulator.report)
