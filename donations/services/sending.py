"""Sends the parts of approved settlements by their rails, until they are paid.

The row is the message: `next_try_at` says when a part's turn comes. Who takes its turn
moves that on, so that a worker that dies is followed by another one later. What a rail
refuses stays in transit, owed, and is tried again with growing waits.
"""

from datetime import datetime, timedelta
from typing import cast

from django.db import transaction
from django.db.models import F, QuerySet

from donations import enqueue
from donations.domain import patience
from donations.domain.donation import SettlementStatus
from donations.models import SettlementPart
from donations.services import rails, settlement_payments

_LEASE = timedelta(minutes=15)
_FIRST_WAIT = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(days=1)
_PROBLEM_LENGTH = 200


class PartBusyError(RuntimeError):
    """A worker may be sending the part at this moment: nobody knows what will move.

    Try again when its turn is over, after 15 minutes at most.
    """


class MoneyMovedError(ValueError):
    """A rail has moved money of a part that was to be recorded as failed.

    It is not failed: mend what the rail complains of, and the rest is sent as well.
    """


def send_part(*, part_id: int, at: datetime) -> bool:
    """Pay one part by its rail; tell whether it was this call that finished it.

    A part that is paid, that a person pays, or whose turn has not come is left alone.
    Call it outside of every transaction: the rail is asked.
    """
    part = _take(_list_waiting().filter(pk=part_id, next_try_at__lte=at), at)
    if part is None:
        return False
    instruction = rails.build_instruction(part=part)
    outcome = _ask(part, instruction, at)
    if outcome.is_paid:
        # Money that has gone is never kept waiting for want of a name.
        reference = outcome.reference or instruction.key
        return settlement_payments.confirm_part(
            part_id=part.pk, reference=reference, at=at
        )
    _step_back(part, outcome.problem, at)
    return False


def withdraw_part(*, part_id: int, at: datetime) -> None:
    """Have the rail give up a part of which nothing has moved.

    From then on the part is left alone for a while, so that the caller can record
    that it failed. A part that a person pays needs no asking. Call it outside of
    every transaction: the rail is asked.

    Raises:
        PartBusyError: a worker may be sending it at this moment.
        MoneyMovedError: some of it has moved; it goes on being sent.
        RailUnknownError: the settings no longer name its rail.
        RailUnavailableError: the rail cannot be asked.
    """
    waiting = _list_waiting().filter(pk=part_id)
    if not waiting.exists():
        return
    part = _take(waiting.exclude(sending_until__gt=at), at)
    if part is None:
        raise PartBusyError(f"part {part_id} is being sent: try again in 15 minutes")
    rail = cast(rails.Rail, rails.get_rail(name=part.rail))
    moved = rail.withdraw(instruction=rails.build_instruction(part=part), at=at)
    if moved:
        _step_back(part, part.problem, at)
        raise MoneyMovedError(f"{part.rail} has moved {moved} of part {part_id}")


def retry_part(*, part_id: int, at: datetime) -> bool:
    """Bring a part's turn forward and ask a worker for it; tell whether it waits.

    For a person who mended what its rail complained of.
    """
    with transaction.atomic():
        is_waiting = _list_waiting().filter(pk=part_id).exists()
        if is_waiting:
            SettlementPart.objects.open().filter(pk=part_id).update(next_try_at=at)
            enqueue.send_parts([part_id])
    return is_waiting


def find_unsent(*, older_than: datetime, limit: int) -> list[int]:
    """List parts left behind or to be tried again, whose turn came first first."""
    waiting = _list_waiting().filter(next_try_at__lte=older_than)
    return list(
        waiting.order_by("next_try_at", "pk").values_list("pk", flat=True)[:limit]
    )


def _list_waiting() -> QuerySet[SettlementPart]:
    waiting = SettlementPart.objects.open().exclude(rail=rails.BANK)
    return waiting.filter(settlement__status=SettlementStatus.APPROVED)


def _take(waiting: QuerySet[SettlementPart], at: datetime) -> SettlementPart | None:
    """Take a part's turn; of two who come at once, one gets it."""
    part = waiting.select_related("settlement").first()
    if part is None:
        return None
    taken = SettlementPart.objects.filter(pk=part.pk, tries=part.tries).update(
        tries=F("tries") + 1, next_try_at=at + _LEASE, sending_until=at + _LEASE
    )
    return part if taken else None


def _ask(
    part: SettlementPart, instruction: rails.Instruction, at: datetime
) -> rails.Outcome:
    try:
        # Only the bank has no rail, and its parts never come this far.
        rail = cast(rails.Rail, rails.get_rail(name=part.rail))
        return rail.send(instruction=instruction, at=at)
    except rails.RailUnknownError as error:
        return rails.Outcome(is_paid=False, problem=str(error))
    except rails.RailUnavailableError:
        # Nobody knows what became of it: what was wrong before may still be.
        return rails.Outcome(is_paid=False, problem=part.problem)


def _step_back(part: SettlementPart, problem: str, at: datetime) -> None:
    """Keep what the rail says, and wait longer after every try."""
    wait = patience.wait_after(
        tries=part.tries, first=_FIRST_WAIT, longest=_LONGEST_WAIT
    )
    # Not when somebody else has taken a turn since.
    SettlementPart.objects.filter(pk=part.pk, tries=part.tries + 1).update(
        problem=problem[:_PROBLEM_LENGTH],
        next_try_at=at + wait,
        sending_until=None,
    )
