"""Thin Celery tasks, the sweeps, and the schedule a host merges into its own.

A task turns ids into one service call. Unknown keywords are ignored, so that old
workers survive new callers. Losing or doubling a task changes nothing.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from celery import shared_task
from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError
from django.utils import timezone

from store.gateways.base import GatewayError, UnavailableError
from store.services import messages, pictures, refunds, sweeps, webhook_events

logger = logging.getLogger(__name__)

_RETRY: dict[str, Any] = {
    "acks_late": True,
    "ignore_result": True,
    "autoretry_for": (UnavailableError, OperationalError),
    "retry_backoff": 2,
    "retry_backoff_max": 300,
    "retry_jitter": True,
    "max_retries": 5,
}
_BATCH = 200
# At most this many calls to Stripe a sweep: a minute apart they stay below 5 a second.
_STRIPE_BATCH = 100
# A picture takes a second or two, and a sweep shares its worker with others.
_PICTURE_BATCH = 20
_NUDGES_HAD_THEIR_CHANCE = timedelta(minutes=2)
_ATTEMPTS_HAD_THEIR_CHANCE = timedelta(minutes=10)


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
    for pk in webhook_events.find_ready(at=now, limit=_STRIPE_BATCH):
        _each(webhook_events.process_event, webhook_event_id=pk, at=now)


@shared_task(name="store.sweep_attempts", ignore_result=True)
def sweep_attempts(**_: object) -> None:
    """Bring attempts to their end whose webhook never came."""
    now = timezone.now()
    for pk in sweeps.find_unfinished(
        older_than=_ATTEMPTS_HAD_THEIR_CHANCE, at=now, limit=_STRIPE_BATCH
    ):
        _each(sweeps.finish_attempt, attempt_id=pk, at=now)


@shared_task(name="store.sweep_refunds", ignore_result=True)
def sweep_refunds(**_: object) -> None:
    """Send refunds left behind, and look after those Stripe has not finished."""
    now = timezone.now()
    left = refunds.find_due(
        older_than=now - _NUDGES_HAD_THEIR_CHANCE, limit=_STRIPE_BATCH
    )
    for pk in left:
        _each(refunds.send_refund, refund_id=pk, at=now)
    for gateway_id in refunds.find_unfinished(
        older_than=timedelta(hours=1), at=now, limit=_STRIPE_BATCH
    ):
        _each(refunds.check_refund, gateway_id=gateway_id, at=now)


@shared_task(name="store.sweep_messages", ignore_result=True)
def sweep_messages(**_: object) -> None:
    """Send mails left behind, and those whose next try is due."""
    now = timezone.now()
    for pk in messages.find_ready(at=now - _NUDGES_HAD_THEIR_CHANCE, limit=_BATCH):
        _each(messages.send_message, message_id=pk, at=now)


@shared_task(name="store.sweep_pictures", ignore_result=True)
def sweep_pictures(**_: object) -> None:
    """Make renditions whose nudge was lost."""
    now = timezone.now()
    for owner, pk in pictures.find_unrendered(limit=_PICTURE_BATCH):
        _each(pictures.render_picture, owner=owner, picture_id=pk, at=now)


# A host merges this into its own beat schedule; seconds between two runs.
SCHEDULE: dict[str, dict[str, Any]] = {
    name: {"task": name, "schedule": seconds, "options": {"queue": "sweeps"}}
    for name, seconds in {
        "store.sweep_webhook_events": 60.0,
        "store.sweep_attempts": 300.0,
        "store.sweep_refunds": 300.0,
        "store.sweep_messages": 60.0,
        "store.sweep_pictures": 60.0,
    }.items()
}


def _each(act: Callable[..., object], **arguments: object) -> None:
    """Do one piece of a sweep; what fails is logged and left for the next sweep.

    Whatever failed: one bad row must not keep the others waiting.
    """
    try:
        act(**arguments)
    except (GatewayError, ObjectDoesNotExist, OSError) as error:
        logger.warning("sweep left %s behind: %s", arguments, type(error).__name__)
    except Exception:
        logger.exception("sweep left %s behind", arguments)
