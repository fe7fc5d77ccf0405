"""Disputes as Stripe tells them: opened, fought, won, lost, and inquiries."""

from datetime import timedelta

import pytest
from django.dispatch import receiver

from demo.stripe_simulator.faults import ApiFault
from donations.models import Donation
from store import signals
from store.gateways import base as gateways
from store.models import Dispute, Order, Payment, Piece
from store.services import disputes
from tests import orders
from tests.orders import statuses
from tests.store.services import money

PRICE = 249_900
MINUTES = timedelta(minutes=4)
DAY = timedelta(days=1)


@pytest.fixture
def sale(simulator, db, at):
    """A paid order of one piece."""
    return money.buy(simulator, at)


def sync(dispute, at):
    """Bring a dispute to what Stripe says, and return its row as it stands."""
    assert disputes.sync_dispute(gateway_id=dispute["id"], at=at) is True
    return Dispute.objects.get(gateway_id=dispute["id"])


@pytest.mark.checklist("R5")
def test_opened_dispute_is_recorded(sale, simulator, at):
    """A dispute has its amounts, its reason, and the moment until which to answer."""
    opened = simulator.dispute(sale.payment.charge_id)

    row = sync(opened, at)

    assert (row.payment, row.status) == (sale.payment, "needs_response")
    assert (row.amount, row.withdrawn_amount, row.currency) == (PRICE, PRICE, "USD")
    assert (row.reason, row.closed_at) == ("fraudulent", None)
    assert row.evidence_due_at > row.opened_at


@pytest.mark.checklist("R5")
def test_opened_dispute_holds_the_order(sale, simulator, at):
    """The order is disputed, its donation held, and its piece stays sold."""
    sync(simulator.dispute(sale.payment.charge_id), at)

    assert (sale.order.status, sale.is_held) == ("disputed", True)
    assert statuses(Piece) == ["sold"]


def test_staff_and_hosts_hear_of_a_dispute(
    sale, simulator, at, django_capture_on_commit_callbacks
):
    """A new dispute is noted on its order and told to the host, once."""
    heard = []

    @receiver(signals.order_disputed)
    def listen(order_id, **_):
        heard.append(order_id)

    opened = simulator.dispute(sale.payment.charge_id)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            sync(opened, at)

    assert heard == [sale.order.pk]
    assert sale.order.review_reason == f"Disputed: {opened['id']}"


@pytest.mark.checklist("R5")
@pytest.mark.parametrize(
    ("won", "status", "owed"), [(True, "paid", 24_990), (False, "lost", 0)]
)
def test_closed_dispute_ends_the_hold(sale, simulator, at, won, status, owed):
    """Won, the donation is released; lost, it is reversed; the piece stays sold."""
    opened = simulator.dispute(sale.payment.charge_id)
    sync(opened, at)
    simulator.close_dispute(opened["id"], won=won)

    row = sync(opened, at + DAY)

    assert (sale.order.status, sale.targets, sale.is_held) == (status, [owed], False)
    assert (row.closed_at, row.is_closed) == (at + DAY, True)
    assert statuses(Piece) == ["sold"]


def test_lost_dispute_is_told_to_staff(sale, simulator, at):
    """A dispute that was lost is noted for a person."""
    opened = simulator.dispute(sale.payment.charge_id)
    sync(opened, at)
    simulator.close_dispute(opened["id"], won=False)

    sync(opened, at)

    assert sale.order.review_reason == f"Dispute lost: {opened['id']}"


def test_dispute_under_review_alarms_nobody(sale, simulator, at):
    """Evidence was handed in: the row says so and the order waits."""
    opened = simulator.dispute(sale.payment.charge_id)
    sync(opened, at)
    Order.objects.update(review_reason="")
    simulator.respond(opened["id"])

    row = sync(opened, at)

    assert (row.status, sale.order.status) == ("under_review", "disputed")
    assert sale.order.review_reason == ""


@pytest.mark.checklist("R5")
def test_inquiry_moves_nothing(sale, simulator, at):
    """An inquiry is recorded and noted; order and donation stay."""
    opened = simulator.warn(sale.payment.charge_id)

    row = sync(opened, at)

    assert (row.withdrawn_amount, row.status) == (0, "warning_needs_response")
    assert (sale.order.status, sale.is_held) == ("paid", False)
    assert sale.order.review_reason == f"Inquiry: {opened['id']}"


@pytest.mark.checklist("R5")
def test_inquiry_becomes_a_dispute(sale, simulator, at):
    """An inquiry that takes the money after all holds the order and alarms."""
    opened = simulator.warn(sale.payment.charge_id)
    sync(opened, at)
    simulator.escalate(opened["id"])

    sync(opened, at)

    assert (sale.order.status, sale.is_held) == ("disputed", True)
    assert "Dispute needs response" in sale.order.review_reason


