"""Moves an approved settlement on as its parts are paid, fail or are acknowledged.

Note: failed parts. A part that failed is paid anew by a part of a later settlement,
which replaces it. Its donations stay with the settlement that first instructed them:
another part of it may have been paid. They are settled when nothing of it is owing any
more, that is, when each part is paid or the part that replaces it is.
A part of `donations.services.settlements`, which is what callers use.
"""

from collections.abc import Collection
from datetime import datetime

from django.db.models import Exists, OuterRef, Q

from donations.domain import donation as states
from donations.domain.donation import SettlementStatus
from donations.models import Settlement, SettlementPart
from donations.services import settlement_donations, settlement_moves

_ARRIVED = frozenset({SettlementStatus.PAID, SettlementStatus.ACKNOWLEDGED})


def follow_parts(*, settlement: Settlement, at: datetime) -> Settlement:
    """Bring the settlement to where its parts stand, and return it.

    One reference for all parts that were paid is the settlement's, too.

    Raises:
        IllegalMoveError: its status does not lead there.
        SettlementChangedError: another process moved it in between.
    """
    parts = list(settlement.parts.all())
    status = states.status_of_parts({part.status for part in parts})
    if status != settlement.status:
        states.check_settlement_move(SettlementStatus(settlement.status), status)
    values: dict[str, object] = {}
    if status in _ARRIVED and settlement.paid_at is None:
        references = {part.reference for part in parts if part.paid_at}
        is_one = len(references) == 1
        values = {"paid_at": at, "reference": references.pop() if is_one else ""}
    return settlement_moves.claim_settlement(
        settlement=settlement, status=status, **values
    )


def settle_donations(
    *, settlement: Settlement, part_ids: Collection[int], at: datetime
) -> None:
    """Mark donations paid that are owed nothing more once these parts are paid.

    Those are of the settlement itself, and of earlier ones whose parts these replace.
    """
    replacing = Settlement.objects.filter(parts__replaced_by__in=part_ids)
    concerned = Settlement.objects.filter(Q(pk=settlement.pk) | Q(pk__in=replacing))
    # Locked, lest two parts that are paid at once each take the other for owing.
    locked = list(concerned.order_by("pk").select_for_update())
    owing = SettlementPart.objects.owing().filter(settlement=OuterRef("pk"))
    for complete in concerned.filter(pk__in=[one.pk for one in locked]).exclude(
        Exists(owing)
    ):
        settlement_donations.settle_donations(settlement=complete, at=at)
