"""Ask a worker to run a task, by name, once the current transaction is committed.

The row is the message: a task is only a nudge, and the sweep finds what a lost nudge
left behind. So a broker that is down is logged and never raised.
"""

import logging
from collections.abc import Mapping, Sequence

from celery import current_app
from django.db import transaction
from kombu import pools
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

QUEUE = "donations"
SET_ASIDE = "donations.set_aside_donation"
SEND_PART = "donations.send_part"
ASK_BENEFICIARY = "donations.ask_beneficiary"
# Mail has a queue of its own: a slow server keeps no donation waiting.
MAIL_QUEUE = "messages"
# A nudge is worth milliseconds. As it comes, kombu tries a dead broker again for six
# seconds and waits minutes for a silent one, while a request or a commit waits too.
_IMPATIENT = {"max_retries": 0, "socket_connect_timeout": 2, "socket_timeout": 5}


def set_aside(donation_ids: Sequence[int]) -> None:
    """Ask for each donation to be set aside, after commit."""
    _enqueue(SET_ASIDE, [{"donation_id": pk} for pk in donation_ids])


def send_parts(part_ids: Sequence[int]) -> None:
    """Ask for each part of a settlement to be sent by its rail, after commit."""
    _enqueue(SEND_PART, [{"part_id": pk} for pk in part_ids])


def ask_beneficiaries(acknowledgement_ids: Sequence[int]) -> None:
    """Ask for each mail about a payment to be sent, after commit."""
    pieces = [{"acknowledgement_id": pk} for pk in acknowledgement_ids]
    _enqueue(ASK_BENEFICIARY, pieces, queue=MAIL_QUEUE)


def _enqueue(
    task: str, pieces: Sequence[Mapping[str, int]], *, queue: str = QUEUE
) -> None:
    if not pieces:
        return

    def send() -> None:
        _send(task, pieces, queue)

    # A plain function, never a partial: Django's error path reads __qualname__.
    transaction.on_commit(send, robust=True)


def _send(task: str, pieces: Sequence[Mapping[str, int]], queue: str) -> None:
    broker = current_app.connection_for_write(transport_options=_IMPATIENT)
    try:
        with pools.producers[broker].acquire(block=True) as producer:
            for ids in pieces:
                current_app.send_task(
                    task,
                    kwargs=dict(ids),
                    queue=queue,
                    producer=producer,
                    retry=False,
                    ignore_result=True,
                )
    except (OperationalError, OSError) as error:
        logger.warning("broker unreachable, the sweep will help: %s", error)
