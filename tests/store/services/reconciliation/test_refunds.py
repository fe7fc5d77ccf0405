"""Refunds both ways."""

from datetime import timedelta

import pytest

from store.models import Refund
from store.services import refunds
from store.services.reconciliation import looking
from store.services.reconciliation.pacing import Pace
from tests.store.services.reconciliation.conftest import DAY, HOUR
from tests.stripe_orders import session_params

pytestmark = [pytest.mark.django_db, pytest.mark.checklist("C3")]


@pytest.fixture
def refund(payment, at):
    """A refund of an amount, made by staff and known on both sides."""
    refund = owe(payment, at)
    refunds.send_refund(refund_id=refund.pk, at=at)
    refund.refresh_from_db()
    return refund


def owe(payment, at):
    """Write down a refund of an amount that staff wants."""
    return refunds.request_refund(
        payment_id=payment.pk,
        wish=refunds.Wish(amount=10_000),
        origin="staff",
        reason="Late",
        at=at,
    )


def refund_at_stripe(simulator, payment, amount):
    """Refund past the shop, and return Stripe's name for it."""
    return simulator.refund_at_dashboard(payment.charge_id, amount)["id"]


def look(reference, at):
    """Look at one refund again."""
    return looking.look(kind="unknown_refund", reference=reference, pace=Pace(), at=at)


def find(report, kind):
    """Return the one finding of a kind."""
    (found,) = [one for one in report.found if one.kind == kind]
    return found


def test_known_refund_is_no_difference(refund, run):
    """A refund that both sides know alike is no difference."""
    assert run().found == []


@pytest.mark.checklist("R4")
def test_refund_made_at_stripe_is_found(payment, run, simulator):
    """R4: a refund that Stripe made without us is named, with its amount and order."""
    made = refund_at_stripe(simulator, payment, 10_000)

    found = find(run(), "unknown_refund")

    assert (found.reference, found.order_id) == (made, payment.order_id)
    assert (found.ours_amount, found.theirs_amount) == (None, 10_000)


def test_fresh_refund_has_its_chance(payment, run, simulator):
    """What was made at Stripe a moment ago may still be on its way to us."""
    refund_at_stripe(simulator, payment, 10_000)

    assert run(after=timedelta(minutes=5)).found == []


def test_missing_refund_is_found(refund, run):
    """A refund that Stripe neither lists nor knows is found by our row."""
    Refund.objects.update(gateway_id="re_nobody")

    found = find(run(), "missing_refund")

    assert (found.reference, found.ours_amount) == ("re_nobody", 10_000)


def test_other_status_is_found(refund, run, simulator):
    """A refund that failed at Stripe and succeeded here is found, with both words."""
    simulator.finish_refund(refund.gateway_id, "failed")

    found = find(run(), "refund_amount")

    assert found.details == "booked as succeeded, Stripe says failed"


def test_other_amount_is_found(refund, run):
    """A refund of another amount is found, with both amounts."""
    Refund.objects.update(amount=9_000)

    found = find(run(), "refund_amount")

    assert (found.ours_amount, found.theirs_amount) == (9_000, 10_000)


def test_foreign_refunds_are_ignored(simulator, run, at):
    """What another shop on the account sends back is no business of ours."""
    params = session_params(expires_at=int(at.timestamp()) + 1860)
    session = simulator.checkout.create(params)
    simulator.pay(session["id"])
    simulator.finish_captures()
    (charge,) = simulator.objects("charge")
    simulator.refund_at_dashboard(charge["id"])

    assert run().found == []


def test_old_unfinished_refund_is_looked_at(refund, run, simulator):
    """A refund pending since before the window is compared all the same."""
    Refund.objects.update(status="pending", finished_at=None)

    found = find(run(after=30 * DAY), "refund_amount")

    assert found.details == "booked as pending, Stripe says succeeded"


def test_old_refund_that_agrees_is_none(payment, run, simulator, at):
    """A refund that is pending on both sides for long is no difference."""
    simulator.plan_refunds("pending")
    refund = owe(payment, at)
    refunds.send_refund(refund_id=refund.pk, at=at)

    assert run(after=30 * DAY).found == []


def test_refund_owed_for_a_day_is_found(payment, run, at):
    """A refund that never reached Stripe is found by its own key after a day."""
    refund = owe(payment, at)

    assert run(after=23 * HOUR).found == []
    found = find(run(after=25 * HOUR), "missing_refund")
    assert found.reference == refund.idempotency_key
    assert run(after=26 * HOUR).gone == 0


def test_unknown_name_is_no_finding(payment, simulator, at):
    """A name that neither side knows is nothing to report."""
    assert look("re_nobody", at) is None


def test_sent_refund_is_not_owed(refund, at):
    """By its own key a refund is a difference only while it is owed."""
    assert look(refund.idempotency_key, at + 30 * DAY) is None
