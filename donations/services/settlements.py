"""Pays beneficiaries what was set aside: one person drafts, another approves.

A draft releases donations whose return window is over. Approving instructs the
payment; confirming it says that the money arrived. A donation that falls after its
release makes the payable smaller, below zero even: the next settlement pays less.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Case, F, Q, Sum, Value, When

from donations import signals
from donations.domain import donation as states
from donations.domain import ledger as rules
from donations.domain.donation import DonationStatus, SettlementStatus
from donations.models import (
    Donation,
    Entry,
    PledgeVersion,
    Settlement,
    SettlementPart,
)
from donations.services import ledger, settlement_parts


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

    Usually a refund came in between: draft it again, then look at it again.
    """


def draft_settlement(*, pledge_id: int, drafted_by_id: int, at: datetime) -> int:
    """Draft the payment of everything payable, or bring an open draft up to date.

    Raises:
        NothingToSettleError: there is nothing to pay; no draft is made or changed.
    """
    with transaction.atomic():
        settlement, _ = Settlement.objects.get_or_create(
            pledge_id=pledge_id,
            status=SettlementStatus.DRAFTED,
            defaults={
                "currency": _read_currency(pledge_id),
                "drafted_by_id": drafted_by_id,
                "drafted_at": at,
            },
        )
        settlement = _claim(
            settlement,
            SettlementStatus.DRAFTED,
            drafted_by=drafted_by_id,
            drafted_at=at,
        )
        _attach_donations(settlement, at)
        _release(settlement, at)
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
        if digest != settlement_parts.compute_digest(
            settlement=settlement, parts=parts
        ):
            raise SettlementChangedError(f"settlement {settlement_id} has changed")
        _claim(
            settlement,
            SettlementStatus.APPROVED,
            approved_by=approved_by_id,
            approved_at=at,
        )
        ledger.open_accounts(names=[_in_transit(settlement)])
        _post(settlement, rules.EntryKind.INSTRUCT, parts, at)


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
        _settle_donations(settlement, at)
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


def _read_currency(pledge_id: int) -> str:
    """Return the currency that every version of a pledge shares."""
    published = PledgeVersion.objects.published().filter(pledge=pledge_id)
    currency = published.values_list("currency", flat=True).first()
    if currency is None:
        raise NothingToSettleError("the pledge is not published")
    return currency


def _attach_donations(settlement: Settlement, at: datetime) -> None:
    """Take the donations whose return window is over into the settlement."""
    versions = PledgeVersion.objects.published().filter(pledge=settlement.pledge_id)
    for version in versions:
        window = timedelta(days=version.return_window_days)
        Donation.objects.releasable(due_until=at - window).filter(
            pledge_version=version
        ).update(settlement=settlement, revision=F("revision") + 1)


def _release(settlement: Settlement, at: datetime) -> None:
    """Move what the settlement's donations have pending to payable.

    From its release on a donation changes the payable. So what is left to release is
    all that was ever pending for them, less what this settlement released before.
    """
    pending = rules.AccountKind.PENDING
    mine = Q(donation__settlement=settlement)
    raised = _sum_by_beneficiary(mine & Q(credit__kind=pending), "credit")
    fallen = _sum_by_beneficiary(mine & Q(debit__kind=pending), "debit")
    released = _sum_by_beneficiary(
        Q(settlement=settlement, kind=rules.EntryKind.RELEASE), "debit"
    )
    left = {
        pk: amount - fallen.get(pk, 0) - released.get(pk, 0)
        for pk, amount in raised.items()
    }
    amounts = {pk: amount for pk, amount in left.items() if amount}
    _post(settlement, rules.EntryKind.RELEASE, amounts, at)


def _sum_by_beneficiary(chosen: Q, side: str) -> dict[int, int]:
    rows = Entry.objects.filter(chosen).values_list(f"{side}__beneficiary_id")
    return dict(rows.annotate(Sum("amount")).order_by())


def _write_parts(settlement: Settlement) -> None:
    parts = settlement_parts.list_parts(settlement=settlement)
    if not parts:
        raise NothingToSettleError("nothing is payable: windows open, or refunds")
    settlement.parts.all().delete()
    SettlementPart.objects.bulk_create(
        SettlementPart(settlement=settlement, beneficiary_id=pk, amount=amount)
        for pk, amount in parts.items()
    )
    Settlement.objects.filter(pk=settlement.pk).update(
        amount=sum(parts.values()),
        digest=settlement_parts.compute_digest(settlement=settlement, parts=parts),
    )


def _post(
    settlement: Settlement, kind: rules.EntryKind, parts: dict[int, int], at: datetime
) -> None:
    """Post one entry for each beneficiary, under keys of this very act."""
    batch = f"{settlement.uuid}:{kind}:{settlement.revision}"
    ledger.post_entries(
        entries=[
            ledger.NewEntry(
                posting=rules.Posting(
                    kind=kind,
                    debit=debit.code,
                    credit=credit.code,
                    amount=amount,
                    currency=settlement.currency,
                    batch=batch,
                    key=f"{batch}:{beneficiary_id}",
                    posted_at=at,
                    settlement=str(settlement.uuid),
                ),
                settlement_id=settlement.pk,
            )
            for beneficiary_id, amount in parts.items()
            for debit, credit in [_sides(settlement, kind, beneficiary_id)]
        ]
    )


def _sides(
    settlement: Settlement, kind: rules.EntryKind, beneficiary_id: int
) -> tuple[rules.AccountName, rules.AccountName]:
    pending, payable = (
        rules.AccountName(of, settlement.currency, settlement.pledge_id, beneficiary_id)
        for of in (rules.AccountKind.PENDING, rules.AccountKind.PAYABLE)
    )
    cash = rules.AccountName(rules.AccountKind.OPERATING_CASH, settlement.currency)
    return {
        rules.EntryKind.RELEASE: (pending, payable),
        rules.EntryKind.INSTRUCT: (payable, _in_transit(settlement)),
        rules.EntryKind.CONFIRM: (_in_transit(settlement), cash),
    }[kind]


def _in_transit(settlement: Settlement) -> rules.AccountName:
    return rules.AccountName(
        rules.AccountKind.IN_TRANSIT,
        settlement.currency,
        settlement_id=settlement.pk,
    )


def _settle_donations(settlement: Settlement, at: datetime) -> None:
    """Mark the donations paid; one that was reversed meanwhile stays reversed."""
    mine = Donation.objects.filter(settlement=settlement)
    mine.update(
        settled_at=at,
        revision=F("revision") + 1,
        status=Case(
            When(
                status=DonationStatus.SET_ASIDE,
                then=Value(DonationStatus.SETTLED.value),
            ),
            default=F("status"),
        ),
    )
    if signals.donation_settled.has_listeners():
        settled = mine.filter(status=DonationStatus.SETTLED)
        ids = list(settled.values_list("pk", flat=True))
        signals.announce(signals.donation_settled, "donation_id", ids)
