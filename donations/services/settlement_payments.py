"""Records that the money of a settlement's parts arrived, each part for itself.

A part of `donations.services.settlements`, which is what callers use.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from donations import signals
from donations.domain import donation as states
from donations.domain import ledger as rules
from donations.domain.donation import SettlementStatus
from donations.models import Settlement, SettlementPart
from donations.services import (
    acknowledgements,
    rails,
    settlement_entries,
    settlement_moves,
    settlement_progress,
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

    With the last part the settlement is paid, and its donations are settled. Its
    beneficiary is asked to acknowledge it.

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
    unpaid = list(SettlementPart.objects.open().filter(pk__in=chosen))
    if not unpaid:
        return False
    states.check_settlement_move(
        SettlementStatus(settlement.status), SettlementStatus.PAID
    )
    part_ids = [part.pk for part in unpaid]
    SettlementPart.objects.filter(pk__in=part_ids).update(
        reference=reference,
        paid_at=at,
        problem="",
        next_try_at=None,
        sending_until=None,
    )
    settlement = settlement_progress.follow_parts(settlement=settlement, at=at)
    settlement_entries.post_act(
        settlement=settlement,
        kind=rules.EntryKind.CONFIRM,
        parts={part.beneficiary_id: part.amount for part in unpaid},
        at=at,
    )
    settlement_progress.settle_donations(
        settlement=settlement, part_ids=part_ids, at=at
    )
    acknowledgements.ask(part_ids=part_ids, at=at)
    signals.announce(signals.part_paid, "part_id", part_ids)
    return True
