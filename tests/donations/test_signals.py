"""Hosts hear what happened, after commit, and cannot break it."""

import logging

import pytest

from donations import signals
from donations.models import Donation
from donations.services import donations
from tests import donations_factories as factories

AT = factories.AT
pytestmark = pytest.mark.django_db


def test_hosts_hear_of_each_step(announced, django_capture_on_commit_callbacks):
    """Due, set aside, changed: each is told with the donation's id."""
    version = factories.make_pledge_version()

    with django_capture_on_commit_callbacks(execute=True):
        (pk,) = donations.record_due_donations(
            due=[factories.make_due(version=version)], at=AT, is_nudged=False
        )
        donations.set_aside_donation(donation_id=pk, at=AT)
        donations.retarget_donation(source="line:1", base_amount=0, at=AT, cause="x")

    assert announced == {
        "donation_due": [pk],
        "donation_set_aside": [pk],
        "donation_changed": [pk],
    }


def test_unheard_signals_cost_nothing(django_capture_on_commit_callbacks):
    """Without a listener nothing waits for the commit."""
    with django_capture_on_commit_callbacks() as callbacks:
        signals.announce(signals.donation_due, "donation_id", [1])

    assert callbacks == []


def test_failing_listener_harms_nobody(caplog, django_capture_on_commit_callbacks):
    """A listener that raises is logged; what happened stays."""

    def fail(sender, **kwargs):
        raise ZeroDivisionError

    signals.donation_due.connect(fail)
    try:
        with (
            caplog.at_level(logging.ERROR, logger="donations.signals"),
            django_capture_on_commit_callbacks(execute=True),
        ):
            donations.record_due_donations(
                due=[factories.make_due(version=factories.make_pledge_version())],
                at=AT,
                is_nudged=False,
            )
    finally:
        signals.donation_due.disconnect(fail)

    assert "listener" in caplog.text
    assert Donation.objects.due().count() == 1
