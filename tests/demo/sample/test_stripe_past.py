"""The sample's past year, as the Stripe simulator is told of it."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from rich.console import Console

from demo.management.commands import seed_demo
from demo.sample import seeding, stripe_past
from demo.sample.progress import Progress
from store.gateways.stripe import StripeGateway
from store.models import Payment, PaymentAttempt, Refund
from store.services.reconciliation import runs

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture
def past(settings, tmp_path):
    """A shop with ten sample orders, and the file that tells of them."""
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MAIL_ROOT = tmp_path / "mail"
    wanted = seeding.Wanted(items=14, orders=10, at=NOW)
    seeding.seed(wanted, Progress(Console(file=io.StringIO())))
    path = tmp_path / "var" / "past.jsonl"
    stripe_past.write(path)
    return path


def test_sample_agrees_with_the_simulator(past, simulator):
    """Once the simulator knows the past, reconciling it finds no difference."""
    simulator.clock.set_to(NOW)
    simulator.past.follow(past)
    since = Payment.objects.filter(refunded_amount__gt=0).first().paid_at

    report = runs.reconcile(since=since, until=since + timedelta(days=40), at=NOW)

    assert (report.found, report.repaired) == ([], [])
    assert {kind for _, _, kind in report.totals} == {"payments", "fees", "refunds"}


def test_file_tells_every_session(past):
    """Each attempt of the sample is one line, with its payment and refunds."""
    told = [json.loads(line) for line in past.read_text().splitlines()]

    attempts = PaymentAttempt.objects.values_list("session_id", flat=True)
    assert {one["session"] for one in told} == set(attempts)
    paid = {one["intent"] for one in told if "intent" in one}
    assert paid == set(Payment.objects.values_list("intent_id", flat=True))
    refunds = [refund["id"] for one in told for refund in one.get("refunds", ())]
    assert refunds == list(Refund.objects.values_list("gateway_id", flat=True))


def test_sample_order_can_be_refunded(past, simulator):
    """A past payment is there to be asked about, as any other."""
    simulator.past.follow(past)
    payment = Payment.objects.filter(refunded_amount=0).first()

    charge = StripeGateway().fetch_charge(payment.charge_id)

    assert (charge.intent_id, charge.amount) == (payment.intent_id, payment.amount)
    assert charge.order == str(payment.order.uuid)


def test_seeding_writes_the_file(settings, tmp_path, monkeypatch):
    """The command leaves the file in the data directory, complete."""
    monkeypatch.setenv("GOODCARAT_VAR", str(tmp_path))
    monkeypatch.setenv("GOODCARAT_MODE", "embedded")
    settings.MEDIA_ROOT = tmp_path / "media"

    call_command(seed_demo.Command(), items=0, orders=0)

    assert [path.name for path in tmp_path.glob("stripe-past*")] == [
        "stripe-past.jsonl"
    ]
