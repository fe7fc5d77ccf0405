"""Runs the sweeps as beat would after a while, here or in a real worker."""

from datetime import timedelta

import time_machine
from django.db.models import F
from django.utils import timezone

from donations import tasks as donation_tasks
from donations.models import Donation
from store import tasks
from store.models import Message, PaymentAttempt, Refund, WebhookEvent
from tests import celery

SWEEPS = (
    tasks.sweep_webhook_events,
    tasks.sweep_attempts,
    tasks.sweep_refunds,
    tasks.sweep_disputes,
    tasks.sweep_recalls,
    tasks.catch_up,
    donation_tasks.sweep_due_donations,
    donation_tasks.sweep_unsent_parts,
    tasks.sweep_messages,
)

# What one round brings about is young for its sweeps, which leave it to the nudges.
NEXT_ROUND = timedelta(minutes=5)
# A worker that lost its broker tries again ever more seldom.
RECONNECT_SECONDS = 60
# The moments by which sweeps tell what was left behind.
_MOMENTS = {
    Donation: ["due_at"],
    Message: ["created_at", "next_try_at"],
    PaymentAttempt: ["created_at", "checked_at"],
    Refund: ["created_at", "next_try_at"],
    WebhookEvent: ["received_at", "next_try_at"],
}


def sweep_after(delay):
    """Let `delay` pass, for us and for Stripe, and run every sweep; then once more."""
    start = timezone.now() + delay
    for moment in (start, start + NEXT_ROUND):
        with time_machine.travel(moment, tick=True):
            for sweep in SWEEPS:
                sweep()


def sweep_in_worker(worker, delay):
    """Do the same in a real worker; its clock stands, so the rows are made older."""
    for _ in range(2):
        for model, names in _MOMENTS.items():
            model.objects.update(**{name: F(name) - delay for name in names})
        with celery.app.connection_for_write() as connection:
            for sweep in SWEEPS:
                celery.app.send_task(sweep.name, queue="sweeps", connection=connection)
        worker.wait_until_idle(RECONNECT_SECONDS)
