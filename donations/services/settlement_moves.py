"""Moves a settlement from one status to the next, one process at a time.

A part of `donations.services.settlements`, which is what callers use.
"""

from django.db.models import F

from donations.domain.donation import SettlementStatus
from donations.models import Settlement
from donations.services import caps


class SettlementChangedError(ValueError):
    """The settlement is no longer what was drafted and seen.

    Usually a refund or a dispute came in between: draft it again, then look at it
    again.
    """


def lock_settlement(*, settlement_id: int) -> Settlement:
    """Return the settlement, locked where the database can; in a transaction."""
    return Settlement.objects.select_for_update().get(pk=settlement_id)


def claim_settlement(
    *, settlement: Settlement, status: SettlementStatus, **values: object
) -> Settlement:
    """Move the settlement on from the revision that was read, or refuse.

    Its pledge is locked, too, if that has a cap: what follows changes donations (see
    "the order of locks" in `donations.services.caps`).

    Raises:
        SettlementChangedError: another process moved it in between.
    """
    claimed = Settlement.objects.filter(
        pk=settlement.pk, revision=settlement.revision
    ).update(status=status, revision=F("revision") + 1, **values)
    if not claimed:
        raise SettlementChangedError(f"settlement {settlement.pk} has changed")
    caps.lock_pledges(pledge_ids=[settlement.pledge_id])
    return Settlement.objects.get(pk=settlement.pk)
