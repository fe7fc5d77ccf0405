"""Tasks are nudges: thin, repeatable, and not needed for the result."""

from datetime import timedelta

import pytest
import time_machine
from celery.schedules import maybe_schedule
from django.db import transaction
from django.utils import timezone

from donations import tasks
from donations.models import Acknowledgement, Beneficiary, Donation, Entry
from donations.services import donations, seals
from tests import donations_factories as factories
from tests.donations import settling

pytestmark = pytest.mark.django_db


def test_task_sets_one_donation_aside():
    """The task posts the donation that it was asked for; twice changes nothing."""
    donation = factories.make_donation()

    for _ in range(2):
        tasks.set_aside_donation(donation_id=donation.pk)

    assert Entry.objects.get().donation == donation


def test_tasks_survive_new_callers():
    """An old worker ignores what a new caller says in addition."""
    donation = factories.make_donation()

    tasks.set_aside_donation(donation_id=donation.pk, reason="later")
    tasks.sweep_due_donations(region="US")

    donation.refresh_from_db()
    assert donation.status == "set_aside"


def test_sweep_takes_over_after_a_minute():
    """The sweep leaves a young donation to its own task."""
    now = timezone.now()
    version = factories.make_pledge_version()
    old = factories.make_donation(
        version=version, source="line:old", at=now - timedelta(seconds=61)
    )
    factories.make_donation(version=version, source="line:young", at=now)

    tasks.sweep_due_donations()

    assert list(Donation.objects.filter(status="set_aside")) == [old]


@pytest.fixture
def part(book):
    """An approved part that a rail pays, just now."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    settling.put_on_rail()
    settlement = settling.draft(version)
    return settling.approve(settlement, at=timezone.now()).parts.get()


def test_task_sends_one_part(part, book):
    """The task pays the part that it was asked for; twice changes nothing."""
    for _ in range(2):
        tasks.send_part(part_id=part.pk, reason="later")

    assert len(book.paid) == 1


@pytest.mark.parametrize(("seconds", "nudges"), [(50, 0), (61, 1)])
def test_sweep_asks_for_parts_after_a_minute(
    part, seconds, nudges, django_capture_on_commit_callbacks
):
    """The sweep leaves a young part to its own task, and asks for an old one."""
    moment = part.next_try_at + timedelta(seconds=seconds)

    with (
        time_machine.travel(moment, tick=False),
        django_capture_on_commit_callbacks() as callbacks,
    ):
        tasks.sweep_unsent_parts(region="US")

    assert len(callbacks) == nudges


def test_task_seals_the_ledger():
    """The task puts what was posted under a seal."""
    factories.make_donation(is_set_aside=True)

    tasks.seal_ledger(region="US")

    assert seals.count_unsealed() == 0


def test_schedule_is_one_that_beat_can_read():
    """A host can merge the schedule into its own."""
    periods = {
        entry["task"]: maybe_schedule(entry["schedule"]).run_every
        for entry in tasks.SCHEDULE.values()
    }

    assert periods == {
        tasks.sweep_due_donations.name: timedelta(minutes=1),
        tasks.release_due_donations.name: timedelta(minutes=10),
        tasks.draft_due_settlements.name: timedelta(hours=1),
        tasks.sweep_unsent_parts.name: timedelta(minutes=5),
        tasks.seal_ledger.name: timedelta(minutes=10),
        tasks.sweep_unsent_questions.name: timedelta(minutes=5),
    }


def test_real_worker_sets_aside_after_commit(worker):
    """A committed sale is in the ledger as soon as a worker has been nudged."""
    due = factories.make_due(version=factories.make_pledge_version())

    with transaction.atomic():
        donations.record_due_donations(due=[due], at=timezone.now())
    worker.wait_until_idle()

    assert Entry.objects.get().amount == 24990


def test_real_worker_is_asked_for_a_part(worker, book):
    """A worker hears of an approval at once; this one's settings have no such rail."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    settling.put_on_rail()

    settlement = settling.approve(settling.draft(version), at=timezone.now())
    worker.wait_until_idle()

    assert settlement.parts.get().problem == 'DONATIONS["RAILS"] has no "fake"'


def test_task_asks_a_beneficiary(mailoutbox):
    """The task sends the mail that it was asked for; the sweep finds it, too."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    Beneficiary.objects.update(contact_email="giving@feeding.example")
    settling.settle(version)
    row = Acknowledgement.objects.get()

    tasks.ask_beneficiary(acknowledgement_id=row.pk, reason="later")

    assert len(mailoutbox) == 1


def test_sweep_asks_for_mails(django_capture_on_commit_callbacks):
    """What no worker was asked for is asked for again."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    settling.settle(version)

    with django_capture_on_commit_callbacks() as callbacks:
        tasks.sweep_unsent_questions(region="US")

    assert len(callbacks) == 1
