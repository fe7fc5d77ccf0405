"""What must not be written down: tokens, customers, cards and keys (payments.md K2)."""

import json
import logging

import pytest
from django.test import Client

from store.models import Order
from tests.journeys import purchases
from tests.workers import QUEUES

pytestmark = pytest.mark.django_db(transaction=True)

CUSTOMER = "Sample Customer"


@pytest.fixture
def secrets(settings):
    """Return what must be nowhere, by name, once there is an order."""

    def read(simulator):
        order = Order.objects.get()
        return {
            "order token": order.token,
            "email": order.email,
            "email typed at checkout": purchases.EMAIL,
            "name": order.full_name,
            "street": order.address_line1,
            "card": purchases.CARD,
            "key": settings.STORE["STRIPE_SECRET_KEY"],
            "webhook secret": settings.STORE["STRIPE_WEBHOOK_SECRETS"][0],
        }

    return read


def _find(secrets, text):
    assert all(secrets.values())
    return {name for name, secret in secrets.items() if secret in text}


def _walk_through(order):
    """Look at the pages that the customer of an order looks at."""
    client = Client()
    for address in ("/", "/cart/", f"/orders/{order.token}/", "/impact/"):
        assert client.get(address).status_code == 200


def test_no_log_line_names_a_secret(shop, secrets, caplog):
    """From cart to mail, no logger of web, worker, Stripe's SDK or ours tells one."""
    caplog.set_level(logging.DEBUG)
    for logger in ("stripe", "celery", "kombu", "urllib3", "django", "store"):
        caplog.set_level(logging.DEBUG, logger)

    order = purchases.buy(shop.simulator, *purchases.offer_pieces(1))
    shop.wait()
    shop.wait()
    _walk_through(order)

    written = caplog.text + shop.worker.read_log()
    assert "store.process_webhook_event" in written
    assert _find(secrets(shop.simulator), written) == set()


def test_no_task_carries_a_secret(webhooks, worker, secrets):
    """What lies in the broker are task names and row numbers."""
    worker.kill()
    order = purchases.buy(webhooks, *purchases.offer_pieces(1))

    webhooks.deliver()
    purchases.confirm(order)

    queued = [
        json.loads(raw)
        for queue in QUEUES
        for raw in worker.broker.lrange(queue, 0, -1)
    ]
    names = {message["headers"]["task"] for message in queued}
    assert {"store.process_webhook_event", "store.send_message"} <= names
    assert _find(secrets(webhooks), json.dumps(queued)) == set()
