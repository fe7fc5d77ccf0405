"""Sixteen people approve, confirm or answer at once: one act each, whoever wins."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import F

from donations.domain.donation import IllegalMoveError
from donations.models import Entry, Settlement
from donations.services import (
    acknowledgements,
    audit,
    bank_accounts,
    donations,
    settlement_moves,
    settlements,
)
from tests import donations_factories as factories
from tests.donations import settling

WORKERS = 16
REFUSALS = (
    IllegalMoveError,
    settlements.SettlementChangedError,
    acknowledgements.LinkUsedError,
)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def drafted():
    """A drafted settlement of one donation, committed."""
    donation = factories.make_committed_donation()
    donations.set_aside_donation(donation_id=donation.pk, at=factories.AT)
    return settling.draft(donation.pledge_version)


def run_at_once(act):
    """Run `act` in all threads together; count those that were not refused."""
    barrier = threading.Barrier(WORKERS)

    def work():
        try:
            barrier.wait(timeout=30)
            return act() is not False
        except REFUSALS:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        futures = [pool.submit(work) for _ in range(WORKERS)]
        return sum(future.result(timeout=60) for future in futures)


def approve_of(settlement):
    """Return an act by which the second person approves what was drafted."""
    second = settling.make_people()[1].pk

    def act():
        settlements.approve_settlement(
            settlement_id=settlement.pk,
            approved_by_id=second,
            digest=settlement.digest,
            at=settling.LATER,
        )

    return act


def count(kind):
    """Return how many entries of a kind there are."""
    return Entry.objects.filter(kind=kind).count()


def test_approvals_at_once_instruct_once(drafted):
    """Of sixteen approvals exactly one instructs the payment."""
    assert run_at_once(approve_of(drafted)) == 1

    assert count("instruct") == 1
    assert list(audit.audit_ledger()) == []


def test_without_lock_and_claim_approvals_double(drafted, monkeypatch):
    """Negative control: read and moved unguarded, the same race instructs often."""
    have_checked = threading.Barrier(WORKERS)

    def read_unlocked(*, settlement_id):
        return Settlement.objects.get(pk=settlement_id)

    def move_unasked(*, settlement, status, **values):
        have_checked.wait(timeout=30)
        Settlement.objects.filter(pk=settlement.pk).update(
            status=status, revision=F("revision") + 1, **values
        )
        return Settlement.objects.get(pk=settlement.pk)

    monkeypatch.setattr(settlement_moves, "lock_settlement", read_unlocked)
    monkeypatch.setattr(settlement_moves, "claim_settlement", move_unasked)
    monkeypatch.setattr(bank_accounts, "lock_beneficiaries", lambda ids: None)

    run_at_once(approve_of(drafted))

    assert count("instruct") == WORKERS


def test_confirmation_meets_failure(drafted):
    """A payment that is confirmed and failed at once is one of the two."""
    part = settling.approve(drafted).parts.get()
    turns = iter(range(WORKERS))

    def act():
        if next(turns) % 2:
            return settling.fail(part)
        return settling.confirm(drafted)

    assert run_at_once(act) == 1
    assert count("confirm") + count("fail") == 1
    assert list(audit.audit_ledger()) == []


def test_answers_at_once_count_once(drafted):
    """Of sixteen presses of the button one acknowledges."""
    settling.approve(drafted)
    settling.confirm(drafted)
    part = drafted.parts.get()

    assert run_at_once(lambda: settling.acknowledge(part)) == 1
    assert list(audit.audit_ledger()) == []
