"""The tasks that catch up with Stripe and compare with it."""

from datetime import timedelta

import pytest
from celery.exceptions import Retry
from celery.schedules import crontab
from django.utils import timezone

from demo.stripe_simulator.deliveries import Endpoint
from demo.stripe_simulator.faults import ApiFault
from store import tasks
from store.models import Difference, Payment, WebhookEvent
from store.services import payments
from tests import orders

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def missed(simulator, db):
    """An order that was paid an hour ago, while our endpoint did not answer."""
    simulator.deliveries.endpoints = [Endpoint("http://127.0.0.1:9/", ("whsec_x",))]
    simulator.clock.move(-HOUR.total_seconds())
    placed = orders.place_order(at=timezone.now() - HOUR)
    simulator.pay(placed.session_id)
    simulator.clock.reset()
    return placed


@pytest.mark.checklist("C2")
def test_catching_up_stores_events(missed):
    """C2: what Stripe could not deliver waits for the next sweep of events."""
    tasks.catch_up()
    assert WebhookEvent.objects.new().exists()

    tasks.sweep_webhook_events()

    assert missed.now() == "paid"


@pytest.mark.checklist("C2", "C4")
def test_catching_up_reads_fees(missed, simulator):
    """C4: a fee that no webhook told is read; without Stripe, the next time."""
    payments.confirm_payment(session_id=missed.session_id, at=timezone.now() - HOUR)
    simulator.finish_captures()
    fault = ApiFault("GET /v1/checkout/sessions/", 503, should_retry=False)
    simulator.faults.add(fault)

    tasks.catch_up()
    assert Payment.objects.get().fee_amount is None
    tasks.catch_up()

    assert Payment.objects.get().fee_amount > 0


@pytest.mark.checklist("C3")
def test_night_compares_and_repairs(missed):
    """C3: every night a paid order that nobody heard of is confirmed, and told."""
    tasks.reconcile()

    assert missed.now() == "paid"
    assert Difference.objects.get().kind == "unknown_payment"


@pytest.mark.checklist("C3", "I5")
def test_unreachable_stripe_is_asked_again(missed, simulator):
    """I5: a night without Stripe is retried, ever more seldom, with jitter."""
    simulator.faults.add(ApiFault("GET /v1", 429, should_retry=False))

    with pytest.raises(Retry):
        tasks.reconcile.apply(throw=True).get()

    assert tasks.reconcile.retry_jitter
    assert tasks.reconcile.retry_backoff_max == 900


@pytest.mark.checklist("C3")
def test_comparison_is_nightly():
    """C3: the comparison is in the schedule, once a night, among the sweeps."""
    entry = tasks.SCHEDULE["store.reconcile"]

    assert entry["schedule"] == crontab(hour="3", minute="17")
    assert entry["options"] == {"queue": "sweeps"}
