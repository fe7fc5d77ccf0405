"""Stored webhook events: kept once, acted on once, tried again."""

import logging
from datetime import timedelta

import pytest

from demo.stripe_simulator.faults import ApiFault
from store.gateways import base as gateways
from store.gateways.stripe import StripeGateway
from store.models import Message, Payment, Refund, WebhookEvent
from store.services import payments, refunds, webhook_events
from tests.orders import statuses
from tests.store_factories import AT

VERSION = StripeGateway.api_version


def make_event(object_id="cs_test_1", **changes):
    """Return a verified event as the gateway reads it."""
    values = {
        "id": "evt_1",
        "type": "checkout.session.completed",
        "object_id": object_id,
        "account_id": "",
        "livemode": False,
        "api_version": VERSION,
        "created_at": AT,
        "payload": "{}",
    }
    return gateways.Event(**(values | changes))


def store(at, object_id="cs_test_1", **changes):
    """Keep an event and return its row."""
    webhook_events.store_event(event=make_event(object_id, **changes), at=at)
    return WebhookEvent.objects.get(event_id=changes.get("id", "evt_1"))


def process(row, at):
    """Act on a stored event and return the row as it stands then."""
    webhook_events.process_event(webhook_event_id=row.pk, at=at)
    row.refresh_from_db()
    return row


def test_event_is_kept_as_it_came(db, at):
    """A row has id, type, object, mode, version, body and the moment."""
    row = store(at, payload='{"as": "it came"}')

    assert (row.event_id, row.object_id) == ("evt_1", "cs_test_1")
    assert (row.livemode, row.api_version) == (False, VERSION)
    assert row.payload == '{"as": "it came"}'
    assert (row.status, row.received_at, row.next_try_at) == ("new", at, at)


@pytest.mark.checklist("W7")
def test_known_event_is_kept_once(db, at, django_capture_on_commit_callbacks):
    """The same id again adds no row, but asks a worker again while it is new."""
    with django_capture_on_commit_callbacks() as asked:
        store(at)
        store(at)

    assert WebhookEvent.objects.count() == 1
    assert len(asked) == 2


def test_processed_event_asks_nobody(db, at, django_capture_on_commit_callbacks):
    """A delivery of an event that was acted on asks no worker."""
    store(at)
    WebhookEvent.objects.update(status="processed")

    with django_capture_on_commit_callbacks() as asked:
        store(at)

    assert asked == []


def test_event_is_acted_on(placed, simulator, at):
    """An event that names a paid Session makes its order paid."""
    simulator.pay(placed.session_id)

    row = process(store(at, placed.session_id), at)

    assert (row.status, row.processed_at, row.tries) == ("processed", at, 1)
    assert placed.now() == "paid"


@pytest.mark.checklist("W7")
def test_event_is_acted_on_once(placed, simulator, at):
    """An event that was acted on is not acted on again."""
    simulator.pay(placed.session_id)
    row = process(store(at, placed.session_id), at)
    calls = len(simulator.calls)

    process(row, at + timedelta(hours=1))

    assert len(simulator.calls) == calls
    assert (row.processed_at, Payment.objects.count()) == (at, 1)


@pytest.mark.checklist("W10")
def test_events_word_is_not_believed(placed, simulator, at):
    """An event that claims a payment is checked at Stripe, and changes nothing."""
    row = process(store(at, placed.session_id, payload='{"paid": true}'), at)

    assert row.status == "processed"
    assert placed.now() == "pending"


@pytest.mark.checklist("W13")
def test_unknown_type_is_ignored(simulator, db, at):
    """A type without an action is ignored, without asking Stripe."""
    row = process(store(at, type="customer.created"), at)

    assert row.status == "ignored"
    assert simulator.calls == []


@pytest.mark.checklist("W13")
def test_foreign_charge_is_ignored(simulator, db, at):
    """A charge of another shop is ignored, without asking Stripe."""
    row = process(store(at, "ch_foreign", type="charge.updated"), at)

    assert row.status == "ignored"
    assert simulator.calls == []


@pytest.mark.checklist("W13")
def test_foreign_session_is_ignored(placed, simulator, at):
    """A Session of another shop on the same account is ignored."""
    type(placed.order).objects.update(uuid="7b1c8f9e-2c2e-4b7a-9a34-0d8a6a1f2b3c")
    type(placed.attempt).objects.update(session_id=None)

    row = process(store(at, placed.session_id), at)

    assert row.status == "ignored"


@pytest.mark.checklist("W11")
def test_event_of_the_other_mode_is_ignored(placed, simulator, at, caplog):
    """A live event under a test key is ignored and logged as an error."""
    simulator.pay(placed.session_id)

    row = process(store(at, placed.session_id, livemode=True), at)

    assert (row.status, placed.now()) == ("ignored", "pending")
    assert caplog.records[-1].levelno == logging.ERROR


