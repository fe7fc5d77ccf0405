"""Runs the sweeps as beat would, after a while, in the test's own process."""

from datetime import timedelta

import time_machine
from django.utils import timezone

from donations import tasks as donation_tasks
from store import tasks

SWEEPS = (
    tasks.sweep_webhook_events,
    tasks.sweep_attempts,
    tasks.sweep_refunds,
    donation_tasks.sweep_due_donations,
    tasks.sweep_messages,
)

# What one round brings about is young for its sweeps, which leave it to the nudges.
NEXT_ROUND = timedelta(minutes=5)


def sweep_after(delay):
    """Let `delay` pass, for us and for Stripe, and run every sweep; then once more."""
    start = timezone.now() + delay
    for moment in (start, start + NEXT_ROUND):
        with time_machine.travel(moment, tick=True):
            for sweep in SWEEPS:
                sweep()
