"""Thin Celery tasks: ids in, one service call, and the schedule of the sweeps.

Unknown keywords are ignored, so that an old worker survives a new caller.
"""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from donations import enqueue
from donations.conf import conf
from donations.services import (
    acknowledgement_mails,
    donations,
    releases,
    seals,
    sending,
    settlement_schedule,
)

_SWEEP_LIMIT = 50_000
_PARTS_LIMIT = 200
_MAILS_LIMIT = 200
# Less than a part's lease: whoever holds one is at work or gone.
_SEND_SECONDS = 14 * 60

_KEPT: dict[str, Any] = {
    "acks_late": True,
    "reject_on_worker_lost": True,
    "ignore_result": True,
    "autoretry_for": (OperationalError,),
    "retry_backoff": True,
}
# A nudge is for one row and worth more tries; the next sweep comes soon anyhow.
_NUDGED = _KEPT | {"retry_backoff_max": 600, "max_retries": 8}
_SWEPT = _KEPT | {"max_retries": 3}

# A host merges this into its own beat schedule.
SCHEDULE: dict[str, dict[str, Any]] = {
    "donations.sweep_due_donations": {
        "task": "donations.sweep_due_donations",
        "schedule": timedelta(minutes=1),
        "options": {"queue": "sweeps", "expires": 60},
    },
    "donations.release_due_donations": {
        "task": "donations.release_due_donations",
        "schedule": timedelta(minutes=10),
        "options": {"queue": "sweeps", "expires": 600},
    },
    "donations.draft_due_settlements": {
        "task": "donations.draft_due_settlements",
        "schedule": timedelta(hours=1),
        "options": {"queue": "sweeps", "expires": 3600},
    },
    "donations.sweep_unsent_parts": {
        "task": "donations.sweep_unsent_parts",
        "schedule": timedelta(minutes=5),
        "options": {"queue": "sweeps", "expires": 300},
    },
    "donations.seal_ledger": {
        "task": "donations.seal_ledger",
        "schedule": timedelta(minutes=10),
        "options": {"queue": "sweeps", "expires": 600},
    },
    "donations.sweep_unsent_questions": {
        "task": "donations.sweep_unsent_questions",
        "schedule": timedelta(minutes=5),
        "options": {"queue": "sweeps", "expires": 300},
    },
}


@shared_task(
    name="donations.set_aside_donation",
    **_NUDGED,
)
def set_aside_donation(*, donation_id: int, **_unknown: object) -> None:
    """Set one due donation aside."""
    donations.set_aside_donation(donation_id=donation_id, at=timezone.now())


@shared_task(
    name="donations.sweep_due_donations",
    **_SWEPT,
)
def sweep_due_donations(**_unknown: object) -> None:
    """Set aside what no worker was asked for, or what a worker lost."""
    at = timezone.now()
    older_than = at - timedelta(seconds=conf.SWEEP_AGE_SECONDS)
    donations.set_aside_due(limit=_SWEEP_LIMIT, at=at, older_than=older_than)


@shared_task(
    name="donations.release_due_donations",
    **_SWEPT | {"autoretry_for": (OperationalError, releases.ReleaseLostError)},
)
def release_due_donations(**_unknown: object) -> None:
    """Release what is shipped and whose return window is over."""
    releases.release_due(limit=_SWEEP_LIMIT, at=timezone.now())


@shared_task(
    name="donations.draft_due_settlements",
    **_SWEPT,
)
def draft_due_settlements(**_unknown: object) -> None:
    """Draft what pledges are to pay by now, for people to take on and approve."""
    settlement_schedule.draft_due_settlements(at=timezone.now())


@shared_task(
    name="donations.send_part",
    **_NUDGED,
    time_limit=_SEND_SECONDS,
)
def send_part(*, part_id: int, **_unknown: object) -> None:
    """Pay one part of a settlement by its rail."""
    sending.send_part(part_id=part_id, at=timezone.now())


@shared_task(name="donations.sweep_unsent_parts", ignore_result=True)
def sweep_unsent_parts(**_unknown: object) -> None:
    """Ask again for what no worker was asked for, and for what is to be tried again."""
    older_than = timezone.now() - timedelta(seconds=conf.SWEEP_AGE_SECONDS)
    enqueue.send_parts(sending.find_unsent(older_than=older_than, limit=_PARTS_LIMIT))


@shared_task(name="donations.seal_ledger", ignore_result=True)
def seal_ledger(**_unknown: object) -> None:
    """Put the entries of the last minutes under a seal."""
    seals.seal_ledger(at=timezone.now())


@shared_task(
    name="donations.ask_beneficiary",
    **_NUDGED,
)
def ask_beneficiary(*, acknowledgement_id: int, **_unknown: object) -> None:
    """Send one mail that asks a beneficiary to acknowledge a payment."""
    acknowledgement_mails.send_question(
        acknowledgement_id=acknowledgement_id, at=timezone.now()
    )


@shared_task(name="donations.sweep_unsent_questions", ignore_result=True)
def sweep_unsent_questions(**_unknown: object) -> None:
    """Ask again for mails that no worker was asked for, or that are tried again."""
    ready = acknowledgement_mails.find_ready(at=timezone.now(), limit=_MAILS_LIMIT)
    enqueue.ask_beneficiaries(ready)