@pytest.mark.checklist("W12")
def test_event_of_another_version_is_processed(placed, simulator, at, caplog):
    """Another API version is logged; the Session is fetched in ours."""
    simulator.pay(placed.session_id)

    row = process(store(at, placed.session_id, api_version="2020-08-27"), at)

    assert (row.status, placed.now()) == ("processed", "paid")
    assert "2020-08-27" in caplog.text


@pytest.mark.checklist("W14")
def test_failing_event_is_left_for_the_next(placed, simulator, at):
    """A failure leaves the row new, with its reason, to be tried again."""
    simulator.pay(placed.session_id)
    simulator.faults.add(ApiFault("GET /v1", 503, should_retry=False))
    row = store(at, placed.session_id)

    with pytest.raises(gateways.UnavailableError):
        process(row, at)

    row.refresh_from_db()
    assert (row.status, row.tries) == ("new", 1)
    assert row.error.startswith("UnavailableError")
    assert row.next_try_at == at + timedelta(seconds=30)
    assert process(row, at).status == "processed"
    assert row.error == ""


@pytest.mark.checklist("W14")
def test_unforeseen_failure_is_left_for_the_next(placed, simulator, at):
    """Whatever failed, the row steps back and says only what kind it was."""
    simulator.pay(placed.session_id)
    placed.order.lines.update(donation_amount=1)
    row = store(at, placed.session_id)

    with pytest.raises(ValueError, match="pledge says"):
        process(row, at)

    row.refresh_from_db()
    assert (row.status, row.error) == ("new", "ShareMismatchError")
    assert row.next_try_at > at


@pytest.mark.checklist("W16")
def test_failing_event_changes_nothing(placed, simulator, at):
    """One act is one transaction; a failure in it leaves nothing half done."""
    simulator.pay(placed.session_id)
    placed.order.lines.update(donation_amount=1)

    with pytest.raises(ValueError, match="pledge says"):
        process(store(at, placed.session_id), at)

    assert placed.now() == "pending"
    assert not Payment.objects.exists()
    assert placed.order.lines.get().piece.status == "held"


def test_wait_doubles_up_to_an_hour(db, simulator, at):
    """Each failure doubles the wait, from half a minute up to an hour."""
    row = store(at, "cs_test_unknown")
    waits = []
    for _ in range(9):
        with pytest.raises(gateways.DeclinedError):
            process(row, at)
        row.refresh_from_db()
        waits.append((row.next_try_at - at).total_seconds())

    assert waits[:3] == [30, 60, 120]
    assert waits[-2:] == [60 * 60] * 2


def test_waiting_events_come_oldest_first(db, at):
    """New events whose try is due are found, the longest waiting first."""
    late = store(at, id="evt_late")
    early = store(at - timedelta(minutes=1), id="evt_early")
    store(at + timedelta(minutes=1), id="evt_future")
    WebhookEvent.objects.filter(pk=store(at, id="evt_done").pk).update(status="ignored")

    assert webhook_events.find_ready(at=at, limit=9) == [early.pk, late.pk]
    assert webhook_events.find_ready(at=at, limit=1) == [early.pk]


@pytest.mark.checklist("M6")
def test_fee_event_brings_the_fee(placed, simulator, at):
    """A charge's update brings the fee of its payment."""
    simulator.pay(placed.session_id)
    payments.confirm_payment(session_id=placed.session_id, at=at)
    simulator.finish_captures()
    charge_id = Payment.objects.get().charge_id

    row = process(store(at, charge_id, type="charge.updated"), at)

    assert row.status == "processed"
    assert Payment.objects.get().fee_amount > 0


def test_refund_event_brings_its_state(placed, simulator, at):
    """A refund's update brings how it stands now."""
    simulator.pay(placed.session_id, "4000000000007726")
    payments.confirm_payment(session_id=placed.session_id, at=at)
    payment = Payment.objects.get()
    refund = refunds.owe_refund(payment=payment, reason="Returned", at=at)
    refunds.send_refund(refund_id=refund.pk, at=at)
    simulator.settle_refunds()
    gateway_id = Refund.objects.get().gateway_id

    process(store(at, gateway_id, type="refund.updated"), at)

    assert statuses(Refund) == ["succeeded"]


def test_expiry_event_frees_the_piece(placed, simulator, at):
    """An expired Session's event ends its order."""
    simulator.expire(placed.session_id)

    process(store(at, placed.session_id, type="checkout.session.expired"), at)

    assert placed.now() == "expired"


@pytest.mark.checklist("S16")
def test_late_failure_event_writes_one_mail(placed, simulator, at):
    """Events of a failed slow payment, however many, lead to one mail."""
    simulator.pay(placed.session_id, "debit_fail")
    simulator.settle_bank(placed.session_id)
    kind = "checkout.session.async_payment_failed"

    for number in range(2):
        process(store(at, placed.session_id, type=kind, id=f"evt_{number}"), at)

    assert (placed.now(), Message.objects.get().kind) == ("canceled", "canceled")
