"""The whole simulator as one WSGI application."""

from wsgiref.types import WSGIApplication

from demo.stripe_simulator import pages, web
from demo.stripe_simulator.contract.wsgi import Guard
from demo.stripe_simulator.control import Control
from demo.stripe_simulator.pay_page import PayPage
from demo.stripe_simulator.simulator import Simulator


def make_app(simulator: Simulator) -> WSGIApplication:
    """Return the application: the guarded API, the pay page, the control page."""
    pay_page, control = PayPage(simulator), Control(simulator)

    def answer(request: web.Request) -> web.Response:
        if request.path.startswith("/pay/"):
            return pay_page.answer(request)
        if request.path == "/control" or request.path.startswith("/control/"):
            return control.answer(request)
        if request.path == "/assets/simulator.css":
            return pages.stylesheet()
        if request.path == "/health":
            version = simulator.contract.version
            return web.answer_json({"status": "ok", "api_version": version})
        return simulator.api.answer(request)

    return Guard(web.wsgi(answer), simulator.contract, simulator.report)
