"""Money that comes back from a beneficiary, because its donation fell after payment.

Whoever sent the money takes it back and then says so here. What does not come back
stays the beneficiary's debt, and the next settlement pays less.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Q, Sum

from donations.domain import ledger as rules
from donations.domain.donation import SettlementStatus
from donations.models import Donation, Entry, SettlementPart
from donations.services import ledger, postings, settlement_entries, settlement_moves

_UNAPPROVED = frozenset({SettlementStatus.DRAFTED, SettlementStatus.DISCARDED})


class RecallTooLargeError(ValueError):
    """More came back than was paid to the beneficiary by that settlement.

    Usually a payment of another settlement was meant, or none was approved yet.
    """


def read_given(*, sources: Iterable[str]) -> dict[tuple[str, int], int]:
    """Return what donations give now, by source and beneficiary.

    That is what is posted for each, and 0 once it is reversed; a source that is not
    known is left out.
    """
    rows = list(
        Donation.objects.filter(source__in=list(sources)).values_list(
            "source", "pledge_version", "posted_amount"
        )
    )
    sharings = postings.read_sharings(version_ids={row[1] for row in rows})
    return {
        (source, beneficiary_id): amount
        for source, version_id, posted in rows
        for sharing in [sharings[version_id]]
        for beneficiary_id, amount in zip(
            sharing.beneficiary_ids, sharing.split(posted), strict=True
        )
    }


def read_debt(*, source: str, beneficiary_id: int) -> int:
    """Return how far a beneficiary's payable is below zero; 0 when it is not.

    That of the pledge and currency of the donation: all of what came back since, less
    what later settlements have netted.
    """
    donation = Donation.objects.select_related("pledge_version").get(source=source)
    code = _name_payable(donation, beneficiary_id).code
    balances = ledger.read_balances(accounts=Q(code=code))
    return max(-sum(balances.values()), 0)


def record_recall(
    *,
    source: str,
    beneficiary_id: int,
    amount: int,
    reference: str,
    key: str,
    at: datetime,
) -> bool:
    """Post that money of a donation came back; tell whether it was this call that did.

    `key` names this very act, in at most 100 characters; `reference` is the rail's name
    for it. It may come before its part is confirmed: rails pay a part in pieces.

    Raises:
        RecallTooLargeError: more came back than the settlement's part.
        SettlementChangedError: another process moved the settlement in between.
        IdempotencyConflictError: the key is taken by another act.
    """
    donation = Donation.objects.select_related("pledge_version").get(source=source)
    with transaction.atomic():
        part = _claim_part(donation, beneficiary_id)
        is_new = not Entry.objects.filter(idempotency_key=key).exists()
        if is_new:
            _check_room(part, amount)
        answers = settlement_entries.find_instruction(part=part)
        posting = rules.Posting(
            kind=rules.EntryKind.CORRECTION,
            debit=_name_cash(donation).code,
            credit=_name_payable(donation, beneficiary_id).code,
            amount=amount,
            currency=donation.currency,
            batch=f"{part.settlement.uuid}:recall",
            key=key,
            posted_at=at,
            settlement=str(part.settlement.uuid),
            answers=answers.idempotency_key,
            note=f"{source} fell after it was paid: {reference}",
        )
        ledger.post_entries(
            entries=[ledger.NewEntry(posting, None, part.settlement_id, answers.pk)]
        )
    return is_new


def _claim_part(donation: Donation, beneficiary_id: int) -> SettlementPart:
    """Return the part that paid the donation; its recalls come one after the other."""
    part = SettlementPart.objects.filter(
        settlement=donation.settlement_id, beneficiary=beneficiary_id
    ).first()
    if part and part.failed_at:
        part = part.replaced_by
    if part is None or part.settlement.status in _UNAPPROVED:
        raise RecallTooLargeError(f"{donation.source}: it was never paid")
    settlement = settlement_moves.lock_settlement(settlement_id=part.settlement_id)
    part.settlement = settlement_moves.claim_settlement(
        settlement=settlement, status=SettlementStatus(settlement.status)
    )
    return part


def _check_room(part: SettlementPart, amount: int) -> None:
    recalled = Entry.objects.recalls().filter(
        settlement=part.settlement_id, credit__beneficiary=part.beneficiary_id
    )
    before = recalled.aggregate(total=Sum("amount"))["total"] or 0
    if before + amount > part.amount:
        raise RecallTooLargeError(
            f"{part}: {before} and {amount} came back of {part.amount}"
        )


def _name_payable(donation: Donation, beneficiary_id: int) -> rules.AccountName:
    return rules.AccountName(
        rules.AccountKind.PAYABLE,
        donation.currency,
        donation.pledge_version.pledge_id,
        beneficiary_id,
    )


def _name_cash(donation: Donation) -> rules.AccountName:
    return rules.AccountName(rules.AccountKind.OPERATING_CASH, donation.currency)
