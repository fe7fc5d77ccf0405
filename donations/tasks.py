"""Thin Celery tasks: ids in, one service call, and the schedule of the sweep.

Unknown keywords are ignored, so that an old worker survives a new caller.
"""

from datetime import timedelta
from typing import Any

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from donations.conf import conf
from donations.services import donations

_SWEEP_LIMIT = 50_000

# A host merges this into its own beat schedule.
SCHEDULE: dict[str, dict[str, Any]] = {
    "donations.sweep_due_donations": {
        "task": "donations.sweep_due_donations",
        "schedule": timedelta(minutes=1),
        "options": {"queue": "sweeps", "expires": 60},
    },
}


@shared_task(
    name="donations.set_aside_donation",
    acks_late=True,
    reject_on_worker_lost=True,
    ignore_result=True,
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    retry_backoff_max=600,
    max_retries=8,
)
def set_aside_donation(*, donation_id: int, **_unknown: object) -> None:
    """Set one due donation aside."""
    donations.set_aside_donation(donation_id=donation_id, at=timezone.now())


@shared_task(
    name="donations.sweep_due_donations",
    acks_late=True,
    reject_on_worker_lost=True,
    ignore_result=True,
    autoretry_for=(OperationalError,),
    retry_backoff=True,
    max_retries=3,
)
def sweep_due_donations(**_unknown: object) -> None:
    """Set aside what no worker was asked for, or what a worker lost."""
    at = timezone.now()
    older_than = at - timedelta(seconds=conf.SWEEP_AGE_SECONDS)
    donations.set_aside_due(limit=_SWEEP_LIMIT, at=at, older_than=older_than)
