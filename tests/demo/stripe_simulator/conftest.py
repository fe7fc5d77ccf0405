"""A simulator over HTTP, the real SDK in front of it, and a webhook behind it."""

import dataclasses
import http.server
import json
import threading
import time

import pytest
import stripe

from demo.stripe_simulator import deliveries, server
from tests import stripe_contract

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
    return make_sender(running.url)


def make_sender(base_url):
    """Return a function that sends one request and never follows redirects."""
    import requests  # noqa: PLC0415  plain HTTP, for what the SDK does not do

    session = requests.Session()
    session.trust_env = False

    def send(method, path, **options):
        url = path if path.startswith("http") else base_url + path
        return session.request(method, url, allow_redirects=False, timeout=5, **options)

    return send


def session_params(**changes):
    """Return the parameters of an order of one ring, as a shop sends them."""
    product = {"name": "Ring, 0.5 ct", "description": "Size 52", "metadata": {"n": "1"}}
    price = {"currency": "usd", "unit_amount": 249_900, "product_data": product}
    params = {
        "adaptive_pricing": {"enabled": False},
        "cancel_url": "https://shop.example/cart/",
        "client_reference_id": "0123456789abcdef",
        "customer_email": "buyer@example.com",
        "expires_at": int(time.time()) + 1860,
        "line_items": [{"price_data": price, "quantity": 1}],
        "locale": "auto",
        "metadata": {"order": "0123456789abcdef"},
        "mode": "payment",
        "payment_intent_data": {"metadata": {"order": "0123456789abcdef"}},
        "shipping_address_collection": {"allowed_countries": ["US", "FR"]},
        "submit_type": "pay",
        "success_url": "https://shop.example/orders/x/?s={CHECKOUT_SESSION_ID}",
        "ui_mode": "hosted_page",
    }
    return {k: v for k, v in (params | changes).items() if v is not None}


def auth(key="sk_test_of_the_tests"):
    """Return the header that carries a key."""
    return {"Authorization": f"Bearer {key}"}


def error_of(answer):
    """Return the error object of a plain HTTP answer."""
    return json.loads(answer.text)["error"]
