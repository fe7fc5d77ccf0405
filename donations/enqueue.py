"""Ask a worker to run a task, by name, once the current transaction is committed.

The row is the message: a task is only a nudge, and the sweep finds what a lost nudge
left behind. So a broker that is down is logged and never raised.
"""

import logging
from collections.abc import Sequence

from celery import current_app
from django.db import transaction
from kombu import pools
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

QUEUE = "donations"
SET_ASIDE = "donations.set_aside_donation"
# A nudge is worth milliseconds. As it comes, kombu tries a dead broker again for six
# seconds and waits minutes for a silent one, while a request or a commit waits too.
_IMPATIENT = {"max_retries": 0, "socket_connect_timeout": 2, "socket_timeout": 5}


def set_aside(donation_ids: Sequence[int]) -> None:
    """Ask for each donation to be set aside, after commit."""
    if not donation_ids:
        return

    def send() -> None:
        _send(donation_ids)

    # A plain function, never a partial: Django's error path reads __qualname__.
    transaction.on_commit(send, robust=True)


def _send(donation_ids: Sequence[int]) -> None:
    broker = current_app.connection_for_write(transport_options=_IMPATIENT)
    try:
        with pools.producers[broker].acquire(block=True) as producer:
            for donation_id in donation_ids:
                current_app.send_task(
                    SET_ASIDE,
                    kwargs={"donation_id": donation_id},
                    queue=QUEUE,
                    producer=producer,
                    retry=False,
                    ignore_result=True,
                )
    except (OperationalError, OSError) as error:
        logger.warning("broker unreachable, the sweep will help: %s", error)
