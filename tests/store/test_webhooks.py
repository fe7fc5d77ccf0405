"""Stripe's door: what is let in, what is stored, what is answered."""

import asyncio
import json
import re
import threading
import time

import pytest
from django.core import mail
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from store import tasks
from store.gateways.stripe import StripeGateway
from store.models import WebhookEvent
from tests import orders
from tests.store.delivering import DOOR, post, post_in_chunks
from tests.store.events import (
    EVENT,
    MALFORMED_HEADERS,
    NONSENSE,
    SECRET,
    make_body,
    sign_now,
)
from tests.store.rivals import open_rival

NO_BROKER = "redis://127.0.0.1:9/0"


class LookingGateway(StripeGateway):
    """The production gateway; it notes whether a request's transaction is open."""

    was_atomic = None

    def read_event(self, body, signature, **options):
        """Look at the connection, then go on."""
        type(self).was_atomic = connection.in_atomic_block
        return super().read_event(body, signature, **options)


@pytest.mark.django_db
def test_signed_delivery_is_stored():
    """A signed event is kept as it came, and answered 200 without a CSRF token."""
    body = make_body()

    assert post(body).status_code == 200

    row = WebhookEvent.objects.get()
    assert (row.event_id, row.status, row.payload) == ("evt_1", "new", body.decode())


@pytest.mark.django_db
@pytest.mark.checklist("W1")
def test_signature_is_over_raw_bytes():
    """W1: the same JSON written differently gets 400 and stores nothing."""
    header = sign_now(make_body())

    assert post(json.dumps(EVENT).encode(), header).status_code == 400

    assert not WebhookEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("body", NONSENSE.values(), ids=NONSENSE.keys())
@pytest.mark.checklist("W2")
def test_signed_nonsense_gets_400(body):
    """W2: a body that is no event gets 400, never 500, and stores nothing."""
    assert post(body).status_code == 400

    assert not WebhookEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("header", MALFORMED_HEADERS)
@pytest.mark.checklist("W2")
def test_malformed_header_gets_400(header):
    """W2: a header of another shape gets 400, never 500, and stores nothing."""
    assert post(make_body(), header).status_code == 400

    assert not WebhookEvent.objects.exists()


@pytest.mark.django_db
@pytest.mark.checklist("W2")
def test_missing_header_gets_400():
    """W2: a delivery without a signature gets 400."""
    answer = Client().post(DOOR, data=make_body(), content_type="application/json")

    assert answer.status_code == 400


@pytest.mark.django_db
@pytest.mark.checklist("W3")
def test_old_delivery_gets_400():
    """W3: a delivery signed 301 seconds ago gets 400."""
    body = make_body()

    assert post(body, sign_now(body, age=301)).status_code == 400

    assert not WebhookEvent.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.checklist("W3")
def test_retry_is_signed_anew(webhooks, placed):
    """W3: a delivery tried again a day later carries its own time and passes."""
    webhooks.pay(placed.session_id)
    webhooks.clock.move(86_400)

    attempts = webhooks.deliver()

    assert {attempt.status for attempt in attempts} == {200}
    stored = set(WebhookEvent.objects.values_list("type", flat=True))
    assert "checkout.session.completed" in stored


@pytest.mark.django_db
@pytest.mark.checklist("W4")
def test_old_secret_passes_while_it_is_rotated(settings):
    """W4: with [new, old] both verify; with [new] the old one gets 400."""
    body = make_body()
    both = ["whsec_new", SECRET]
    settings.STORE = {**settings.STORE, "STRIPE_WEBHOOK_SECRETS": both}
    assert post(body).status_code == 200

    settings.STORE = {**settings.STORE, "STRIPE_WEBHOOK_SECRETS": both[:1]}

    assert post(body).status_code == 400


@pytest.mark.django_db(transaction=True)
@pytest.mark.checklist("W6")
def test_row_is_no_part_of_the_requests_transaction(settings, monkeypatch):
    """W6: a host's transaction per request does not reach the door."""
    path = f"{__name__}.LookingGateway"
    settings.STORE = {**settings.STORE, "GATEWAY": path}
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)

    assert post(make_body()).status_code == 200

    assert LookingGateway.was_atomic is False


