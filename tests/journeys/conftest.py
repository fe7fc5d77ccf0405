"""Fixtures of the journeys."""

import pytest

from tests.journeys import crashes


@pytest.fixture
def no_broker(monkeypatch):
    """Lose every nudge: what happens, happens by sweeps."""
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", crashes.NO_BROKER)
