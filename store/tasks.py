"""Thin Celery tasks, the sweeps, and the schedule a host merges into its own.

A task turns ids into one service call. Unknown keywords are ignored, so that old
workers survive new callers. Losing or doubling a task changes nothing.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from celery import shared_task
from celery.schedules import crontab
from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError
from django.utils import timezone

from donations.services.targets import StaleDonationError
from store.gateways.base import GatewayError, UnavailableError
from store.services import (
    answers,
    disputes,
    messages,
    payments,
    pictures,
    pulses,
    refunds,
    retention,
    sweeps,
    transfer_recalls,
    webhook_events,
)
from store.services.reconciliation import catching_up, runs
from store.services.reconciliation.pacing import Pace

logger = logging.getLogger(__name__)

_RETRY: dict[str, Any] = {
    "acks_late": True,
    "ignore_result": True,
    "autoretry_for": (
        UnavailableError,
        OperationalError,
        StaleDonationError,
        disputes.PaymentNotYetKnownError,
    ),
    "retry_backoff": 2,
    "retry_backoff_max": 300,
    "retry_jitter": True,
    "max_retries": 5,
}
_BATCH = 200
# At most this many acts at Stripe a sweep, each in its turn (payments.md I5).
_STRIPE_BATCH = 100
# A picture takes a second or two, and a sweep shares its worker with others.
_PICTURE_BATCH = 20
# So many calls in a row that nobody answers are an outage, not bad luck.
_OUTAGE = 5
_NUDGES_HAD_THEIR_CHANCE = timedelta(minutes=2)
_ATTEMPTS_HAD_THEIR_CHANCE = timedelta(minutes=10)
_PAYMENTS_CHECKED_EVERY = timedelta(days=1)
# Every night a week anew: a night without beat leaves no day uncompared.
_COMPARED = timedelta(days=7)


@shared_task(name="store.process_webhook_event", **_RETRY)
def process_webhook_event(*, webhook_event_id: int, **_: object) -> None:
    """Act on one stored webhook event."""
    webhook_events.process_event(webhook_event_id=webhook_event_id, at=timezone.now())


@shared_task(name="store.confirm_session", **_RETRY)
def confirm_session(*, attempt_id: int, **_: object) -> None:
    """Look at Stripe for one attempt, because its customer is back."""
    sweeps.finish_attempt(attempt_id=attempt_id, at=timezone.now())


@shared_task(name="store.send_refund", **_RETRY)
def send_refund(*, refund_id: int, **_: object) -> None:
    """Ask Stripe for one due refund."""
    refunds.send_refund(refund_id=refund_id, at=timezone.now())


@shared_task(name="store.make_recall", **_RETRY)
def make_recall(*, recall_id: int, **_: object) -> None:
    """Take back what was sent on for a sale that gives less by now."""
    transfer_recalls.make_recall(recall_id=recall_id, at=timezone.now())


@shared_task(name="store.send_message", **_RETRY)
def send_message(*, message_id: int, **_: object) -> None:
    """Send one owed mail."""
    messages.send_message(message_id=message_id, at=timezone.now())


@shared_task(name="store.render_picture", **_RETRY)
def render_picture(*, owner: str, picture_id: int, **_: object) -> None:
    """Make one picture's renditions."""
    pictures.render_picture(owner=owner, picture_id=picture_id, at=timezone.now())


@shared_task(name="store.sweep_webhook_events", ignore_result=True)
def sweep_webhook_events(**_: object) -> None:
    """Act on events that wait: their nudge was lost, or their try failed."""
    now = timezone.now()
    found = webhook_events.find_ready(at=now, limit=_STRIPE_BATCH)
    pieces = [{"webhook_event_id": pk} for pk in found]
    _each_at_stripe(pieces, webhook_events.process_event, now)


@shared_task(name="store.sweep_attempts", ignore_result=True)
def sweep_attempts(**_: object) -> None:
    """Bring attempts to their end whose webhook never came."""
    now = timezone.now()
    found = sweeps.find_unfinished(
        older_than=_ATTEMPTS_HAD_THEIR_CHANCE, at=now, limit=_STRIPE_BATCH
    )
    _each_at_stripe([{"attempt_id": pk} for pk in found], sweeps.finish_attempt, now)


@shared_task(name="store.sweep_refunds", ignore_result=True)
def sweep_refunds(**_: object) -> None:
    """Send refunds left behind, and look after those Stripe has not finished.

    Then find what was made at Stripe and never told us: the latest refunds by one
    list, older ones payment by payment.
    """
    now = timezone.now()
    left = refunds.find_due(
        older_than=now - _NUDGES_HAD_THEIR_CHANCE, limit=_STRIPE_BATCH
    )
    _each_at_stripe([{"refund_id": pk} for pk in left], refunds.send_refund, now)
    slow = refunds.find_unfinished(at=now, limit=_STRIPE_BATCH)
    _each_at_stripe([{"payment_id": pk} for pk in slow], refunds.sync_payment, now)
    _each_at_stripe([{}], refunds.sync_recent, now)
    unchecked = refunds.find_unchecked(
        older_than=_PAYMENTS_CHECKED_EVERY, at=now, limit=_STRIPE_BATCH
    )
    _each_at_stripe(
        [{"payment_id": pk} for pk in unchecked], refunds.check_payment, now
    )


