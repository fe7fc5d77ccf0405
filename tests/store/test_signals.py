"""Doors for hosts: robust, after commit, with ids."""

import pytest
from django.db import transaction
from django.dispatch import Signal

from store import signals


@pytest.fixture
def happened():
    """A signal of its own, and what its listeners heard."""
    signal = Signal()
    signal.heard = []
    return signal


def connect(signal, listen):
    """Let a function listen for as long as the signal lives."""
    signal.connect(listen, weak=False)


@pytest.mark.django_db(transaction=True)
def test_listeners_hear_after_commit(happened):
    """A listener hears the ids once everybody can see the rows."""
    connect(happened, lambda order_id, **_: happened.heard.append(order_id))

    with transaction.atomic():
        signals.announce(happened, order_id=7)
        before = list(happened.heard)

    assert (before, happened.heard) == ([], [7])


@pytest.mark.django_db(transaction=True)
def test_undone_work_is_not_told(happened):
    """A transaction that is rolled back is told to nobody."""
    connect(happened, lambda order_id, **_: happened.heard.append(order_id))

    with transaction.atomic():
        signals.announce(happened, order_id=7)
        transaction.set_rollback(True)

    assert happened.heard == []


@pytest.mark.django_db(transaction=True)
def test_failing_listener_stops_nobody(happened, caplog):
    """A listener that fails is logged with its traceback; the next one hears."""

    def fail(**_):
        raise RuntimeError("the host's own mistake")

    connect(happened, fail)
    connect(happened, lambda order_id, **_: happened.heard.append(order_id))

    signals.announce(happened, order_id=7)

    assert happened.heard == [7]
    assert "the host's own mistake" in caplog.text
