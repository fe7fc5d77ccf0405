"""Orders that were paid, and runs that compare them with Stripe an hour later."""

from datetime import timedelta

import pytest

from store.models import Difference
from store.services.reconciliation import runs
from tests.store.reconciling import pay, payment, place, placed, unpaced

__all__ = ["pay", "payment", "place", "placed", "unpaced"]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def simulator(simulator, at):
    """The simulator at the moment of the tests' story."""
    simulator.clock.set_to(at)
    return simulator


@pytest.fixture
def run(simulator, at):
    """Compare the last two days, an hour after the story unless told otherwise."""

    def run(*, after=HOUR, since_days=2, **options):
        now = at + after
        since = now - since_days * DAY
        return runs.reconcile(since=since, until=now, at=now, **options)

    return run


@pytest.fixture
def open_differences():
    """A function that returns kind and reference of what is open."""

    def read():
        rows = Difference.objects.open().order_by("pk")
        return list(rows.values_list("kind", "reference"))

    return read