def test_reopened_dispute_is_open(sale, simulator, at):
    """A dispute that goes on after its end has no end."""
    opened = simulator.dispute(sale.payment.charge_id)
    sync(opened, at)
    Dispute.objects.update(status="lost", closed_at=at)

    row = sync(opened, at)

    assert (row.closed_at, sale.order.status) == (None, "disputed")


def test_dispute_of_another_shop_is_left_alone(sale, simulator, at):
    """W13: a payment that is not ours becomes no row."""
    opened = simulator.dispute(sale.payment.charge_id)
    Payment.objects.update(intent_id="pi_other", charge_id="ch_other")
    Order.objects.update(uuid="7b1c8f9e-2c2e-4b7a-9a34-0d8a6a1f2b3c")

    assert disputes.sync_dispute(gateway_id=opened["id"], at=at) is False

    assert not Dispute.objects.exists()


@pytest.mark.parametrize("reference", ["", "shop-2"])
def test_charge_without_our_reference_is_left_alone(sale, simulator, at, reference):
    """A charge that names no order of ours is another shop's."""
    charge = simulator.state.get(sale.payment.charge_id, "charge")
    simulator.state.save(charge | {"metadata": {"order": reference}})
    opened = simulator.dispute(sale.payment.charge_id)
    Payment.objects.update(intent_id="pi_other", charge_id="ch_other")

    assert disputes.sync_dispute(gateway_id=opened["id"], at=at) is False


@pytest.mark.checklist("W9", "W14")
def test_dispute_before_its_payment_is_tried_again(simulator, db, at):
    """A dispute of an order whose payment we do not know yet is left for later."""
    placed = orders.place_order(at=at)
    simulator.pay(placed.session_id)
    (charge,) = simulator.objects("charge")
    opened = simulator.dispute(charge["id"])

    with pytest.raises(disputes.PaymentNotYetKnownError):
        disputes.sync_dispute(gateway_id=opened["id"], at=at)

    assert placed.now() == "pending"


@pytest.mark.checklist("C4")
def test_dispute_is_found_without_its_event(sale, simulator, at):
    """One list of the latest disputes finds those whose webhook was lost."""
    simulator.dispute(sale.payment.charge_id)

    for _ in range(2):
        disputes.sync_recent(at=at + DAY)

    assert sale.order.status == "disputed"
    assert Dispute.objects.count() == 1


def test_open_disputes_are_looked_at_in_turn(sale, simulator, at):
    """An open dispute is looked at again and again, a lost one each day."""
    opened = simulator.dispute(sale.payment.charge_id)
    sync(opened, at)
    found = [disputes.find_stale(at=at + n * MINUTES, limit=9) for n in (0, 1)]
    simulator.close_dispute(opened["id"], won=False)
    sync(opened, at)
    found += [disputes.find_stale(at=at + n * DAY, limit=9) for n in (0, 1, 91)]

    mine = [opened["id"]]
    assert found == [[], mine, [], mine, []]


def test_money_that_was_won_is_waited_for(sale, simulator, at):
    """A dispute is won before its money is back: it is looked at soon again."""
    opened = simulator.dispute(sale.payment.charge_id)
    sync(opened, at)
    Dispute.objects.update(status="won", closed_at=at)
    found = disputes.find_stale(at=at + MINUTES, limit=9)
    simulator.close_dispute(opened["id"], won=True)
    sync(opened, at)

    assert found == [opened["id"]]
    assert disputes.find_stale(at=at + DAY, limit=9) == []


def test_dispute_that_cannot_be_read_steps_back(sale, simulator, at):
    """A dispute that Stripe does not answer for lets the others go first."""
    opened = simulator.dispute(sale.payment.charge_id)
    sync(opened, at)
    simulator.faults.add(ApiFault("GET /v1/disputes", 503, should_retry=False))

    with pytest.raises(gateways.UnavailableError):
        disputes.check_dispute(gateway_id=opened["id"], at=at + DAY)

    assert disputes.find_stale(at=at + DAY, limit=9) == []
    disputes.check_dispute(gateway_id=opened["id"], at=at + DAY)


def test_part_of_a_payment_is_disputed(sale, simulator, at):
    """A dispute lost in part leaves the order paid, and its donation smaller."""
    opened = simulator.dispute(sale.payment.charge_id, 50_000)
    simulator.close_dispute(opened["id"], won=False)

    sync(opened, at)

    kept = PRICE - 50_000 * PRICE // PRICE
    assert (sale.order.status, sale.targets) == ("paid", [-(-kept // 10)])
    assert Donation.objects.get().change_note == f"Dispute {opened['id']}: lost"
