"""Tasks: ids in, one service call, back-off; sweeps that go on."""

import json
from datetime import timedelta

import pytest
from celery.exceptions import Retry
from django.core import mail
from django.utils import timezone

from demo.stripe_simulator.faults import ApiFault
from store import tasks
from store.gateways import base as gateways
from store.models import (
    ItemImage,
    Message,
    Payment,
    PaymentAttempt,
    Refund,
    WebhookEvent,
)
from store.services import checkout, messages, payments, refunds
from tests import orders
from tests.orders import statuses
from tests.store_factories import make_item_image, make_piece

HOUR = timedelta(hours=1)
RETRIED = [
    tasks.process_webhook_event,
    tasks.confirm_session,
    tasks.send_refund,
    tasks.make_recall,
    tasks.send_message,
    tasks.render_picture,
]


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


def make_event(object_id, event_id="evt_1", **changes):
    """Return a stored event that waits for a worker."""
    at = timezone.now() - HOUR
    values = {
        "type": "checkout.session.expired",
        "livemode": False,
        "received_at": at,
        "next_try_at": at,
    }
    return WebhookEvent.objects.create(
        event_id=event_id, object_id=object_id, payload="{}", **(values | changes)
    )


def owe_refund():
    """Return a refund owed for an hour."""
    return refunds.request_refund(
        payment_id=Payment.objects.get().pk,
        wish=refunds.Wish(amount=100),
        origin=Refund.Origin.STAFF,
        reason="Asked",
        at=timezone.now() - HOUR,
    )


@pytest.mark.parametrize("task", RETRIED, ids=lambda task: task.name)
def test_passing_trouble_is_retried(task):
    """A task is tried again, later and later with jitter, and then left to a sweep."""
    assert gateways.UnavailableError in task.autoretry_for
    assert (task.retry_backoff, task.retry_jitter) == (2, True)
    assert (task.max_retries, task.acks_late) == (5, True)
    assert task.ignore_result


@pytest.mark.checklist("I5")
def test_busy_stripe_is_asked_again(placed, simulator):
    """What Stripe answers with 429 is retried by Celery."""
    simulator.faults.add(ApiFault("GET /v1", 429, code="rate_limit"))

    with pytest.raises(Retry) as caught:
        tasks.confirm_session.apply(
            kwargs={"attempt_id": placed.attempt.pk}, throw=True
        ).get()

    assert isinstance(caught.value.exc, gateways.UnavailableError)


@pytest.mark.checklist("K6")
def test_error_leaves_a_task_without_stripes_words(placed):
    """What a result backend would store of a failure is ours, and short."""
    PaymentAttempt.objects.update(session_id="cs_test_unknown")

    result = tasks.confirm_session.apply(kwargs={"attempt_id": placed.attempt.pk})

    assert isinstance(result.result, gateways.DeclinedError)
    stored = json.dumps(result.result.args)
    assert "resource_missing" in stored
    assert len(stored) < 100


def test_event_task_acts_on_one_event(placed, simulator):
    """The task acts on the event whose id it is given, and takes unknown keywords."""
    simulator.tick()
    event = make_event(placed.session_id)

    tasks.process_webhook_event(webhook_event_id=event.pk, since_a_newer_caller=1)

    event.refresh_from_db()
    assert (event.status, placed.now()) == ("processed", "expired")


def test_confirm_task_looks_at_one_attempt(placed, simulator):
    """The task brings one attempt to its end."""
    simulator.tick()

    tasks.confirm_session(attempt_id=placed.attempt.pk)

    assert placed.now() == "expired"


def test_refund_task_sends_one_refund(paid):
    """The task sends one due refund."""
    refund = owe_refund()

    tasks.send_refund(refund_id=refund.pk)

    assert statuses(Refund) == ["succeeded"]


def test_message_task_sends_one_mail(paid):
    """The task sends one owed mail."""
    tasks.send_message(message_id=Message.objects.get().pk)

    assert len(mail.outbox) == 1


def test_picture_task_renders_one_picture(db, settings, tmp_path):
    """The task makes one picture's renditions."""
    settings.MEDIA_ROOT = tmp_path
    picture = make_item_image(item=make_piece().item)

    tasks.render_picture(owner="item", picture_id=picture.pk)

    assert ItemImage.objects.get().rendered_at is not None


