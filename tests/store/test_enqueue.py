"""Nudges: sent after commit, to the right queue, and never in the way."""

import json
import socket
import time

import pytest
import redis
from django.db import transaction

from store import enqueue
from tests import celery

TASK = "store.send_message"
QUEUE = "messages"


@pytest.fixture
def broker():
    """The real broker, with no task waiting."""
    with redis.Redis.from_url(celery.app.conf.broker_url) as client:
        client.delete(*enqueue.QUEUES.values())
        yield client
        client.delete(*enqueue.QUEUES.values())


def names(broker, queue=QUEUE):
    """Return the names of the tasks that wait in a queue."""
    waiting = broker.lrange(queue, 0, -1)
    return [json.loads(text)["headers"]["task"] for text in waiting]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("task", "queue"), enqueue.QUEUES.items())
def test_nudge_goes_to_its_queue(task, queue, broker):
    """Each task has one queue, and is sent there by name."""
    enqueue.enqueue(task, some_id=7)

    assert names(broker, queue) == [task]


@pytest.mark.django_db(transaction=True)
def test_nudge_carries_ids_only(broker):
    """A nudge carries the ids it was given, and asks for no result."""
    enqueue.enqueue(TASK, message_id=7)

    (text,) = broker.lrange(QUEUE, 0, -1)
    headers = json.loads(text)["headers"]
    assert headers["kwargsrepr"] == "{'message_id': 7}"
    assert headers["ignore_result"] is True


@pytest.mark.django_db(transaction=True)
def test_nudge_waits_for_the_commit(broker):
    """No worker hears of a row before everybody can see it."""
    with transaction.atomic():
        enqueue.enqueue(TASK, message_id=7)
        before = names(broker)

    assert (before, names(broker)) == ([], [TASK])


@pytest.mark.django_db(transaction=True)
def test_undone_work_asks_nobody(broker):
    """A transaction that is rolled back sends no nudge."""
    with transaction.atomic():
        enqueue.enqueue(TASK, message_id=7)
        transaction.set_rollback(True)

    assert names(broker) == []


@pytest.mark.django_db(transaction=True)
def test_dead_broker_is_logged_at_once(monkeypatch, caplog):
    """A broker that is down costs a moment and a warning, and raises nothing."""
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", "redis://127.0.0.1:9/0")
    started = time.monotonic()

    enqueue.enqueue(TASK, message_id=7)

    assert time.monotonic() - started < 1
    assert f"sweep will pick up {TASK}" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_silent_broker_is_left_soon(monkeypatch, caplog):
    """A broker that takes the connection and says nothing is left in seconds."""
    monkeypatch.setattr(
        enqueue, "_IMPATIENT", enqueue._IMPATIENT | {"socket_timeout": 1}
    )
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"redis://127.0.0.1:{port}/0")
        started = time.monotonic()

        enqueue.enqueue(TASK, message_id=7)

    assert time.monotonic() - started < 10
    assert "broker unreachable" in caplog.text
