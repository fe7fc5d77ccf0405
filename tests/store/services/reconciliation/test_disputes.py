"""Disputes both ways."""

from datetime import timedelta

import pytest

from store.models import Dispute
from store.services import disputes
from store.services.reconciliation import looking
from store.services.reconciliation.pacing import Pace
from tests.store.services.reconciliation.conftest import DAY
from tests.stripe_orders import session_params

pytestmark = [pytest.mark.django_db, pytest.mark.checklist("C3")]


@pytest.fixture
def dispute(payment, simulator, at):
    """A dispute that both sides know."""
    opened = simulator.dispute(payment.charge_id)
    disputes.sync_dispute(gateway_id=opened["id"], at=at)
    return Dispute.objects.get()


def find(report, kind):
    """Return the one finding of a kind."""
    (found,) = [one for one in report.found if one.kind == kind]
    return found


def test_known_dispute_is_no_difference(dispute, run):
    """A dispute that both sides know alike is no difference."""
    assert run().found == []


@pytest.mark.checklist("R5")
def test_unknown_dispute_is_found(payment, run, simulator):
    """A dispute that we never heard of is named, with its amount and order."""
    opened = simulator.dispute(payment.charge_id, 50_000)

    found = find(run(), "unknown_dispute")

    assert (found.reference, found.order_id) == (opened["id"], payment.order_id)
    assert found.theirs_amount == 50_000


def test_fresh_dispute_has_its_chance(payment, run, simulator):
    """What was opened a moment ago may still be on its way to us."""
    simulator.dispute(payment.charge_id)

    assert run(after=timedelta(minutes=5)).found == []


def test_other_end_is_found(dispute, run, simulator):
    """A dispute that ended at Stripe and goes on here is found, with what is held."""
    simulator.close_dispute(dispute.gateway_id, won=True)

    found = find(run(), "dispute_amount")

    assert "booked 249900 as needs_response" in found.details
    assert found.details.endswith("Stripe says 249900 as won")
    assert (found.ours_amount, found.theirs_amount) == (249_900, 0)


def test_old_open_dispute_is_looked_at(dispute, run, simulator):
    """A dispute that goes on from before the window is compared all the same."""
    simulator.close_dispute(dispute.gateway_id, won=False)

    found = find(run(after=30 * DAY), "dispute_amount")

    assert found.details.endswith("as lost")


def test_dispute_that_stripe_lacks_is_found(dispute, run):
    """A dispute that Stripe neither lists nor knows is found by our row."""
    Dispute.objects.update(gateway_id="dp_nobody")

    found = find(run(), "dispute_amount")

    assert found.reference == "dp_nobody"
    assert found.details == "Stripe does not know this dispute"


def test_foreign_disputes_are_ignored(simulator, payment, run, at):
    """A dispute of another shop on the account is no business of ours."""
    params = session_params(expires_at=int(at.timestamp()) + 1860)
    session = simulator.checkout.create(params)
    simulator.pay(session["id"])
    simulator.finish_captures()
    simulator.dispute(simulator.objects("charge")[-1]["id"])

    assert run().found == []


def test_unknown_name_is_no_finding(payment, at):
    """A name that neither side knows is nothing to report."""
    kind = "unknown_dispute"

    assert looking.look(kind=kind, reference="dp_x", pace=Pace(), at=at) is None