def test_event_sweep_takes_what_waits(placed, simulator):
    """Events left behind by a lost nudge are acted on."""
    simulator.tick()
    make_event(placed.session_id)

    tasks.sweep_webhook_events()

    assert (placed.now(), statuses(WebhookEvent)) == ("expired", ["processed"])


@pytest.mark.checklist("C1")
def test_attempt_sweep_needs_no_webhook(placed, simulator):
    """Attempts that nobody told us about are brought to their end."""
    simulator.tick()

    tasks.sweep_attempts()

    assert placed.now() == "expired"


def test_message_sweep_sends_what_waits(paid):
    """Mails left behind by a lost nudge are sent."""
    tasks.sweep_messages()

    assert len(mail.outbox) == 1
    assert statuses(Message) == ["sent"]


def test_fresh_mail_is_left_to_its_nudge(paid):
    """A mail owed just now is not taken by the sweep."""
    Message.objects.update(next_try_at=timezone.now())

    tasks.sweep_messages()

    assert mail.outbox == []


def test_picture_sweep_renders_what_waits(db, settings, tmp_path):
    """Pictures left behind by a lost nudge are rendered."""
    settings.MEDIA_ROOT = tmp_path
    make_item_image(item=make_piece().item)

    tasks.sweep_pictures()

    assert ItemImage.objects.get().rendered_at is not None


def test_one_bad_event_does_not_stop_the_sweep(placed, simulator, caplog):
    """An event that Stripe cannot explain leaves the others their turn."""
    simulator.tick()
    make_event("cs_test_unknown", "evt_bad")
    make_event(placed.session_id, "evt_good")

    tasks.sweep_webhook_events()

    assert placed.now() == "expired"
    assert caplog.text.count("sweep left") == 1


def test_unforeseen_failure_does_not_stop_the_sweep(paid, settings, caplog):
    """A mail that cannot be rendered is told with its traceback, the next is sent."""
    messages.owe_message(order=paid.order, kind="sorry", at=timezone.now() - HOUR / 2)
    Message.objects.filter(kind="confirmation").update(kind="unknown")

    tasks.sweep_messages()

    assert len(mail.outbox) == 1
    assert "Traceback" in caplog.text


def test_broken_picture_does_not_stop_the_sweep(db, settings, tmp_path, caplog):
    """A picture whose file is lost is told, the next one is rendered."""
    settings.MEDIA_ROOT = tmp_path
    item = make_piece().item
    broken, sound = make_item_image(item=item), make_item_image(item=item)
    broken.file.storage.delete(broken.file.name)

    tasks.sweep_pictures()

    sound.refresh_from_db()
    assert sound.rendered_at is not None
    assert "FileNotFoundError" in caplog.text


@pytest.mark.checklist("I5")
def test_sweep_is_paced(placed, simulator, monkeypatch):
    """A sweep asks Stripe at most so often; the rest has its turn next."""
    item = placed.order.lines.get().piece.item
    simulator.clock.move(-HOUR.total_seconds() / 2)
    second = orders.place_order(make_piece(item=item), at=timezone.now() - HOUR / 2)
    simulator.clock.reset()
    monkeypatch.setattr(tasks, "_STRIPE_BATCH", 1)
    calls = len(simulator.calls)

    tasks.sweep_attempts()

    assert len(simulator.calls) == calls + 1
    assert (placed.now(), second.now()) == ("expired", "pending")


def test_unopened_attempt_is_swept_too(db, simulator):
    """An attempt that a crash left without a page frees its piece."""
    cart_token = orders.make_cart(make_piece(), at=timezone.now())
    checkout.place_order(
        cart_token=cart_token, email=orders.EMAIL, at=timezone.now() - HOUR
    )

    tasks.sweep_attempts()

    assert statuses(PaymentAttempt) == ["failed"]


def test_schedule_runs_every_sweep():
    """Each sweep is in the schedule, on its own queue, at least every five minutes."""
    sweeps = {name: e for name, e in tasks.SCHEDULE.items() if ".sweep_" in name}

    known = {f"store.{name}" for name in vars(tasks) if name.startswith("sweep_")}
    assert set(sweeps) == known
    assert all(
        entry["options"] == {"queue": "sweeps", "expires": entry["schedule"]}
        and entry["schedule"] <= 300
        for entry in sweeps.values()
    )
