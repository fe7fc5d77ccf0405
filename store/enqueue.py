"""Ask a worker to run a task, by name, once the current transaction is committed.

The row is the message: a task is only a nudge, and a sweep finds what a lost nudge
left behind. So a broker that is down is logged and never raised.
"""

import logging

from celery import current_app
from django.db import transaction
from kombu import pools
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

# A nudge is worth milliseconds. As it comes, kombu tries a dead broker again for six
# seconds and waits minutes for a silent one, while a request or a commit waits too.
_IMPATIENT = {"max_retries": 0, "socket_connect_timeout": 2, "socket_timeout": 5}

QUEUES = {
    "store.process_webhook_event": "payments",
    "store.confirm_session": "payments",
    "store.send_refund": "payments",
    "store.make_recall": "payments",
    "store.send_message": "messages",
    "store.render_picture": "sweeps",
}
# Every queue that somebody must work on; the donations app has its own.
WORKED_ON = (*sorted(set(QUEUES.values())), "donations")
PULSE = "store.pulse"
_PULSE_SECONDS = 30


def enqueue(task: str, **ids: int | str) -> None:
    """Send `task` with `ids` after commit, or at once outside a transaction."""

    def send() -> None:
        try:
            _send(task, ids, queue=QUEUES[task])
        except (OperationalError, OSError) as error:
            logger.warning("broker unreachable, sweep will pick up %s: %s", task, error)

    # A plain function, never a partial: Django's error path reads __qualname__.
    transaction.on_commit(send, robust=True)


def ask_pulse(queue: str) -> bool:
    """Ask whoever works on a queue to show itself; False when no broker takes it.

    Nobody answers a question that has grown old.
    """
    try:
        _send(PULSE, {"name": queue}, queue=queue, expires=_PULSE_SECONDS)
    except (OperationalError, OSError):
        return False
    return True


def _send(
    task: str, ids: dict[str, int | str], *, queue: str, expires: float | None = None
) -> None:
    broker = current_app.connection_for_write(transport_options=_IMPATIENT)
    with pools.producers[broker].acquire(block=True) as producer:
        current_app.send_task(
            task,
            kwargs=ids,
            queue=queue,
            expires=expires,
            producer=producer,
            retry=False,
            ignore_result=True,
        )
