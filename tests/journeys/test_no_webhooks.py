"""With webhooks switched off altogether, sweeps alone bring everything to its end."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from donations.models import Donation
from store import tasks
from store.models import Difference, Dispute, Payment, Refund, WebhookEvent
from store.services.reconciliation import runs
from tests.journeys import beat, purchases

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.checklist("C1", "C3", "C4"),
]

SWEEPS = (*beat.SWEEPS, tasks.sweep_disputes, tasks.catch_up)
DAY = timedelta(days=1)


@pytest.fixture
def deaf(simulator, settings, mailoutbox, no_broker):
    """Stripe, which knows of no endpoint of ours and tells us nothing."""
    settings.STORE = {**settings.STORE, "RECONCILE_CALLS_PER_SECOND": 10_000}
    assert simulator.deliveries.endpoints == []
    return simulator


@pytest.fixture
def sold(deaf):
    """Three orders, paid and confirmed by sweeps."""
    orders = [purchases.buy(deaf, piece) for piece in purchases.offer_pieces(3)]
    deaf.finish_captures()
    sweep(deaf, purchases.LATER)
    return orders


def sweep(simulator, delay):
    """Let time pass, for us and for Stripe, and run every sweep twice."""
    start = timezone.now() + delay
    for moment in (start, start + beat.NEXT_ROUND):
        simulator.clock.set_to(moment)
        with time_machine.travel(moment, tick=True):
            for task in SWEEPS:
                task()


def compare(delay):
    """Compare with Stripe after a while and return the report."""
    now = timezone.now() + delay
    return runs.reconcile(since=now - DAY, until=now, at=now)


def charge_of(order):
    """Return what Stripe calls the charge of an order."""
    return Payment.objects.get(order=order).charge_id


def status_of(order):
    """Return the order's status as it stands now."""
    order.refresh_from_db()
    return order.status


def targets_of(order):
    """Return what is owed for the order's lines."""
    sources = [line.source for line in order.lines.all()]
    found = Donation.objects.filter(source__in=sources).order_by("pk")
    return list(found.values_list("target_amount", "is_held"))


def test_orders_are_paid_without_webhooks(sold):
    """C4: paid orders are paid here within the sweeps' period, their fees known."""
    assert [status_of(order) for order in sold] == ["paid"] * 3
    assert not Payment.objects.filter(fee_amount=None).exists()
    assert not WebhookEvent.objects.exists()
    assert compare(2 * purchases.LATER).found == []


def test_dashboard_acts_are_followed_without_webhooks(sold, deaf):
    """C4: refunds and disputes made in the Dashboard end right by sweeps alone."""
    refunded, partly, disputed = sold
    deaf.refund_at_dashboard(charge_of(refunded))
    deaf.refund_at_dashboard(charge_of(partly), 50_000)
    opened = deaf.dispute(charge_of(disputed))

    sweep(deaf, 3 * purchases.LATER)

    assert [status_of(one) for one in sold] == ["refunded", "paid", "disputed"]
    assert targets_of(refunded) == [(0, False)]
    assert targets_of(partly) == [(19_990, False)]
    assert targets_of(disputed) == [(24_990, True)]
    assert compare(4 * purchases.LATER).found == []
    deaf.close_dispute(opened["id"], won=False)
    sweep(deaf, 5 * purchases.LATER)
    assert status_of(disputed) == "lost"
    assert targets_of(disputed) == [(0, False)]
    assert compare(6 * purchases.LATER).found == []


def test_night_finds_what_sweeps_did_not(sold, deaf):
    """C3: with the sweeps off too, the night's comparison names each thing."""
    refund = deaf.refund_at_dashboard(charge_of(sold[0]))["id"]
    dispute = deaf.dispute(charge_of(sold[1]))["id"]
    deaf.clock.set_to(timezone.now())
    unheard = purchases.buy(deaf, *purchases.offer_pieces(1))
    deaf.finish_captures()

    report = compare(3 * purchases.LATER)

    assert status_of(unheard) == "paid"
    named = {one.reference for one in report.found if one.kind != "day_total"}
    assert named == {refund, dispute}
    assert not Refund.objects.exists()
    assert not Dispute.objects.exists()
    assert Difference.objects.open().count() == len(report.found)
