"""What one click does about a difference."""

import pytest
from django.contrib.auth import get_user_model

from demo.stripe_simulator.faults import ApiFault
from donations.models import Donation
from store.gateways import base as gateways
from store.models import Difference, Dispute, Order, Payment, Refund
from store.services import disputes, refunds
from store.services.reconciliation import actions
from tests.store.services.reconciliation.conftest import DAY, HOUR

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    """Who clicks."""
    return get_user_model().objects.create_user("operator")


@pytest.fixture
def act(run, operator, at):
    """A function that finds a difference of a kind and acts on it."""

    def act(kind, *, after=HOUR):
        run(after=after)
        row = Difference.objects.open().get(kind=kind)
        is_gone = actions.act(difference_id=row.pk, by_id=operator.pk, at=at + after)
        row.refresh_from_db()
        assert (row.resolved_by == operator) == is_gone
        return row

    return act


@pytest.fixture
def owed(payment, at):
    """A refund that staff wants and Stripe has not got."""
    return refunds.request_refund(
        payment_id=payment.pk,
        wish=refunds.Wish(amount=10_000),
        origin="staff",
        reason="Late",
        at=at,
    )


def test_unknown_refund_is_booked(payment, simulator, act):
    """A refund made at Stripe is booked, and the donation follows it."""
    made = simulator.refund_at_dashboard(payment.charge_id, 50_000)["id"]

    row = act("unknown_refund")

    assert row.resolution == "Book the refund: gone"
    assert Refund.objects.get().gateway_id == made
    assert Donation.objects.get().target_amount == 19_990


def test_refund_is_read_anew(owed, simulator, act, at):
    """A refund that failed at Stripe is brought to what Stripe says."""
    refunds.send_refund(refund_id=owed.pk, at=at)
    simulator.finish_refund(Refund.objects.get().gateway_id, "failed")

    act("refund_amount")

    assert Refund.objects.get().status == "failed"


def test_owed_refund_is_sent(owed, act):
    """A refund owed for a day is sent."""
    act("missing_refund", after=25 * HOUR)

    assert Refund.objects.get().status == "succeeded"


@pytest.mark.checklist("I3", "I6")
def test_refund_whose_answer_was_lost_is_found(owed, act, simulator, at):
    """I3: a day later Stripe forgot the key: the refund is looked up, not repeated."""
    lost = ApiFault("POST /v1/refunds", 503, when="after", should_retry=False)
    simulator.faults.add(lost)
    with pytest.raises(gateways.UnavailableError):
        refunds.send_refund(refund_id=owed.pk, at=at)
    simulator.clock.set_to(at + 25 * HOUR)

    act("missing_refund", after=25 * HOUR)

    (made,) = simulator.objects("refund")
    assert Refund.objects.get().gateway_id == made["id"]


def test_refund_that_stays_owed_is_not_resolved(owed, act, simulator):
    """A refund that Stripe refuses once more stays a difference."""
    simulator.faults.add(ApiFault("POST /v1/refunds", 503, times=9, should_retry=False))

    with pytest.raises(gateways.UnavailableError):
        act("missing_refund", after=25 * HOUR)

    assert Difference.objects.open().filter(kind="missing_refund").exists()


def test_unknown_dispute_is_booked(payment, simulator, act):
    """A dispute that we never heard of is booked, and the order follows it."""
    simulator.dispute(payment.charge_id)

    act("unknown_dispute")

    assert Order.objects.get().status == "disputed"


def test_dispute_is_read_anew(payment, simulator, act, at):
    """A dispute that ended at Stripe is brought to its end."""
    opened = simulator.dispute(payment.charge_id)["id"]
    disputes.sync_dispute(gateway_id=opened, at=at)
    simulator.close_dispute(opened, won=True)

    act("dispute_amount")

    assert Dispute.objects.get().status == "won"


def test_order_follows_its_money(payment, act):
    """An order with the wrong status is brought to the right one."""
    Order.objects.update(status="disputed")

    act("order_status")

    assert Order.objects.get().status == "paid"


def test_donation_is_computed_anew(payment, act):
    """A donation that missed a change is brought to the rule's target."""
    Donation.objects.update(is_held=True)

    act("donation")

    assert not Donation.objects.get().is_held


def test_payment_is_booked(pay, act, at, operator):
    """A payment that a run could not book is booked by a click, once it can be."""
    placed = pay()
    row = Difference.objects.create(
        kind="unknown_payment",
        reference=placed.session_id,
        details="",
        found_at=at,
        seen_at=at,
    )

    assert actions.act(difference_id=row.pk, by_id=operator.pk, at=at + DAY)

    assert placed.now() == "paid"


def test_difference_that_stays_is_seen_again(payment, act, simulator, at):
    """What the action did not mend keeps its row, with the newest amounts."""
    simulator.refund_at_dashboard(payment.charge_id, 50_000)
    row = act("unknown_refund")
    reopened = Difference.objects.create(
        kind="order_status",
        reference=payment.order.number,
        order=payment.order,
        details="",
        found_at=at,
        seen_at=at,
    )
    Payment.objects.update(refunded_amount=0)

    assert not actions.act(difference_id=reopened.pk, by_id=None, at=at + DAY)

    reopened.refresh_from_db()
    assert (reopened.resolved_at, reopened.seen_at) == (None, at + DAY)
    assert reopened.details.endswith("says 0 went back, its refunds 50000")
    assert row.resolved_at


@pytest.mark.parametrize(
    "kind", ["missing_payment", "payment_amount", "day_total", "missing_refund"]
)
def test_some_kinds_need_a_person(kind, at):
    """Where no click helps, the caller is told, and no label is offered."""
    row = Difference.objects.create(
        kind=kind, reference="re_nobody", details="", found_at=at, seen_at=at
    )

    assert actions.find_label(kind=kind, reference="re_nobody") == ""
    with pytest.raises(actions.NoActionError):
        actions.act(difference_id=row.pk, by_id=None, at=at)


def test_resolved_difference_has_no_action(payment, simulator, act, at):
    """What is resolved is not acted on again."""
    simulator.dispute(payment.charge_id)
    row = act("unknown_dispute")

    with pytest.raises(actions.NoActionError):
        actions.act(difference_id=row.pk, by_id=None, at=at)


def test_unreachable_stripe_resolves_nothing(payment, simulator, run, at):
    """While Stripe cannot be asked a difference stays open."""
    simulator.dispute(payment.charge_id)
    run()
    row = Difference.objects.open().get(kind="unknown_dispute")
    simulator.faults.add(ApiFault("GET /v1", 503, should_retry=False))

    with pytest.raises(gateways.UnavailableError):
        actions.act(difference_id=row.pk, by_id=None, at=at)

    assert Difference.objects.open().filter(pk=row.pk).exists()