@shared_task(name="store.sweep_disputes", ignore_result=True)
def sweep_disputes(**_: object) -> None:
    """Look at disputes that go on, and find those whose webhook was lost."""
    now = timezone.now()
    _each_at_stripe([{}], disputes.sync_recent, now)
    stale = disputes.find_stale(at=now, limit=_STRIPE_BATCH)
    _each_at_stripe([{"gateway_id": one} for one in stale], disputes.check_dispute, now)


@shared_task(name="store.sweep_recalls", ignore_result=True)
def sweep_recalls(**_: object) -> None:
    """Take back what a lost nudge, or an empty account, has left where it was."""
    now = timezone.now()
    left = transfer_recalls.find_due(
        older_than=now - _NUDGES_HAD_THEIR_CHANCE, limit=_STRIPE_BATCH
    )
    pieces = [{"recall_id": pk} for pk in left]
    _each_at_stripe(pieces, transfer_recalls.make_recall, now)


@shared_task(name="store.sweep_messages", ignore_result=True)
def sweep_messages(**_: object) -> None:
    """Send mails left behind, and those whose next try is due."""
    now = timezone.now()
    found = messages.find_ready(at=now - _NUDGES_HAD_THEIR_CHANCE, limit=_BATCH)
    _each([{"message_id": pk} for pk in found], messages.send_message, now)


@shared_task(name="store.sweep_pictures", ignore_result=True)
def sweep_pictures(**_: object) -> None:
    """Make renditions whose nudge was lost."""
    now = timezone.now()
    found = pictures.find_unrendered(limit=_PICTURE_BATCH)
    pieces = [{"owner": owner, "picture_id": pk} for owner, pk in found]
    _each(pieces, pictures.render_picture, now)


@shared_task(name="store.catch_up", ignore_result=True)
def catch_up(**_: object) -> None:
    """Store the events that Stripe could not deliver, and read fees still unknown."""
    now = timezone.now()
    _each_at_stripe([{}], catching_up.catch_up, now)
    feeless = catching_up.find_feeless(at=now, limit=_STRIPE_BATCH)
    _each_at_stripe([{"charge_id": one} for one in feeless], payments.refresh_fee, now)


@shared_task(
    name="store.reconcile",
    **(_RETRY | {"retry_backoff": 60, "retry_backoff_max": 900, "max_retries": 20}),
)
def reconcile(**_: object) -> None:
    """Compare the last week with Stripe, both ways; what differs is a row each."""
    now = timezone.now()
    runs.reconcile(since=now - _COMPARED, until=now, at=now)


@shared_task(name="store.cut_payloads", ignore_result=True)
def cut_payloads(**_: object) -> None:
    """Forget what is kept for a while only: payloads of events, answers to callers."""
    now = timezone.now()
    retention.cut_payloads(at=now)
    answers.forget_answers(at=now)


@shared_task(name="store.pulse", ignore_result=True)
def pulse(*, name: str, **_: object) -> None:
    """Show that somebody is at work: on a queue, or for beat on its behalf."""
    pulses.note_pulse(name=name, at=timezone.now())


# A host merges this into its own beat schedule; seconds between two runs. A sweep that
# waited until the next one is asked for is dropped: they must not pile up.
SCHEDULE: dict[str, dict[str, Any]] = {
    name: {
        "task": name,
        "schedule": seconds,
        "options": {"queue": "sweeps", "expires": seconds},
    }
    for name, seconds in {
        "store.sweep_webhook_events": 60.0,
        "store.sweep_attempts": 300.0,
        "store.sweep_refunds": 300.0,
        "store.sweep_disputes": 300.0,
        "store.sweep_recalls": 300.0,
        "store.sweep_messages": 60.0,
        "store.sweep_pictures": 60.0,
        # Hourly, for what is due daily: a beat started anew each day reaches no day.
        "store.cut_payloads": 3600.0,
        "store.catch_up": 600.0,
        "store.pulse": 60.0,
    }.items()
}
SCHEDULE["store.reconcile"] = {
    "task": "store.reconcile",
    "schedule": crontab(hour="3", minute="17"),
    "options": {"queue": "sweeps"},
}
SCHEDULE["store.pulse"]["kwargs"] = {"name": pulses.BEAT}


def _each_at_stripe(
    pieces: Sequence[Mapping[str, object]], act: Callable[..., object], at: datetime
) -> None:
    """Do pieces that each ask Stripe, no more of them in a second than is set."""
    pace = Pace()

    def act_in_turn(**values: object) -> None:
        pace.wait()
        act(**values)

    _each(pieces, act_in_turn, at)


def _each(
    pieces: Sequence[Mapping[str, object]], act: Callable[..., object], at: datetime
) -> None:
    """Do the pieces of a sweep in turn; what fails is left for the next sweep.

    One bad row does not keep the others waiting. An outage of Stripe ends the sweep: a
    hundred time-outs, one after the other, would keep every other sweep waiting.
    """
    unreachable = 0
    for ids in pieces:
        try:
            act(at=at, **ids)
        except UnavailableError as error:
            logger.warning("sweep left %s behind: %s", ids, error)
            unreachable += 1
        except (GatewayError, ObjectDoesNotExist, OSError) as error:
            logger.warning("sweep left %s behind: %s", ids, type(error).__name__)
        except Exception:
            logger.exception("sweep left %s behind", ids)
        else:
            unreachable = 0
        if unreachable == _OUTAGE:
            logger.warning("sweep ends early: Stripe cannot be reached")
            return
