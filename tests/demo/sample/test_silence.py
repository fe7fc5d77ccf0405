"""Nudges about the past reach no worker."""

import celery

from demo.sample import silence
from tests import celery as ours


def _waiting():
    with ours.app.connection_for_read() as connection:
        return connection.default_channel.client.llen("messages")


def test_nudges_are_forgotten():
    """Within the silence a nudge is sent and goes nowhere."""
    before = _waiting()

    with silence.no_nudges():
        celery.current_app.send_task("store.send_message", queue="messages")

    assert _waiting() == before


def test_silence_ends():
    """Afterwards the usual app is current again, and its broker answers."""
    before = celery.current_app.main

    with silence.no_nudges():
        assert celery.current_app.main == "quiet"

    assert celery.current_app.main == before
    assert silence.is_broker_up()


def test_missing_broker_is_noticed(monkeypatch):
    """Where no broker answers, the seeding knows at once."""
    lonely = celery.Celery("lonely", broker="redis://127.0.0.1:9/0")
    monkeypatch.setitem(lonely.conf, "broker_connection_timeout", 0.5)
    before = ours.app

    lonely.set_current()
    try:
        assert not silence.is_broker_up()
    finally:
        before.set_current()
