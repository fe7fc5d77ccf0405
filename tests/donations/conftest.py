"""Fixtures of the donations' tests."""

from collections import defaultdict

import pytest

from donations import signals
from tests.donations import fake_rail

NAMES = ("donation_due", "donation_set_aside", "donation_changed", "donation_settled")


@pytest.fixture
def announced():
    """What a host's listeners have heard: ids, by signal."""
    heard = defaultdict(list)

    def listen(name):
        def hear(sender, donation_id, **kwargs):
            heard[name].append(donation_id)

        return hear

    listeners = {name: listen(name) for name in NAMES}
    for name, listener in listeners.items():
        getattr(signals, name).connect(listener)
    yield heard
    for name, listener in listeners.items():
        getattr(signals, name).disconnect(listener)


@pytest.fixture
def heard():
    """What a host's listeners have heard of parts, in turn: signal and id."""
    told = []

    def listen(name):
        def hear(sender, part_id, **kwargs):
            told.append((name, part_id))

        return hear

    names = ("part_paid", "part_failed", "part_acknowledged", "part_disputed")
    listeners = {name: listen(name) for name in names}
    for name, listener in listeners.items():
        getattr(signals, name).connect(listener)
    yield told
    for name, listener in listeners.items():
        getattr(signals, name).disconnect(listener)


@pytest.fixture
def book(settings):
    """The book of a rail that a test may order faults of, known to the settings."""
    fake_rail.book.__init__()
    place = f"{fake_rail.__name__}.FakeRail"
    settings.DONATIONS = {**settings.DONATIONS, "RAILS": {fake_rail.NAME: place}}
    return fake_rail.book