@pytest.mark.django_db(transaction=True)
@pytest.mark.checklist("W6")
def test_failing_insert_gets_500():
    """W6: when the row cannot be stored the answer is a 500, and Stripe retries."""
    body = make_body()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE store_webhookevent RENAME TO lost")
        try:
            assert post(body).status_code == 500
        finally:
            cursor.execute("ALTER TABLE lost RENAME TO store_webhookevent")

    assert post(body).status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.checklist("W7")
def test_same_event_at_once_is_stored_once():
    """W7: eight deliveries of one event at once get 200 and leave one row."""
    body, together = make_body(), threading.Barrier(8)
    answers = []

    def deliver():
        together.wait()
        answers.append(post(body).status_code)
        connections.close_all()

    threads = [threading.Thread(target=deliver) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert answers == [200] * 8
    assert WebhookEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.checklist("W8")
def test_door_calls_nobody_and_locks_no_order(placed, simulator):
    """W8: a locked order does not hold the door up; nobody is called or mailed."""
    body = make_body(data={"object": {"id": placed.session_id}})
    calls = len(simulator.calls)

    with open_rival() as rival:
        rival.execute("SELECT 1 FROM store_order FOR UPDATE")
        answer = post(body)

    assert answer.status_code == 200
    assert (len(simulator.calls), mail.outbox) == (calls, [])
    assert placed.now() == "pending"


@pytest.mark.django_db(transaction=True)
@pytest.mark.checklist("W8")
def test_door_touches_one_table():
    """W8: a delivery reads and writes the events' table and no other, unlocked."""
    with CaptureQueriesContext(connection) as asked:
        assert post(make_body()).status_code == 200

    said = " ".join(query["sql"] for query in asked)
    assert set(re.findall(r'"(store_\w+|donations_\w+)"\.', said)) == {
        "store_webhookevent"
    }
    assert "FOR UPDATE" not in said


@pytest.mark.django_db(transaction=True)
@pytest.mark.checklist("W8")
def test_door_needs_no_broker(placed, simulator, monkeypatch):
    """W8: with the broker down the answer is a quick 200; the sweep does the work."""
    simulator.pay(placed.session_id)
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", NO_BROKER)
    started = time.monotonic()

    answer = post(make_body(data={"object": {"id": placed.session_id}}))

    assert answer.status_code == 200
    assert time.monotonic() - started < 3
    tasks.sweep_webhook_events()
    assert placed.now() == "paid"


@pytest.mark.django_db
@pytest.mark.checklist("W13")
def test_unknown_type_is_stored():
    """W13: a type we do not know gets 200."""
    assert post(make_body(type="customer.created")).status_code == 200

    assert WebhookEvent.objects.get().type == "customer.created"


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete"])
@pytest.mark.checklist("W15")
def test_other_methods_get_405(method):
    """W15: the door takes POST only."""
    assert getattr(Client(), method)(DOOR).status_code == 405


@pytest.mark.django_db
@pytest.mark.parametrize(("spare", "status"), [(0, 400), (1, 413)])
@pytest.mark.checklist("W15")
def test_large_body_gets_413(spare, status):
    """W15: a body over 1 MB gets 413, one of exactly 1 MB is looked at."""
    assert post(b"x" * (1024 * 1024 + spare)).status_code == status


@pytest.mark.parametrize(("spare", "status"), [(0, 400), (1, 413)])
@pytest.mark.checklist("W15")
def test_large_body_of_unknown_length_gets_413(spare, status):
    """W15: so does one that does not say how long it is."""
    chunks = [b"x" * 1024] * 1024 + [b"x" * spare]

    assert asyncio.run(post_in_chunks(chunks)) == status


@pytest.mark.parametrize("length", ["-1", "many", "²", "1e9"])
@pytest.mark.checklist("W2")
def test_nonsensical_length_gets_400(length):
    """W2: a length that is no number gets 400, never 500."""
    assert post(make_body(), CONTENT_LENGTH=length).status_code == 400


def test_refusal_logs_no_body(caplog):
    """A refused delivery is logged without a word of what it says."""
    post(b"customer@example.com", "t=1,v1=00")

    assert "webhook refused" in caplog.text
    assert "customer@example.com" not in caplog.text


@pytest.fixture
def placed(simulator, transactional_db, at):
    """An order whose payment page is open."""
    simulator.clock.set_to(at)
    return orders.place_order(at=at)
