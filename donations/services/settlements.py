"""Pays beneficiaries what was set aside: one person drafts, another approves.

A draft releases donations whose return window is over. Approving instructs the
payment; confirming it says that the money arrived. A donation that falls after its
release, or is held by a dispute, makes the payable smaller, below zero even: the next
settlement pays less. Each settlement is of one pledge and one currency.
"""

from datetime import datetime

from django.db import transaction
from django.db.models import F

from donations.domain import donation as states
from donations.domain import ledger as rules
from donations.domain.donation import SettlementStatus
from donations.models import Donation, PledgeVersion, Settlement, SettlementPart
from donations.services import (
    settlement_donations,
    settlement_entries,
    settlement_parts,
)

_NOTHING = "nothing is payable: windows open, refunds or disputes"


class NothingToSettleError(ValueError):
    """No beneficiary of the pledge has anything payable.

    Usually the return windows are still open, or refunds outweigh what was released.
    """


class ReferenceMissingError(ValueError):
    """A payment was confirmed without the bank's reference, which is its evidence."""


class SecondPersonError(PermissionError):
    """The person who drafted a settlement tried to approve it; another one must."""


class SettlementChangedError(ValueError):
    """The settlement is no longer what was drafted and seen.

    Usually a refund or a dispute came in between: draft it again, then look at it
    again.
    """


def draft_settlements(*, pledge_id: int, drafted_by_id: int, at: datetime) -> list[int]:
    """Draft a settlement in each currency in which the pledge has anything to pay.

    Raises:
        NothingToSettleError: there is nothing to pay in any.
    """
    drafted: list[int] = []
    for currency in _list_currencies(pledge_id):
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
    *, pledge_id: int, drafted_by_id: int, at: datetime, currency: str | None = None
) -> int:
    """Draft the payment of everything payable, or bring an open draft up to date.

    Without a currency it is the pledge's own. A donation that is held is not paid:
    a draft that has it lets it go.

    Raises:
        NothingToSettleError: there is nothing to pay; no draft is made or changed.
    """
    own = _list_currencies(pledge_id)[0]
    with transaction.atomic():
        settlement, _ = Settlement.objects.get_or_create(
            pledge_id=pledge_id,
            currency=currency or own,
            status=SettlementStatus.DRAFTED,
            defaults={"drafted_by_id": drafted_by_id, "drafted_at": at},
        )
        settlement = _claim(
            settlement,
            SettlementStatus.DRAFTED,
            drafted_by=drafted_by_id,
            drafted_at=at,
        )
        settlement_donations.leave_held(settlement=settlement)
        released = settlement_donations.take_donations(settlement=settlement, at=at)
        _post(settlement, rules.EntryKind.RELEASE, released, at)
        _write_parts(settlement)
    return settlement.pk


def approve_settlement(
    *, settlement_id: int, approved_by_id: int, digest: str, at: datetime
) -> None:
    """Approve exactly what `digest` covers and instruct the payment.

    Raises:
        SecondPersonError: the person drafted it.
        SettlementChangedError: it is no longer what the digest covers.
        IllegalMoveError: it is not a draft.
    """
    with transaction.atomic():
        settlement = Settlement.objects.select_for_update().get(pk=settlement_id)
        states.check_settlement_move(
            SettlementStatus(settlement.status), SettlementStatus.APPROVED
        )
        if settlement.drafted_by_id == approved_by_id:
            raise SecondPersonError("the person who drafted it cannot approve it")
        parts = settlement_parts.list_parts(settlement=settlement)
        _check_unchanged(settlement, parts, digest)
        _claim(
            settlement,
            SettlementStatus.APPROVED,
            approved_by=approved_by_id,
            approved_at=at,
        )
        settlement_entries.open_in_transit(settlement=settlement)
        _post(settlement, rules.EntryKind.INSTRUCT, parts, at)


def _check_unchanged(
    settlement: Settlement, parts: dict[int, int], digest: str
) -> None:
    found = settlement_parts.compute_digest(settlement=settlement, parts=parts)
    if digest != found:
        raise SettlementChangedError(f"settlement {settlement.pk} has changed")
    if settlement.donations.filter(is_held=True).exists():
        raise SettlementChangedError(
            f"a dispute holds a donation of settlement {settlement.pk}: draft it again"
        )


def confirm_settlement(*, settlement_id: int, reference: str, at: datetime) -> bool:
    """Record that the money arrived; tell whether it was this call that did.

    `reference` is the bank's name for the payment; it is published.

    Raises:
        ReferenceMissingError: the reference is blank.
        IllegalMoveError: the settlement is not approved.
    """
    if not reference.strip():
        raise ReferenceMissingError("the bank's reference is missing")
    with transaction.atomic():
        settlement = Settlement.objects.select_for_update().get(pk=settlement_id)
        if settlement.status == SettlementStatus.PAID:
            return False
        states.check_settlement_move(
            SettlementStatus(settlement.status), SettlementStatus.PAID
        )
        _claim(settlement, SettlementStatus.PAID, reference=reference, paid_at=at)
        parts = {part.beneficiary_id: part.amount for part in settlement.parts.all()}
        _post(settlement, rules.EntryKind.CONFIRM, parts, at)
        settlement_donations.settle_donations(settlement=settlement, at=at)
    return True


def _claim(
    settlement: Settlement, status: SettlementStatus, **values: object
) -> Settlement:
    """Move the settlement on from the revision that was read, or refuse."""
    claimed = Settlement.objects.filter(
        pk=settlement.pk, revision=settlement.revision
    ).update(status=status, revision=F("revision") + 1, **values)
    if not claimed:
        raise SettlementChangedError(f"settlement {settlement.pk} has changed")
    return Settlement.objects.get(pk=settlement.pk)


def _list_currencies(pledge_id: int) -> list[str]:
    """Return the pledge's own currency, then those of other donations, by name."""
    published = PledgeVersion.objects.published().filter(pledge=pledge_id)
    own = published.values_list("currency", flat=True).first()
    if own is None:
        raise NothingToSettleError("the pledge is not published")
    given = Donation.objects.filter(pledge_version__in=published)
    others = given.exclude(currency=own).values_list("currency", flat=True)
    return [own, *sorted(set(others.distinct()))]


def _post(
    settlement: Settlement, kind: rules.EntryKind, parts: dict[int, int], at: datetime
) -> None:
    settlement_entries.post_act(settlement=settlement, kind=kind, parts=parts, at=at)


def _write_parts(settlement: Settlement) -> None:
    parts = settlement_parts.list_parts(settlement=settlement)
    if not parts:
        raise NothingToSettleError(_NOTHING)
    settlement.parts.all().delete()
    SettlementPart.objects.bulk_create(
        SettlementPart(settlement=settlement, beneficiary_id=pk, amount=amount)
        for pk, amount in parts.items()
    )
    Settlement.objects.filter(pk=settlement.pk).update(
        amount=sum(parts.values()),
        digest=settlement_parts.compute_digest(settlement=settlement, parts=parts),
    )
