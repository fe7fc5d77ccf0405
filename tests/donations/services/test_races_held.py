"""A dispute, a refund and a draft at once: nothing held is paid, nothing doubled."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F

from donations.domain.donation import SettlementStatus
from donations.models import Account, Donation, Entry, Settlement
from donations.services import (
    audit,
    donations,
    releases,
    settlements,
    targets,
)
from tests import donations_factories as factories
from tests.donations import settling

AT = factories.AT
LATER = AT + timedelta(days=31)
ROUNDS = 6
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def donation():
    """A donation that is set aside, committed, its return window over."""
    donation = factories.make_committed_donation()
    donations.set_aside_donation(donation_id=donation.pk, at=AT)
    donation.refresh_from_db()
    return donation


@pytest.fixture
def person():
    """Who drafts."""
    return factories.make_user(username="ann")


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


def tell(base_amount=249_900, *, is_held=False):
    """Return an act that brings the donation to what is known."""

    def act():
        donations.retarget_donation(
            source="line:1",
            base_amount=base_amount,
            at=LATER,
            cause="told",
            is_held=is_held,
        )

    return act


def draft_of(donation, person):
    """Return an act that drafts a settlement, if there is anything to settle."""

    def act():
        settling.release(LATER)
        try:
            return settlements.draft_settlement(
                pledge_id=donation.pledge_version.pledge_id,
                drafted_by_id=person.pk,
                at=LATER,
            )
        except settlements.NothingToSettleError:
            return None

    return act


def test_dispute_and_refund_agree(donation):
    """Holding and refunding at once end in one of the two, with a good ledger."""
    for round_number in range(ROUNDS):
        base = 200_000 - 1000 * round_number
        run_at_once(
            tell(base, is_held=True), tell(base - 500), tell(base, is_held=True)
        )

        assert list(audit.audit_ledger()) == []

    tell(1000, is_held=True)()
    held = Donation.objects.get()
    assert (held.posted_amount, held.is_held) == (100, True)
    assert list(audit.audit_ledger()) == []


def test_dispute_told_at_once_is_held_once(donation):
    """Several workers with the same dispute post one hold."""
    run_at_once(*[tell(is_held=True)] * 4)

    assert Entry.objects.filter(kind="hold").count() == 1
    assert Donation.objects.get().revision == donation.revision + 1


def test_dispute_and_worker_agree():
    """A dispute that meets the setting aside ends held, either way."""
    donation = factories.make_committed_donation()

    run_at_once(
        tell(is_held=True),
        lambda: donations.set_aside_donation(donation_id=donation.pk, at=AT),
    )

    assert list(audit.audit_ledger()) == []
    held = Account.objects.get(kind="held")
    assert sum(held.credits.values_list("amount", flat=True)) == 24990


def test_dispute_and_draft_agree(donation, person):
    """A draft that meets a dispute never leads to the payment of what is held."""
    approver = factories.make_user(username="bob")
    for _ in range(ROUNDS):
        run_at_once(tell(is_held=True), draft_of(donation, person))
        assert list(audit.audit_ledger()) == []

        for settlement in Settlement.objects.filter(status=SettlementStatus.DRAFTED):
            with pytest.raises(settlements.SettlementChangedError):
                settlements.approve_settlement(
                    settlement_id=settlement.pk,
                    approved_by_id=approver.pk,
                    digest=settlement.digest,
                    at=LATER,
                )
        run_at_once(tell(), draft_of(donation, person))
        assert list(audit.audit_ledger()) == []

    draft_of(donation, person)()
    assert Settlement.objects.get().amount == 24990


def test_without_the_locks_two_changes_collide(donation, monkeypatch):
    """Negative control: read and stored unguarded, a hold and a refund both post."""
    have_read = threading.Barrier(2)

    def read_unlocked(sources):
        rows = {row.source: row for row in Donation.objects.filter(source__in=sources)}
        have_read.wait(timeout=30)
        return rows

    def store_unasked(row, revision, room):
        Donation.objects.filter(pk=row.pk).update(
            status=row.status,
            target_amount=row.target_amount,
            posted_amount=row.posted_amount,
            is_held=row.is_held,
            revision=row.revision,
        )

    monkeypatch.setattr(targets, "_lock_rows", read_unlocked)
    monkeypatch.setattr(targets, "_store", store_unasked)

    run_at_once(tell(is_held=True), tell(200_000))

    assert "pending" in {finding.rule for finding in audit.audit_ledger()}


def test_without_the_claim_what_is_held_is_released(donation, monkeypatch):
    """Negative control: marked unasked, what is held is released all the same."""

    def pick_unlocked(size, at):
        rows = Donation.objects.releasable(at=at)
        return list(rows.values_list("pk", flat=True))

    def claim_unasked(chunk, at):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(run_at_once, tell(is_held=True)).result(timeout=30)
        rows = Donation.objects.filter(pk__in=chunk)
        return rows.update(released_at=at, revision=F("revision") + 1)

    monkeypatch.setattr(releases, "_pick", pick_unlocked)
    monkeypatch.setattr(releases, "_claim", claim_unasked)

    settling.release(LATER)

    assert "pending" in {finding.rule for finding in audit.audit_ledger()}


def test_first_sales_in_a_currency_share_its_accounts():
    """Payments at once that open the accounts of a currency open them once."""
    version = factories.make_pledge_version(weights=(2, 1))

    def sell(source):
        def act():
            due = factories.make_due(version=version, source=source, currency="EUR")
            with transaction.atomic():
                donations.record_due_donations(due=[due], at=AT, is_nudged=False)

        return act

    run_at_once(*(sell(f"line:{number}") for number in range(4)))
    donations.set_aside_due(limit=9, at=AT)

    assert Donation.objects.filter(currency="EUR", status="set_aside").count() == 4
    assert list(audit.audit_ledger()) == []
