"""What must not be written down: tokens, customers, cards and keys (payments.md K2).

One order lives through everything: it is paid, a piece comes back, Stripe fails for a
moment, the bank disputes the rest and wins. Afterwards every place is searched where
something may have been left.
"""

import json
import logging
from datetime import timedelta

import pytest
import redis
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from demo.stripe_simulator.faults import ApiFault
from store import tasks
from store.gateways.stripe import StripeGateway
from store.models import Dispute, Order, Refund, Return, WebhookEvent
from store.services import returns
from tests.journeys import beat, purchases
from tests.workers import QUEUES

pytestmark = pytest.mark.django_db(transaction=True)

# What the customer says of the order, and staff to the customer, stays with the order.
WORDS = "It is for Thandiwe, and too wide"
# Where a customer may stand: the order, and what the customer wrote about it.
PLACES = {"store_order", "store_return"}


@pytest.fixture
def secrets(settings):
    """Return what must be nowhere, by name, once there is an order."""

    def read():
        order = Order.objects.get()
        return {
            "order token": order.token,
            "email": order.email,
            "email typed at checkout": purchases.EMAIL,
            "name": order.full_name,
            "street": order.address_line1,
            "reason": WORDS,
            "card": purchases.CARD,
            "key": settings.STORE["STRIPE_SECRET_KEY"],
            "webhook secret": settings.STORE["STRIPE_WEBHOOK_SECRETS"][0],
        }

    return read


@pytest.fixture
def everything_logged(caplog):
    """Every logger there is, whatever its own level, tells everything."""
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, name)
    return caplog


def _find(secrets, text):
    assert all(secrets.values())
    return {name for name, secret in secrets.items() if secret in text}


def _find_tables(*words):
    """Return the tables in which any of these words stands."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')  # noqa: S608  our own table names
            text = "\n".join(row for (row,) in cursor)
            if any(word in text for word in words):
                found.add(table)
    return found


def _live_through(simulator, settle):
    """Buy, send one piece back, and lose a dispute over the rest."""
    order = purchases.buy(simulator, *purchases.offer_pieces(2))
    settle()
    _send_back(order)
    simulator.faults.add(ApiFault("POST /v1/refunds", 503, when="after"))
    settle()
    charge_id = order.payments.get().charge_id
    dispute = simulator.dispute(charge_id, 1000)
    settle()
    simulator.close_dispute(dispute["id"], won=False)
    settle()
    return Order.objects.get(pk=order.pk)


def _send_back(order):
    """Ask for a return, have it approved and received."""
    line = order.lines.order_by("position")[0]
    now = timezone.now()
    wish = returns.request_return(
        order_token=order.token, line_ids=[line.pk], reason=WORDS, at=now
    )
    returns.approve_return(
        return_id=wish.pk, answer="Send it to us", decided_by_id=None, at=now
    )
    returns.receive_return(
        return_id=wish.pk, restock_ids=[line.pk], decided_by_id=None, at=now
    )


def _walk_through(order):
    """Look at the pages that the customer of an order looks at."""
    client = Client()
    for address in ("/", "/cart/", f"/orders/{order.token}/", "/impact/"):
        assert client.get(address).status_code == 200


@pytest.fixture
def settle(webhooks, no_broker):
    """Deliver what is owed to us, and sweep; all in this process."""

    def settle():
        webhooks.deliver()
        beat.sweep_after(purchases.LATER)

    return settle


@pytest.mark.checklist("K2", "K6")
def test_no_log_line_names_a_secret(webhooks, settle, secrets, everything_logged):
    """K2: from cart to lost dispute no logger of anybody's tells one, at any level."""
    order = _live_through(webhooks, settle)
    _walk_through(order)

    assert Refund.objects.filter(status="succeeded").exists()
    assert Return.objects.get().refund is not None
    assert Dispute.objects.get().status == "lost"
    assert len(everything_logged.records) > 100
    assert _find(secrets(), everything_logged.text) == set()


