"""Workers in each other's way: one posting, whatever they do at once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import F

from donations.models import Donation, Entry
from donations.services import audit, donations, setting_aside
from tests import donations_factories as factories

AT = factories.AT
WORKERS = 4
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def donation():
    """A due donation, committed."""
    return factories.make_committed_donation()


def run_at_once(act):
    """Run `act` in several threads that start together; return what each returned."""
    barrier = threading.Barrier(WORKERS)

    def work():
        try:
            barrier.wait(timeout=30)
            return act()
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        futures = [pool.submit(work) for _ in range(WORKERS)]
        return [future.result(timeout=60) for future in futures]


def test_workers_set_aside_once(donation):
    """Of several workers on one donation exactly one posts."""
    answers = run_at_once(
        lambda: donations.set_aside_donation(donation_id=donation.pk, at=AT)
    )

    assert sorted(answers) == [False] * (WORKERS - 1) + [True]
    assert Entry.objects.count() == 1
    assert list(audit.audit_ledger()) == []


def test_without_the_claim_workers_double(donation, monkeypatch):
    """Negative control: with the claim removed the same race posts several times."""

    def take_unasked(donation_ids, at, dated):
        return Donation.objects.filter(pk__in=donation_ids).update(
            status="set_aside",
            posted_amount=F("target_amount"),
            revision=F("revision") + 1,
            set_aside_at=at,
        )

    monkeypatch.setattr(setting_aside, "_claim", take_unasked)

    run_at_once(lambda: donations.set_aside_donation(donation_id=donation.pk, at=AT))

    assert Entry.objects.count() == WORKERS


def test_sweeps_share_the_work(settings):
    """Several sweeps at once set each donation aside once, and all of them."""
    settings.DONATIONS = {**settings.DONATIONS, "SWEEP_CHUNK": 5}
    factories.make_committed_donation(count=60)

    done = run_at_once(lambda: donations.set_aside_due(limit=100, at=AT))

    assert sum(done) == Entry.objects.count() == 60
    assert list(audit.audit_ledger()) == []


def test_sweep_and_workers_share_the_work():
    """A sweep passes over what workers hold at this moment."""
    factories.make_committed_donation(count=20)
    ids = list(Donation.objects.values_list("pk", flat=True))

    def work():
        for pk in ids[::2]:
            donations.set_aside_donation(donation_id=pk, at=AT)
        return donations.set_aside_due(limit=100, at=AT)

    run_at_once(work)

    assert Entry.objects.count() == 20
    assert list(audit.audit_ledger()) == []


def test_refund_and_worker_agree(donation):
    """A refund that meets the setting aside ends at its target, either way."""

    def work():
        donations.set_aside_donation(donation_id=donation.pk, at=AT)
        donations.retarget_donation(
            source=donation.source, base_amount=1000, at=AT, cause="refund"
        )

    run_at_once(work)

    assert Donation.objects.get().posted_amount == 100
    assert list(audit.audit_ledger()) == []


def test_same_sale_recorded_at_once_is_one(donation):
    """The same payment told by several workers owes once."""
    answers = run_at_once(
        lambda: (
            factories.make_committed_donation(
                version=donation.pledge_version, source="line:new"
            ).pk
        )
    )

    assert len(set(answers)) == 1
    assert Donation.objects.filter(source="line:new").count() == 1
