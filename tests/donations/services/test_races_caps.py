"""Many workers at the last of a cap: nothing more is given, and nothing less."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from donations.models import Donation, Pledge, PledgeVersion
from donations.services import audit, caps, donations, publication
from tests import donations_factories as factories

AT = factories.AT
WORKERS = 16
pytestmark = pytest.mark.django_db(transaction=True)


def run_at_once(*acts):
    """Run each act in a thread of its own, starting together; return the answers."""
    barrier = threading.Barrier(len(acts))

    def work(act):
        try:
            barrier.wait(timeout=30)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        futures = [pool.submit(work, act) for act in acts]
        return [future.result(timeout=60) for future in futures]


def sell(*targets, cap):
    """Record donations of these targets, due, and return their ids."""
    version = factories.make_pledge_version(cap_amount=cap)
    due = [
        factories.make_due(version=version, source=f"line:{number}", base_amount=base)
        for number, base in enumerate(target * 10 for target in targets)
    ]
    with transaction.atomic():
        return donations.record_due_donations(due=due, at=AT, is_nudged=False)


def set_aside(donation_id):
    """Return an act that sets one donation aside."""
    return lambda: donations.set_aside_donation(donation_id=donation_id, at=AT)


def retarget(number, target):
    """Return an act that brings a donation to a target."""
    return lambda: donations.retarget_donation(
        source=f"line:{number}", base_amount=target * 10, at=AT, cause="told"
    )


def read_posted():
    """Return what the donations hold, the most first."""
    posted = Donation.objects.values_list("posted_amount", flat=True)
    return sorted(posted, reverse=True)


@pytest.mark.checklist("V21")
def test_workers_share_the_last_of_a_cap():
    """Of sixteen workers nine get all, one what is left, and six nothing."""
    ids = sell(*[1_000] * WORKERS, cap=9_500)

    run_at_once(*(set_aside(pk) for pk in ids))

    assert read_posted() == [1_000] * 9 + [500] + [0] * 6
    assert list(audit.audit_ledger()) == []


def test_without_the_guards_workers_give_too_much(monkeypatch):
    """Negative control: read without a lock, stored unasked, each gives it all."""
    have_read = threading.Barrier(WORKERS)

    def read_unlocked(pledge_ids):
        rows = Pledge.objects.filter(pk__in=pledge_ids)
        rooms = {row.pk: caps._read_room(row) for row in rows}
        have_read.wait(timeout=30)
        return rooms

    def store_unasked(room, posted):
        Pledge.objects.filter(pk=room.pledge_id).update(posted_amount=posted)

    ids = sell(*[1_000] * WORKERS, cap=9_500)
    monkeypatch.setattr(caps, "lock_pledges", read_unlocked)
    monkeypatch.setattr(caps, "_store_sum", store_unasked)

    run_at_once(*(set_aside(pk) for pk in ids))

    assert sum(read_posted()) == 16_000
    assert "cap" in {finding.rule for finding in audit.audit_ledger()}


@pytest.mark.checklist("V21")
def test_two_workers_race_for_the_rest():
    """V21: 8000 and 7000 race for 10000: whoever comes first has all of theirs."""
    ids = sell(8_000, 7_000, cap=10_000)

    run_at_once(*(set_aside(pk) for pk in ids))

    rows = Donation.objects.order_by("pk").values_list("posted_amount", flat=True)
    assert tuple(rows) in {(8_000, 2_000), (3_000, 7_000)}


def test_refunds_and_workers_share_a_cap():
    """Refunds, refunds that fail and new donations at once keep the cap filled."""
    ids = sell(*[1_000] * WORKERS, cap=5_500)
    for pk in ids[:8]:
        donations.set_aside_donation(donation_id=pk, at=AT)

    run_at_once(
        *(retarget(number, 300) for number in range(6)),
        *(set_aside(pk) for pk in ids[8:14]),
        lambda: donations.set_aside_due(limit=99, at=AT),
        retarget(7, 0),
    )
    assert sum(read_posted()) == 5_500
    assert list(audit.audit_ledger()) == []

    run_at_once(*(retarget(number, 0) for number in range(WORKERS)))

    assert (sum(read_posted()), Pledge.objects.get().posted_amount) == (0, 0)
    assert list(audit.audit_ledger()) == []


def meet_first_cap(donation_id, cap):
    """Publish a first cap while a worker has posted and not committed yet."""
    draft = PledgeVersion.objects.get(published_at=None)
    PledgeVersion.objects.filter(pk=draft.pk).update(cap_amount=cap)
    has_posted, is_published = threading.Event(), threading.Event()

    def work():
        with transaction.atomic():
            donations.set_aside_donation(donation_id=donation_id, at=AT)
            has_posted.set()
            is_published.wait(timeout=2)

    def publish():
        has_posted.wait(timeout=30)
        publication.publish_pledge_version(pledge_version_id=draft.pk, at=AT)
        is_published.set()

    run_at_once(work, publish)


@pytest.fixture
def opened():
    """A due donation of a pledge without a cap, which is about to get one."""
    donation = factories.make_committed_donation()
    publication.draft_next_version(pledge_id=donation.pledge_version.pledge_id)
    return donation


def test_first_cap_waits_for_workers(opened):
    """What a worker posts while a first cap is published counts under it."""
    meet_first_cap(opened.pk, cap=30_000)

    assert Pledge.objects.get().posted_amount == 24_990
    assert list(audit.audit_ledger()) == []


def test_without_the_wait_a_first_cap_miscounts(opened, monkeypatch):
    """Negative control: a cap that waits for nobody counts less than is posted."""
    monkeypatch.setattr(caps, "_stop_writers", lambda pledge: None)

    meet_first_cap(opened.pk, cap=30_000)

    assert Pledge.objects.get().posted_amount == 0
    assert "cap" in {finding.rule for finding in audit.audit_ledger()}