@pytest.mark.checklist("K2")
def test_no_line_of_a_worker_names_a_secret(shop, secrets, caplog):
    """K2: a real worker behind a real web server is as silent."""
    caplog.set_level(logging.DEBUG)

    def settle():
        shop.wait()
        shop.wait()

    _live_through(shop.simulator, settle)

    written = caplog.text + shop.worker.read_log()
    assert "store.process_webhook_event" in written
    assert _find(secrets(), written) == set()


@pytest.mark.checklist("K2", "K6")
def test_no_task_carries_a_secret(webhooks, worker, secrets):
    """K2, K6: what lies in the broker are task names and row numbers."""
    worker.kill()
    sent = []

    def settle():
        webhooks.deliver()
        sent.extend(_take_messages(worker.broker))
        beat.sweep_after(purchases.LATER)

    _live_through(webhooks, settle)

    sent.extend(_take_messages(worker.broker))
    names = {message["headers"]["task"] for message in sent}
    assert {"store.process_webhook_event", "store.send_refund"} <= names
    assert _find(secrets(), json.dumps(sent)) == set()


def _take_messages(broker):
    for queue in QUEUES:
        for raw in broker.lrange(queue, 0, -1):
            yield json.loads(raw)
        broker.delete(queue)


@pytest.mark.checklist("K2", "K6")
def test_no_result_is_kept(shop, secrets):
    """K6: neither broker nor cache keeps what a task returned or raised."""
    _live_through(shop.simulator, shop.wait)

    caches = django_settings.CACHES["default"]["LOCATION"]
    kept = _read_server(django_settings.REDIS_URL) + _read_server(caches)
    assert _find(secrets(), kept) == set()
    assert "celery-task-meta" not in kept


def _read_server(url):
    """Return all that a Redis holds, as text."""
    read = {
        b"string": lambda server, key: server.get(key),
        b"list": lambda server, key: server.lrange(key, 0, -1),
        b"hash": lambda server, key: server.hgetall(key),
        b"set": lambda server, key: server.smembers(key),
        b"zset": lambda server, key: server.zrange(key, 0, -1, withscores=True),
    }
    with redis.Redis.from_url(url) as server:
        return "\n".join(
            f"{key!r} {read[server.type(key)](server, key)!r}"
            for key in server.scan_iter()
        )


@pytest.mark.checklist("S3")
def test_stripe_is_told_no_more_than_it_needs(webhooks, settle, secrets):
    """S3: what we hang on Stripe's objects is one opaque id, the order's."""
    order = _live_through(webhooks, settle)

    kinds = ("checkout.session", "payment_intent", "charge", "refund", "dispute")
    notes = {
        value
        for kind in kinds
        for found in webhooks.objects(kind)
        for value in (found.get("metadata") or {}).values()
    }
    assert str(order.uuid) in notes
    assert _find(secrets(), json.dumps(sorted(notes))) == set()


@pytest.mark.checklist("K4")
def test_customer_stands_in_the_order_alone(webhooks, settle):
    """K4: once the payloads are cut, nothing but the order knows the customer."""
    order = _live_through(webhooks, settle)
    words = (order.email, order.full_name, order.address_line1, WORDS)
    assert _find_tables(*words) == PLACES | {"store_webhookevent"}
    WebhookEvent.objects.update(received_at=timezone.now() - timedelta(days=31))

    tasks.cut_payloads()

    assert _find_tables(*words) == PLACES


@pytest.mark.checklist("K2")
def test_no_value_of_the_gateway_shows_a_customer(webhooks, secrets):
    """K2: what an error reporter prints of a Session names nobody."""
    order = purchases.buy(webhooks, *purchases.offer_pieces(1))
    purchases.confirm(order)

    session = StripeGateway().fetch_session(purchases.session_of(order))

    shown = repr(session) + repr(session.address)
    assert session.id in shown
    assert session.email not in shown
    assert _find(secrets(), shown) == set()
