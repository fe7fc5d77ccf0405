"""A settlement against refunds, sixteen at once: what is approved is what is paid."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.db.models import Q

from donations.domain.donation import IllegalMoveError, SettlementStatus
from donations.models import Donation, Entry, Settlement
from donations.services import audit, donations, ledger, settlements
from tests import donations_factories as factories
from tests.donations import settling
from tests.donations.settling import LATER

REFUNDS = 8
WORKERS = 16
REFUSALS = (
    settlements.NothingToSettleError,
    settlements.SettlementChangedError,
    IllegalMoveError,
)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def version():
    """A pledge with a donation for each refund, all releasable, committed."""
    version = factories.make_pledge_version()
    factories.make_committed_donation(version=version, count=REFUNDS)
    donations.set_aside_due(limit=99, at=factories.AT)
    settling.make_people()
    return version


def run_at_once(acts):
    """Run each act in a thread of its own, starting together; return the answers."""
    barrier = threading.Barrier(len(acts))

    def work(act):
        try:
            barrier.wait(timeout=60)
            return act()
        except REFUSALS as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        futures = [pool.submit(work, act) for act in acts]
        return [future.result(timeout=120) for future in futures]


def refund(number):
    """Return an act that brings a donation to 200.00."""

    def act():
        donations.retarget_donation(
            source=f"line:{number}", base_amount=200_000, at=LATER, cause="refund"
        )

    return act


def approve_what_is_there():
    """Release, draft and approve whatever there is to approve."""
    ann, bob = settling.make_people()
    settling.release()
    pledge_id = Donation.objects.latest("pk").pledge_version.pledge_id
    pk = settlements.draft_settlement(
        pledge_id=pledge_id, drafted_by_id=ann.pk, at=LATER
    )
    settlements.approve_settlement(
        settlement_id=pk,
        approved_by_id=bob.pk,
        digest=Settlement.objects.get(pk=pk).digest,
        at=LATER,
    )


def read_payable():
    """Return what is payable to all beneficiaries together."""
    return sum(ledger.read_balances(accounts=Q(kind="payable")).values())


def sum_instructed():
    """Return what was instructed in all."""
    return sum(Entry.objects.filter(kind="instruct").values_list("amount", flat=True))


def test_refunds_and_settlements_agree(version):
    """However they meet, all that is left is paid or payable, to the cent."""
    acts = [refund(number) for number in range(REFUNDS)]
    acts += [approve_what_is_there] * (WORKERS - REFUNDS)

    run_at_once(acts)
    settling.release()

    assert sum_instructed() + read_payable() == REFUNDS * 20_000
    assert list(audit.audit_ledger()) == []


def test_one_of_many_approvals_pays(version):
    """Eight who approve the same draft while it is refunded: one at most does."""
    settlement = settling.draft(version)

    def approve():
        settling.approve(Settlement.objects.get(pk=settlement.pk))
        return "approved"

    acts = [refund(number) for number in range(REFUNDS)]
    answers = run_at_once(acts + [approve] * (WORKERS - REFUNDS))

    approved = answers.count("approved")
    settlement.refresh_from_db()
    assert approved == (settlement.status == SettlementStatus.APPROVED) <= 1
    assert sum_instructed() == (settlement.amount if approved else 0)
    assert sum_instructed() + read_payable() == REFUNDS * 20_000
    assert list(audit.audit_ledger()) == []


def test_without_the_digest_other_amounts_are_paid(version, monkeypatch):
    """Negative control: unchecked, refunds change what an approval instructs."""
    settlement = settling.draft(version)
    have_refunded = threading.Barrier(REFUNDS + 1)
    monkeypatch.setattr(settlements, "_check_unchanged", lambda *_arguments: None)

    def refund_first(number):
        def act():
            refund(number)()
            have_refunded.wait(timeout=60)

        return act

    def approve():
        have_refunded.wait(timeout=60)
        settling.approve(Settlement.objects.get(pk=settlement.pk))

    run_at_once([*(refund_first(number) for number in range(REFUNDS)), approve])

    assert sum_instructed() != settlement.amount
    assert "settlement" in {finding.rule for finding in audit.audit_ledger()}
