"""Ask a worker to run a task, by name, once the current transaction is committed.

The row is the message: a task is only a nudge, and the sweep finds what a lost nudge
left behind. So a broker that is down is logged and never raised.
"""

import logging
from collections.abc import Sequence

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

QUEUE = "donations"
SET_ASIDE = "donations.set_aside_donation"


def set_aside(donation_ids: Sequence[int]) -> None:
    """Ask for each donation to be set aside, after commit."""
    if not donation_ids:
        return

    def send() -> None:
        _send(donation_ids)

    # A plain function, never a partial: Django's error path reads __qualname__.
    transaction.on_commit(send, robust=True)


def _send(donation_ids: Sequence[int]) -> None:
    for donation_id in donation_ids:
        try:
            current_app.send_task(
                SET_ASIDE,
                kwargs={"donation_id": donation_id},
                queue=QUEUE,
                retry=False,
                ignore_result=True,
            )
        except (OperationalError, OSError) as error:
            logger.warning("broker unreachable, the sweep will help: %s", error)
            return
