"""Records that the money of a settlement's parts arrived, each part for itself.

A part of `donations.services.settlements`, which is what callers use.
"""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from donations.domain import donation as states
from donations.domain import ledger as rules
from donations.domain.donation import SettlementStatus
from donations.models import Settlement, SettlementPart
from donations.services import (
    rails,
    settlement_donations,
    settlement_entries,
    settlement_moves,
)


class ReferenceMissingError(ValueError):
    """A payment was confirmed without a reference, which is its evidence."""


class PaidByRailError(ValueError):
    """A person confirmed a settlement of which nothing is paid by hand.

    Its rails confirm what they pay; send a part again when its rail is late.
    """


def confirm_settlement(*, settlement_id: int, reference: str, at: datetime) -> bool:
    """Record that the bank paid its parts; tell whether it was this call that did.

    `reference` is the bank's name for the payment; it is published. What rails pay is
    left to them: a person who confirmed it would pay it twice.

    Raises:
        ReferenceMissingError: the reference is blank.
        PaidByRailError: no part of it is paid by hand.
        IllegalMoveError: the settlement is not approved.
    """
    _check_reference(reference)
    with transaction.atomic():
        settlement = settlement_moves.lock_settlement(settlement_id=settlement_id)
        by_hand = settlement.parts.filter(rail=rails.BANK)
        if not by_hand.exists():
            raise PaidByRailError(f"rails pay all of settlement {settlement.pk}")
        return _confirm(settlement, by_hand, reference, at)


def confirm_part(*, part_id: int, reference: str, at: datetime) -> bool:
    """Record that one part is paid; tell whether it was this call that did.

    With the last part the settlement is paid, and its donations are settled.

    Raises:
        ReferenceMissingError: the reference is blank.
        IllegalMoveError: the settlement is not approved.
    """
    _check_reference(reference)
    chosen = SettlementPart.objects.filter(pk=part_id)
    with transaction.atomic():
        settlement = settlement_moves.lock_settlement(
            settlement_id=chosen.values_list("settlement", flat=True).get()
        )
        return _confirm(settlement, chosen, reference, at)


def _check_reference(reference: str) -> None:
    if not reference.strip():
        raise ReferenceMissingError("the bank's reference is missing")


def _confirm(
    settlement: Settlement,
    chosen: QuerySet[SettlementPart],
    reference: str,
    at: datetime,
) -> bool:
    unpaid = list(chosen.filter(paid_at__isnull=True))
    if not unpaid:
        return False
    states.check_settlement_move(
        SettlementStatus(settlement.status), SettlementStatus.PAID
    )
    settlement = _claim(settlement, unpaid, reference, at)
    SettlementPart.objects.filter(pk__in=[part.pk for part in unpaid]).update(
        reference=reference, paid_at=at, problem="", next_try_at=None
    )
    settlement_entries.post_act(
        settlement=settlement,
        kind=rules.EntryKind.CONFIRM,
        parts={part.beneficiary_id: part.amount for part in unpaid},
        at=at,
    )
    if settlement.status == SettlementStatus.PAID:
        settlement_donations.settle_donations(settlement=settlement, at=at)
    return True


def _claim(
    settlement: Settlement,
    unpaid: Sequence[SettlementPart],
    reference: str,
    at: datetime,
) -> Settlement:
    """Move the settlement on; it is paid with its last part.

    One reference for all parts is the settlement's, too.
    """
    others = settlement.parts.exclude(pk__in=[part.pk for part in unpaid])
    if others.filter(paid_at__isnull=True).exists():
        return settlement_moves.claim_settlement(
            settlement=settlement, status=SettlementStatus.APPROVED
        )
    is_one = not others.exclude(reference=reference).exists()
    return settlement_moves.claim_settlement(
        settlement=settlement,
        status=SettlementStatus.PAID,
        reference=reference if is_one else "",
        paid_at=at,
    )
