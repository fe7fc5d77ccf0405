"""Records that the payment of a part failed for good: its money is payable again.

A part of `donations.services.settlements`, which is what callers use.
"""

from datetime import datetime

from django.db import transaction

from donations import signals
from donations.domain import donation as states
from donations.domain import ledger as rules
from donations.domain.donation import SettlementStatus
from donations.models import Settlement, SettlementPart
from donations.services import (
    refusals,
    sending,
    settlement_entries,
    settlement_moves,
    settlement_progress,
)


class ReasonMissingError(ValueError):
    """A payment was said to have failed without a reason, which is its evidence."""


def fail_part(*, part_id: int, failed_by_id: int, reason: str, at: datetime) -> bool:
    """Record that a part failed; tell whether it was this call that did.

    Its money is payable again, and the next draft pays it. Never when money may have
    moved: of a part on a rail the rail is asked, outside of every transaction, and of
    one by bank the person answers for it.

    Raises:
        ReasonMissingError: the reason is blank.
        PartBusyError: a worker may be sending it at this moment.
        MoneyMovedError: the rail has moved some of it.
        RailUnavailableError: the rail cannot be asked.
        IllegalMoveError: the settlement is not approved.
    """
    if not reason.strip():
        raise ReasonMissingError("say why the payment failed")
    try:
        sending.withdraw_part(part_id=part_id, at=at)
    except (sending.PartBusyError, sending.MoneyMovedError):
        refusals.log_refusal(rule="money may move", part=part_id, person=failed_by_id)
        raise
    chosen = SettlementPart.objects.filter(pk=part_id)
    with transaction.atomic():
        settlement = settlement_moves.lock_settlement(
            settlement_id=chosen.values_list("settlement", flat=True).get()
        )
        states.check_settlement_move(
            SettlementStatus(settlement.status), SettlementStatus.FAILED
        )
        part = chosen.get()
        if part.status != states.PartStatus.IN_TRANSIT:
            return False
        chosen.update(
            failed_at=at, failed_by=failed_by_id, failure=reason.strip(), problem=""
        )
        _give_back(settlement, part, at)
    return True


def _give_back(settlement: Settlement, part: SettlementPart, at: datetime) -> None:
    """Make the money payable again; what the part replaced waits for another one."""
    SettlementPart.objects.filter(replaced_by=part).update(replaced_by=None)
    settlement = settlement_progress.follow_parts(settlement=settlement, at=at)
    settlement_entries.post_act(
        settlement=settlement,
        kind=rules.EntryKind.FAIL,
        parts={part.beneficiary_id: part.amount},
        at=at,
    )
    signals.announce(signals.part_failed, "part_id", [part.pk])
