"""What the law wants paid by now is listed, with the reason why it is not."""

from datetime import timedelta

import pytest

from donations.models import Donation
from donations.services import deadlines
from tests import donations_factories as factories
from tests.donations import settling

AT = factories.AT
DEADLINE = AT.date() + timedelta(days=90)
pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    """A pledge that California wants paid within 90 days."""
    return factories.make_pledge_version(territories=["US-CA"], return_window_days=30)


def read_reasons(on=DEADLINE):
    """Return the reasons of what is overdue on a day, by source."""
    return {one.source: one.reason for one in deadlines.list_overdue(on=on)}


def make(version, source, **values):
    """Make a donation that is set aside unless said otherwise."""
    values = {"is_set_aside": True, **values}
    return factories.make_donation(version=version, source=source, **values)


def test_every_reason_is_told(version):
    """Each step on the way to the beneficiary is a reason of its own."""
    make(version, "line:settling")
    settling.draft(version)
    make(version, "line:released")
    settling.release()
    make(version, "line:due", is_set_aside=False)
    make(version, "line:unshipped", is_shipped=False)
    make(version, "line:held")
    settling.retarget(249_900, source="line:held", is_held=True)
    make(version, "line:window")

    reasons = read_reasons()

    number = Donation.objects.get(source="line:settling").settlement_id
    assert reasons == {
        "line:settling": f"settlement {number} is drafted, not paid",
        "line:released": "it waits for a settlement",
        "line:due": "it is not set aside yet",
        "line:unshipped": "it is not shipped yet",
        "line:held": "a dispute holds it",
        "line:window": "it may come back until 2026-04-01",
    }
    assert deadlines.count_overdue(on=DEADLINE) == len(reasons)


def test_paid_and_reversed_are_not_overdue(version):
    """What is settled, or owes nothing any more, has no deadline."""
    make(version, "line:paid")
    settling.settle(version)
    make(version, "line:back")
    settling.retarget(0, source="line:back")

    assert read_reasons() == {}


def test_overdue_begins_with_the_last_day(version):
    """On its last day a donation is listed, with its amount; a day before it is not."""
    make(version, "line:1")

    (found,) = deadlines.list_overdue(on=DEADLINE)

    assert (found.pledge_name, found.amount.amount) == ("Diamonds That Care", 24990)
    assert found.deadline_on == DEADLINE
    assert found.donation_id == Donation.objects.get().pk
    assert read_reasons(DEADLINE - timedelta(days=1)) == {}
