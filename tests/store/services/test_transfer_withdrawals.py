"""A payment through Stripe fails for good only when Stripe has moved none of it."""

from datetime import timedelta

import pytest

from demo.stripe_simulator.faults import ApiFault
from donations.services import audit, rails, sending, settlements
from store.models import Transfer
from store.services.transfers import StripeRail
from tests.store.services import paying_on

TRANSFERS = "POST /v1/transfers"
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _rail(settings, simulator, db):
    """Stripe Connect as the way to pay, and a beneficiary that takes transfers."""
    settings.DONATIONS = {**settings.DONATIONS, "RAILS": paying_on.RAILS}
    simulator.connect_account(paying_on.ACCOUNT)


@pytest.fixture
def later(at):
    """A moment at which no return window is open any more."""
    return at + paying_on.WINDOW


def fail(part, at):
    """Let a person say that a part failed for good."""
    return settlements.fail_part(
        part_id=part.pk,
        failed_by_id=part.settlement.drafted_by_id,
        reason="The account is closed.",
        at=at,
    )


def refuse(simulator, times):
    """Let Stripe refuse the next transfers."""
    fault = ApiFault(
        TRANSFERS,
        400,
        type="invalid_request_error",
        code="balance_insufficient",
        times=times,
    )
    simulator.faults.add(fault)


def test_refused_part_is_paid_anew_out_of_its_charge(simulator, at, later):
    """What was planned is forgotten, so the next settlement finds the charge's room."""
    sale = paying_on.sell(simulator, at)
    refuse(simulator, times=1)
    part = paying_on.settle(later)

    assert fail(part, later + HOUR) is True
    assert Transfer.objects.count() == 0
    paying_on.settle(later + 2 * HOUR)

    made = simulator.objects("transfer")
    assert [one["source_transaction"] for one in made] == [sale.payment.charge_id]
    assert paying_on.balance("in_transit") == 0
    assert list(audit.audit_ledger()) == []


def test_lost_transfer_is_found_before_anything_fails(simulator, at, later):
    """A transfer whose answer was lost has moved: nothing fails, and it is recorded."""
    paying_on.sell(simulator, at)
    simulator.faults.add(ApiFault(TRANSFERS, 503, when="after", should_retry=False))
    part = paying_on.settle(later)

    with pytest.raises(sending.MoneyMovedError):
        fail(part, later + HOUR)

    assert Transfer.objects.sent().count() == 1
    assert paying_on.send(part, later + 2 * HOUR).paid_at is not None
    assert len(simulator.objects("transfer")) == 1


def test_part_that_moved_in_pieces_does_not_fail(simulator, at, later):
    """One transfer of two is money that moved."""
    paying_on.sell(simulator, at, count=2)
    refuse(simulator, times=1)
    part = paying_on.settle(later)
    assert Transfer.objects.sent().count() == 1

    with pytest.raises(sending.MoneyMovedError):
        fail(part, later + HOUR)

    assert Transfer.objects.unsent().count() == 1


def test_silent_stripe_fails_nothing(simulator, at, later):
    """While Stripe cannot be asked nobody knows, so nothing fails."""
    paying_on.sell(simulator, at)
    refuse(simulator, times=1)
    part = paying_on.settle(later)
    simulator.faults.add(ApiFault("GET /v1/transfers", 503, times=9))

    with pytest.raises(rails.RailUnavailableError):
        fail(part, later + HOUR)

    assert paying_on.balance("in_transit") == part.amount


def test_evidence_is_by_stripes_names(simulator, at, later):
    """Each transfer that was made is named, and together they come to the part."""
    paying_on.sell(simulator, at, count=2)
    part = paying_on.settle(later)

    instruction = rails.build_instruction(part=part)
    evidence = list(StripeRail().list_evidence(instruction=instruction))

    made = {one["id"]: one["amount"] for one in simulator.objects("transfer")}
    assert {one.reference: one.amount for one in evidence} == made
    assert sum(made.values()) == part.amount
    assert {one.moved_at for one in evidence} == {later}
