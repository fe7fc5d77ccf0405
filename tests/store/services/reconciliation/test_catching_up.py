"""What an outage kept from us."""

from datetime import timedelta

import pytest

from demo.stripe_simulator.deliveries import Endpoint
from demo.stripe_simulator.faults import ApiFault
from store.gateways import base as gateways
from store.models import Payment, WebhookEvent
from store.services import payments, webhook_events
from store.services.reconciliation import catching_up
from tests.store.services.reconciliation.conftest import DAY, HOUR

pytestmark = [pytest.mark.django_db, pytest.mark.checklist("C2")]


@pytest.fixture
def unreachable(simulator):
    """An endpoint of ours that nobody answers at."""
    simulator.deliveries.endpoints = [Endpoint("http://127.0.0.1:9/", ("whsec_x",))]
    return simulator


@pytest.fixture
def missed(unreachable, pay):
    """An order that was paid while our endpoint did not answer."""
    placed = pay()
    unreachable.deliver()
    return placed


def process(at):
    """Act on what is stored, as a worker does."""
    for row in webhook_events.find_ready(at=at, limit=100):
        webhook_events.process_event(webhook_event_id=row, at=at)


def test_undelivered_events_are_stored(missed, at):
    """C2: what Stripe could not deliver is listed, stored, and acted on as ever."""
    lacked = catching_up.catch_up(at=at + HOUR)

    stored = WebhookEvent.objects.values_list("type", flat=True)
    assert lacked == len(stored)
    assert set(stored) == {"checkout.session.completed", "charge.updated"}
    process(at + HOUR)
    assert missed.now() == "paid"
    assert Payment.objects.get().fee_amount


def test_known_events_are_left_alone(missed, at):
    """C2: an event that we have is not stored twice, nor asked for again."""
    catching_up.catch_up(at=at + HOUR)
    process(at + HOUR)

    assert catching_up.catch_up(at=at + 2 * HOUR) == 0
    assert not WebhookEvent.objects.new().exists()


def test_delivered_events_are_not_listed(pay, simulator, at):
    """C2: without an outage there is nothing to catch up with."""
    pay()

    assert catching_up.catch_up(at=at + HOUR) == 0


def test_one_event_hides_none_before_it(missed, at):
    """C2: an event that arrived right after the outage does not end the search."""
    WebhookEvent.objects.create(
        event_id="evt_after",
        type="charge.updated",
        livemode=False,
        happened_at=at + HOUR,
        received_at=at + HOUR,
        next_try_at=at + HOUR,
    )

    assert catching_up.catch_up(at=at + 2 * HOUR) > 0


@pytest.mark.parametrize(
    ("seen_before", "after", "is_found"),
    [
        (timedelta(hours=1), 10 * DAY, True),
        (-timedelta(hours=1), 10 * DAY, False),
        (None, 29 * DAY, True),
        (timedelta(days=20), 31 * DAY, False),
    ],
)
def test_search_goes_back_to_the_last_seen(missed, at, seen_before, after, is_found):
    """C2: it goes back to the last event seen, three days at least, thirty at most."""
    if seen_before is not None:
        WebhookEvent.objects.create(
            event_id="evt_last",
            type="charge.updated",
            livemode=False,
            happened_at=at - seen_before,
            received_at=at,
            next_try_at=at,
        )

    assert bool(catching_up.catch_up(at=at + after)) == is_found


def test_caller_may_go_further_back(missed, at):
    """C2: after a long outage an operator says from when on to look."""
    WebhookEvent.objects.create(
        event_id="evt_last",
        type="charge.updated",
        livemode=False,
        happened_at=at + 9 * DAY,
        received_at=at,
        next_try_at=at,
    )
    later = at + 10 * DAY
    assert catching_up.catch_up(at=later) == 0

    assert catching_up.catch_up(at=later, since=at - HOUR) > 0


def test_unreachable_stripe_is_told(missed, simulator, at):
    """While Stripe cannot be asked the caller is told, and tries again."""
    simulator.faults.add(ApiFault("GET /v1/events", 503, should_retry=False))

    with pytest.raises(gateways.UnavailableError):
        catching_up.catch_up(at=at + HOUR)


@pytest.mark.checklist("C4")
def test_unknown_fee_is_asked_for(pay, simulator, at):
    """C4: a fee whose webhook was lost is read; those just paid wait for theirs."""
    placed = pay()
    payments.confirm_payment(session_id=placed.session_id, at=at)
    Payment.objects.update(fee_amount=None)
    charge_id = Payment.objects.get().charge_id

    assert catching_up.find_feeless(at=at + timedelta(minutes=9), limit=9) == []
    (found,) = catching_up.find_feeless(at=at + timedelta(minutes=10), limit=9)
    assert found == charge_id
    payments.refresh_fee(charge_id=found, at=at)
    assert catching_up.find_feeless(at=at + HOUR, limit=9) == []


def test_fee_is_given_up_after_a_month(payment, at):
    """A fee that Stripe never told is not asked for for ever."""
    Payment.objects.update(fee_amount=None)

    assert catching_up.find_feeless(at=at + 31 * DAY, limit=9) == []
    assert len(catching_up.find_feeless(at=at + 29 * DAY, limit=9)) == 1
