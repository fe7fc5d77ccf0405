"""Sweeps over refunds and disputes: nothing of them needs a webhook."""

import time
from datetime import timedelta

import pytest
from django.utils import timezone

from demo.stripe_simulator.faults import ApiFault
from store import tasks
from store.models import Dispute, Payment, Refund, TransferRecall, WebhookEvent
from store.services import payments, refunds
from tests import orders
from tests.orders import statuses
from tests.store.services import paying_on

HOUR = timedelta(hours=1)


@pytest.fixture
def placed(simulator, db):
    """An order whose payment page was opened an hour ago."""
    simulator.clock.move(-HOUR.total_seconds())
    placed = orders.place_order(at=timezone.now() - HOUR)
    simulator.clock.reset()
    return placed


@pytest.fixture
def paid(placed, simulator):
    """An order that was paid an hour ago."""
    simulator.clock.move(-HOUR.total_seconds())
    simulator.pay(placed.session_id)
    simulator.clock.reset()
    payments.confirm_payment(session_id=placed.session_id, at=timezone.now() - HOUR)
    return placed


def owe_refund():
    """Return a refund owed for an hour."""
    return refunds.request_refund(
        payment_id=Payment.objects.get().pk,
        wish=refunds.Wish(amount=100),
        origin=Refund.Origin.STAFF,
        reason="Asked",
        at=timezone.now() - HOUR,
    )


@pytest.mark.checklist("R2", "R4")
def test_refund_sweep_sends_and_looks(paid, simulator):
    """Refunds left behind are sent, slow ones looked at, foreign ones found."""
    simulator.plan_refunds("pending")
    slow = owe_refund()
    refunds.send_refund(refund_id=slow.pk, at=timezone.now() - 2 * HOUR)
    simulator.finish_refund(Refund.objects.get().gateway_id, "succeeded")
    owe_refund()
    simulator.refund_at_dashboard(Payment.objects.get().charge_id, 7)

    tasks.sweep_refunds()

    assert statuses(Refund) == ["succeeded"] * 3


@pytest.mark.checklist("R4")
def test_refund_sweep_finds_old_refunds(paid, simulator):
    """A refund too old for the list of the latest is found by its payment."""
    simulator.clock.move(-72 * HOUR.total_seconds())
    simulator.refund_at_dashboard(Payment.objects.get().charge_id, 7)
    simulator.clock.reset()
    Payment.objects.update(checked_at=timezone.now() - 48 * HOUR)

    tasks.sweep_refunds()

    assert statuses(Refund) == ["succeeded"]


def test_unanswered_refunds_do_not_end_every_sweep(paid, simulator):
    """Five refunds that Stripe never answers step behind the one that it would."""
    for _ in range(5):
        owe_refund()
    simulator.faults.add(
        ApiFault("POST /v1/refunds", 503, times=99, should_retry=False)
    )
    tasks.sweep_refunds()
    simulator.faults.clear()
    owe_refund()

    tasks.sweep_refunds()

    assert statuses(Refund) == ["due"] * 5 + ["succeeded"]


@pytest.mark.checklist("C4", "R5")
def test_dispute_sweep_needs_no_webhook(paid, placed, simulator):
    """Disputes that nobody told us about are found, and followed to their end."""
    opened = simulator.dispute(Payment.objects.get().charge_id)
    tasks.sweep_disputes()
    before = placed.now()
    simulator.close_dispute(opened["id"], won=True)
    Dispute.objects.update(checked_at=timezone.now() - HOUR)

    tasks.sweep_disputes()

    assert (before, placed.now()) == ("disputed", "paid")


@pytest.mark.checklist("T3")
@pytest.mark.parametrize("is_nudged", [True, False])
def test_recall_needs_no_nudge(settings, simulator, db, is_nudged):
    """What was sent on for a refunded sale comes back by the task, and by the sweep."""
    settings.DONATIONS = {**settings.DONATIONS, "RAILS": paying_on.RAILS}
    simulator.connect_account(paying_on.ACCOUNT)
    at = timezone.now()
    sale = paying_on.sell(simulator, at)
    paying_on.settle(at + paying_on.WINDOW)
    sale.refund(at - HOUR)

    if is_nudged:
        tasks.make_recall(recall_id=TransferRecall.objects.get().pk)
    else:
        tasks.sweep_recalls()

    assert paying_on.recalls() == [(24_990, "made")]


@pytest.mark.checklist("I5")
def test_sweep_waits_between_its_calls(db, simulator, settings):
    """A sweep asks Stripe no more often in a second than is set."""
    settings.STORE = {**settings.STORE, "RECONCILE_CALLS_PER_SECOND": 2}
    at = timezone.now() - HOUR
    WebhookEvent.objects.bulk_create(
        WebhookEvent(
            event_id=f"evt_{number}",
            type="charge.updated",
            livemode=False,
            received_at=at,
            next_try_at=at,
        )
        for number in range(3)
    )
    began = time.monotonic()

    tasks.sweep_webhook_events()

    assert time.monotonic() - began >= 1
    assert statuses(WebhookEvent) == ["ignored"] * 3
