"""Nudges leave after commit, and a dead broker is nobody's problem."""

import logging

import pytest
from celery import current_app

from donations import enqueue
from donations.models import Donation
from donations.services import donations
from tests import donations_factories as factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead_broker(settings):
    """A broker that nobody answers for."""
    before = current_app.conf.broker_write_url
    current_app.conf.broker_write_url = "redis://127.0.0.1:9/0"
    current_app.amqp._producer_pool = None
    yield
    current_app.conf.broker_write_url = before
    current_app.amqp._producer_pool = None


def test_nothing_is_enqueued_before_commit(django_capture_on_commit_callbacks):
    """A nudge waits for the commit, one for all lines of a sale."""
    version = factories.make_pledge_version()

    with django_capture_on_commit_callbacks() as callbacks:
        donations.record_due_donations(
            due=[factories.make_due(version=version)], at=factories.AT
        )

    assert len(callbacks) == 1


def test_nothing_due_asks_for_nothing(django_capture_on_commit_callbacks):
    """Without a donation there is no nudge."""
    with django_capture_on_commit_callbacks() as callbacks:
        enqueue.set_aside([])

    assert callbacks == []


def test_dead_broker_is_logged_and_left(
    dead_broker, django_capture_on_commit_callbacks, caplog
):
    """When no nudge gets out the payment stands, and the sweep will help."""
    with (
        caplog.at_level(logging.WARNING, logger="donations.enqueue"),
        django_capture_on_commit_callbacks(execute=True),
    ):
        donations.record_due_donations(
            due=[factories.make_due(version=factories.make_pledge_version())],
            at=factories.AT,
        )

    assert "the sweep will help" in caplog.text
    assert donations.set_aside_due(limit=9, at=factories.AT) == 1
    assert not Donation.objects.due().exists()
