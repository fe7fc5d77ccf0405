"""Discards a draft: nothing of it was paid, and its donations are free again.

A part of `donations.services.settlements`, which is what callers use.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from donations.domain import donation as states
from donations.domain.donation import SettlementStatus
from donations.models import Donation, SettlementPart
from donations.services import settlement_moves


def discard_settlement(
    *, settlement_id: int, discarded_by_id: int, at: datetime
) -> None:
    """Discard a draft; the next one takes its donations, and what it would replace.

    Raises:
        IllegalMoveError: it is not a draft.
        SettlementChangedError: another process moved it in between.
    """
    with transaction.atomic():
        settlement = settlement_moves.lock_settlement(settlement_id=settlement_id)
        states.check_settlement_move(
            SettlementStatus(settlement.status), SettlementStatus.DISCARDED
        )
        settlement_moves.claim_settlement(
            settlement=settlement,
            status=SettlementStatus.DISCARDED,
            discarded_by=discarded_by_id,
            discarded_at=at,
        )
        Donation.objects.filter(settlement=settlement).update(
            settlement=None, revision=F("revision") + 1
        )
        replaced = SettlementPart.objects.filter(replaced_by__settlement=settlement)
        replaced.update(replaced_by=None)
