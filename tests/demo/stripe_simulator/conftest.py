"""A simulator over HTTP, the real SDK in front of it, and a webhook behind it."""

import dataclasses
import http.server
import threading

import pytest
import requests
import stripe

from demo.stripe_simulator import deliveries, server
from tests import stripe_contract
from tests.stripe_orders import session_params

SECRET = "whsec_of_the_tests"


@dataclasses.dataclass
class Webhook:
    """What a shop's endpoint got, and what it answers."""

    url: str = ""
    status: int = 200
    got: list = dataclasses.field(default_factory=list)

    def events(self):
        """Return the events, verified and checked as a shop would."""
        for body, signature in self.got:
            stripe.Webhook.construct_event(body, signature, SECRET)
        checked = (
            stripe_contract.contract().check_event(b.decode()) for b, _ in self.got
        )
        return list(checked)

    def types(self):
        """Return the types of the events, in the order they came."""
        return [event["type"] for event in self.events()]


@pytest.fixture(autouse=True)
def _empty_cache():
    """Nothing here uses Django's cache."""


@pytest.fixture
def webhook():
    """An endpoint that remembers what it is sent."""
    hook = Webhook()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.got.append((body, self.headers["Stripe-Signature"]))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *args):
            """Say nothing."""

    listening = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{listening.server_port}/"
    threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True).start()
    yield hook
    listening.shutdown()
    listening.server_close()


@pytest.fixture
def running(webhook):
    """A simulator whose deliveries wait for the test; it must keep the contract."""
    endpoint = deliveries.Endpoint(webhook.url, (SECRET,))
    started = server.start(endpoints=[endpoint], mode="manual")
    yield started
    violations = list(started.simulator.violations)
    started.stop()
    assert not violations


@pytest.fixture
def simulator(running):
    """The parts of the running simulator."""
    return running.simulator


@pytest.fixture
def recording():
    """The checking HTTP client of the SDK."""
    client = stripe_contract.RecordingClient(timeout=5)
    yield client
    client.close()


@pytest.fixture
def api(running, recording, monkeypatch):
    """The real SDK, pointed at the simulator."""
    monkeypatch.setattr(stripe, "enable_telemetry", False)
    client = stripe.StripeClient(
        "sk_test_of_the_tests",
        base_addresses={"api": running.url},
        http_client=recording,
        max_network_retries=2,
    )
    return client.v1


@pytest.fixture
def send(running):
    """Send plain HTTP to the simulator."""
    session = requests.Session()
    session.trust_env = False

    def send(method, path, **options):
        url = path if path.startswith("http") else running.url + path
        return session.request(method, url, allow_redirects=False, timeout=5, **options)

    yield send
    session.close()


@pytest.fixture
def account(simulator):
    """The id of a connected account in the US that can get transfers."""
    return simulator.connect_account()["id"]


@pytest.fixture
def pay_charge(api, simulator):
    """Return a function that pays an order of $2,499.00 and gives its charge."""

    def pay(card="4242424242424242", **changes):
        session = api.checkout.sessions.create(session_params(**changes))
        simulator.pay(session.id, card)
        return api.charges.list().data[0]

    return pay


@pytest.fixture
def transfer(api, account):
    """Return a function that sends $100.00 of a charge, or of the balance."""

    def transfer(charge=None, amount=10_000, **changes):
        params = {"amount": amount, "currency": "usd", "destination": account}
        if charge:
            params["source_transaction"] = charge.id
        return api.transfers.create(params | changes)

    return transfer
