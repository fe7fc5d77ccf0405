"""Events for hosts, sent after commit with ids. Our own code never listens."""

import logging

from django.db import transaction
from django.dispatch import Signal

logger = logging.getLogger(__name__)

# Arguments: order_id (int). An order was paid and its pieces are sold.
order_paid = Signal()

# Arguments: order_id (int). An order has left for its customer.
order_shipped = Signal()

# Arguments: order_id (int). A customer's money is back in full.
order_refunded = Signal()

# Arguments: order_id (int), reason (str). Money and order disagree; a person must look.
order_needs_review = Signal()

# Arguments: order_id (int). A customer's bank disputes a payment, or inquires; evidence
# is due by the moment on the dispute's row.
order_disputed = Signal()

# Arguments: certificate_id (int). A certificate's text was frozen and is now public.
certificate_issued = Signal()


def announce(signal: Signal, **ids: int | str) -> None:
    """Send `signal` to the host's listeners once the transaction is committed."""

    def send() -> None:
        for receiver, answer in signal.send_robust(sender=None, **ids):
            if isinstance(answer, Exception):
                logger.error(
                    "listener %r of a store signal failed",
                    receiver,
                    exc_info=answer,
                )

    transaction.on_commit(send, robust=True)
