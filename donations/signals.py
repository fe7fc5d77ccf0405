"""Events for hosts: sent after commit, robustly, with ids; we never listen."""

import logging
from collections.abc import Iterable

from django.db import transaction
from django.dispatch import Signal

logger = logging.getLogger(__name__)

# Arguments: donation_id (int). The merchant owes a donation for a line that was paid.
donation_due = Signal()

# Arguments: donation_id (int). A donation is in the ledger.
donation_set_aside = Signal()

# Arguments: donation_id (int). What a donation owes changed; it may be 0 now.
donation_changed = Signal()

# Arguments: donation_id (int). A donation was paid to its beneficiaries.
donation_settled = Signal()

# Arguments: part_id (int). The money of one part of a settlement arrived.
part_paid = Signal()

# Arguments: part_id (int). The payment of one part failed; it is payable again.
part_failed = Signal()

# Arguments: part_id (int). The beneficiary says that the money of a part arrived.
part_acknowledged = Signal()

# Arguments: part_id (int). The beneficiary says that something is wrong with a part.
part_disputed = Signal()


def announce(signal: Signal, name: str, ids: Iterable[int]) -> None:
    """Send `signal` once for each id, as `name`, when the transaction is committed.

    Ids that are many may come from an iterator, which is read then.
    """
    if not signal.has_listeners():
        return

    def send() -> None:
        for one in ids:
            _send(signal, **{name: one})

    # A plain function, never a partial: Django's error path reads __qualname__.
    transaction.on_commit(send, robust=True)


def _send(signal: Signal, **arguments: int) -> None:
    for receiver, answer in signal.send_robust(sender=None, **arguments):
        if isinstance(answer, Exception):
            logger.error(
                "listener %r of a donations signal failed", receiver, exc_info=answer
            )
