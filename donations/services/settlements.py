"""Pays beneficiaries what was set aside: one person drafts, another approves.

A draft takes in what the clock has released. Where beat made it, a person takes it on
first, and then another approves. Approving instructs the payment; confirming it says
that the money arrived. A donation that falls after its release, or is held by a
dispute, makes the payable smaller, below zero even: the next settlement pays less. Each
settlement is of one pledge and one currency.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from donations import enqueue
from donations.domain import donation as states
from donations.domain import ledger as rules
from donations.domain.donation import SettlementStatus
from donations.models import Account, PledgeVersion, Settlement, SettlementPart
from donations.services import (
    bank_accounts,
    rails,
    refusals,
    settlement_discards,
    settlement_donations,
    settlement_entries,
    settlement_failures,
    settlement_moves,
    settlement_parts,
    settlement_payments,
    settlement_rails,
)

# That the money arrived fills a module of its own.
confirm_settlement = settlement_payments.confirm_settlement
confirm_part = settlement_payments.confirm_part
PaidByRailError = settlement_payments.PaidByRailError
ReferenceMissingError = settlement_payments.ReferenceMissingError
# So does that it failed, or is not to be paid at all.
fail_part = settlement_failures.fail_part
discard_settlement = settlement_discards.discard_settlement
ReasonMissingError = settlement_failures.ReasonMissingError
# So do what rails say beforehand, and who may move a settlement on.
DetailsOpenError = bank_accounts.DetailsOpenError
RailNotReadyError = settlement_rails.RailNotReadyError
SettlementChangedError = settlement_moves.SettlementChangedError

_NOTHING = "nothing is payable: not shipped, windows open, refunds or disputes"


class NothingToSettleError(ValueError):
    """No beneficiary of the pledge has anything payable.

    Usually nothing was shipped, the return windows are still open, or refunds outweigh
    what was released.
    """


class SecondPersonError(PermissionError):
    """The person who drafted a settlement tried to approve it; another one must.

    Or nobody has drafted it yet: beat did, and a person must take it on first.
    """


def draft_settlements(*, pledge_id: int, drafted_by_id: int, at: datetime) -> list[int]:
    """Draft a settlement in each currency in which the pledge has anything to pay.

    Raises:
        NothingToSettleError: there is nothing to pay in any.
    """
    drafted: list[int] = []
    for currency in list_currencies(pledge_id=pledge_id):
        try:
            drafted.append(
                draft_settlement(
                    pledge_id=pledge_id,
                    drafted_by_id=drafted_by_id,
                    at=at,
                    currency=currency,
                )
            )
        except NothingToSettleError:
            continue
    if not drafted:
        raise NothingToSettleError(_NOTHING)
    return drafted


def draft_settlement(
    *,
    pledge_id: int,
    drafted_by_id: int | None,
    at: datetime,
    currency: str | None = None,
    progress: settlement_donations.Progress | None = None,
) -> int:
    """Draft the payment of everything payable, or bring an open draft up to date.

    Without a currency it is the pledge's own. A donation that is held is not paid:
    a draft that has it lets it go. Without a person nobody answers for the draft, also
    where somebody did before: what they saw has changed.

    Raises:
        NothingToSettleError: there is nothing to pay; no draft is made or changed.
    """
    own = list_currencies(pledge_id=pledge_id)[0]
    with transaction.atomic():
        settlement, _ = Settlement.objects.get_or_create(
            pledge_id=pledge_id,
            currency=currency or own,
            status=SettlementStatus.DRAFTED,
            defaults={"drafted_by_id": drafted_by_id, "drafted_at": at},
        )
        settlement = settlement_moves.claim_settlement(
            settlement=settlement,
            status=SettlementStatus.DRAFTED,
            drafted_by=drafted_by_id,
            drafted_at=at,
        )
        settlement_donations.leave_held(settlement=settlement)
        settlement_donations.take_donations(settlement=settlement, progress=progress)
        _write_parts(settlement, at)
    return settlement.pk


def list_currencies(*, pledge_id: int) -> list[str]:
    """Return the pledge's own currency, then those of other donations, by name.

    Raises:
        NothingToSettleError: the pledge is not published.
    """
    published = PledgeVersion.objects.published().filter(pledge=pledge_id)
    own = published.values_list("currency", flat=True).first()
    if own is None:
        raise NothingToSettleError("the pledge is not published")
    # The first donation in a currency opens its accounts.
    opened = Account.objects.filter(pledge=pledge_id, kind=rules.AccountKind.PAYABLE)
    others = set(opened.values_list("currency", flat=True)) - {own}
    return [own, *sorted(others)]


def take_on_settlement(
    *, settlement_id: int, drafted_by_id: int, digest: str, at: datetime
) -> None:
    """Let a person answer for a draft that beat made; another one approves it then.

    Raises:
        SettlementChangedError: it is no longer what the digest covers, or somebody
            answers for it already.
    """
    with transaction.atomic():
        settlement = settlement_moves.lock_settlement(settlement_id=settlement_id)
        is_free = not settlement.is_proposed and settlement.digest == digest
        if settlement.status != SettlementStatus.DRAFTED or not is_free:
            raise SettlementChangedError(f"settlement {settlement.pk} has changed")
        settlement_moves.claim_settlement(
            settlement=settlement,
            status=SettlementStatus.DRAFTED,
            drafted_by=drafted_by_id,
            drafted_at=at,
        )


def approve_settlement(
    *, settlement_id: int, approved_by_id: int, digest: str, at: datetime
) -> None:
    """Approve exactly what `digest` covers and instruct the payment.

    The rails of its parts are asked beforehand whether they can pay; after commit a
    worker is asked to send what they pay.

    Raises:
        RailNotReadyError: a beneficiary cannot be paid by its rail now.
        DetailsOpenError: new bank details of a beneficiary wait.
        SecondPersonError: the person drafted it, or nobody has taken it on.
        SettlementChangedError: it is no longer what the digest covers.
        IllegalMoveError: it is not a draft.
    """
    settlement_rails.check_rails(settlement_id=settlement_id)
    with transaction.atomic():
        settlement = settlement_moves.lock_settlement(settlement_id=settlement_id)
        states.check_settlement_move(
            SettlementStatus(settlement.status), SettlementStatus.APPROVED
        )
        _check_person(settlement, approved_by_id)
        parts = settlement_parts.build_parts(settlement=settlement, at=at)
        _check_unchanged(settlement, parts, digest)
        _check_banks(settlement, parts, at)
        settlement = settlement_moves.claim_settlement(
            settlement=settlement,
            status=SettlementStatus.APPROVED,
            approved_by=approved_by_id,
            approved_at=at,
        )
        settlement_entries.open_in_transit(settlement=settlement)
        amounts = {part.beneficiary_id: part.amount for part in parts}
        _post(settlement, rules.EntryKind.INSTRUCT, amounts, at)
        _ask_rails(settlement, at)


def _check_person(settlement: Settlement, approved_by_id: int) -> None:
    if not settlement.is_proposed:
        raise SecondPersonError("a person must take the draft on first")
    if settlement.drafted_by_id == approved_by_id:
        refusals.log_refusal(
            rule="drafter approves", settlement=settlement.pk, person=approved_by_id
        )
        raise SecondPersonError("the person who drafted it cannot approve it")


def _check_unchanged(
    settlement: Settlement, parts: Sequence[SettlementPart], digest: str
) -> None:
    found = settlement_parts.compute_digest(settlement=settlement, parts=parts)
    if digest != found:
        refusals.log_refusal(rule="changed lines", settlement=settlement.pk)
        raise SettlementChangedError(f"settlement {settlement.pk} has changed")
    if settlement.donations.filter(is_held=True).exists():
        raise SettlementChangedError(
            f"a dispute holds a donation of settlement {settlement.pk}: draft it again"
        )


def _check_banks(
    settlement: Settlement, parts: Sequence[SettlementPart], at: datetime
) -> None:
    by_bank = [part.beneficiary_id for part in parts if part.rail == rails.BANK]
    bank_accounts.check_settled(
        beneficiary_ids=by_bank, currency=settlement.currency, at=at
    )


def _ask_rails(settlement: Settlement, at: datetime) -> None:
    """Leave what rails pay to a worker; the sweep finds what none was asked for."""
    automatic = settlement.parts.exclude(rail=rails.BANK)
    automatic.update(next_try_at=at)
    enqueue.send_parts(list(automatic.values_list("pk", flat=True)))


def _post(
    settlement: Settlement,
    kind: rules.EntryKind,
    parts: Mapping[int, int],
    at: datetime,
) -> None:
    settlement_entries.post_act(settlement=settlement, kind=kind, parts=parts, at=at)


def _write_parts(settlement: Settlement, at: datetime) -> None:
    parts = settlement_parts.build_parts(settlement=settlement, at=at)
    if not parts:
        raise NothingToSettleError(_NOTHING)
    settlement.parts.all().delete()
    SettlementPart.objects.bulk_create(parts)
    settlement_parts.replace_failed(parts=parts)
    Settlement.objects.filter(pk=settlement.pk).update(
        amount=sum(part.amount for part in parts),
        digest=settlement_parts.compute_digest(settlement=settlement, parts=parts),
    )
