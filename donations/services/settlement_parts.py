"""What a settlement pays to whom, and the digest of exactly that.

A part of `donations.services.settlements`, which is what callers use.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.db.models import Q

from donations.conf import conf
from donations.domain import ledger as rules
from donations.domain import money
from donations.models import (
    Account,
    Beneficiary,
    Donation,
    Settlement,
    SettlementPart,
    causes,
)
from donations.services import bank_accounts, ledger, postings

_CHUNK = 2000


def build_parts(*, settlement: Settlement, at: datetime) -> list[SettlementPart]:
    """Return what each beneficiary can be paid now and how, not stored yet."""
    amounts = _read_payable(settlement)
    accounts = bank_accounts.read_in_force(
        beneficiary_ids=amounts, currency=settlement.currency, at=at
    )
    return [
        SettlementPart(
            settlement=settlement,
            beneficiary=beneficiary,
            amount=amounts[beneficiary.pk],
            rail=beneficiary.rail,
            rail_account=beneficiary.rail_account,
            bank_account=accounts.get(beneficiary.pk)
            if beneficiary.rail == causes.BANK
            else None,
        )
        for beneficiary in Beneficiary.objects.filter(pk__in=amounts).order_by("pk")
    ]


def compute_digest(*, settlement: Settlement, parts: Sequence[SettlementPart]) -> str:
    """Return the SHA-256 over the parts and every donation, in bounded memory."""
    found = hashlib.sha256(f"{settlement.uuid} {settlement.currency}\n".encode())
    for line in _digest_lines(settlement, parts):
        found.update(line.encode())
    return found.hexdigest()


def replace_failed(*, parts: Iterable[SettlementPart]) -> None:
    """Let stored parts pay anew what failed for their beneficiaries before.

    What failed is payable again, so it is in their amounts.
    """
    for part in parts:
        settlement = part.settlement
        SettlementPart.objects.failed().filter(
            replaced_by=None,
            beneficiary=part.beneficiary_id,
            settlement__pledge=settlement.pledge_id,
            settlement__currency=settlement.currency,
        ).update(replaced_by=part)


def list_settlements(*, settlement_id: int, beneficiary_id: int) -> list[int]:
    """Return whose donations a part pays: its own, and those that it pays anew."""
    replaced = SettlementPart.objects.filter(
        replaced_by__settlement=settlement_id, replaced_by__beneficiary=beneficiary_id
    )
    older = replaced.order_by("settlement").values_list("settlement", flat=True)
    return [*older, settlement_id]


def list_lines(*, settlement_id: int, beneficiary_id: int) -> Iterator[tuple[str, int]]:
    """Yield what each donation of a settlement gives a beneficiary now, by source.

    In the order in which they were given, in bounded memory; one that was reversed, or
    gives this beneficiary nothing, is left out.
    """
    covered = list_settlements(
        settlement_id=settlement_id, beneficiary_id=beneficiary_id
    )
    rows = Donation.objects.filter(settlement__in=covered, posted_amount__gt=0)
    versions = rows.order_by().values_list("pledge_version", flat=True).distinct()
    sharings = postings.read_sharings(version_ids=versions)
    for source, version_id, posted in (
        rows.order_by("pk")
        .values_list("source", "pledge_version", "posted_amount")
        .iterator(chunk_size=_CHUNK)
    ):
        amount = sharings[version_id].part_of(posted, beneficiary_id)
        if amount:
            yield source, amount


def _read_payable(settlement: Settlement) -> dict[int, int]:
    """Return what can be paid by beneficiary, in the rail's multiples."""
    payable = Q(
        kind=rules.AccountKind.PAYABLE,
        pledge=settlement.pledge_id,
        currency=settlement.currency,
    )
    balances = ledger.read_balances(accounts=payable)
    step = conf.SETTLEMENT_STEPS.get(settlement.currency, 1)
    parts = {
        beneficiary_id: money.split_by_step(max(balances.get(pk, 0), 0), step)[0]
        for pk, beneficiary_id in Account.objects.filter(payable).values_list(
            "pk", "beneficiary_id"
        )
    }
    return {pk: amount for pk, amount in parts.items() if pk and amount}


def _digest_lines(
    settlement: Settlement, parts: Sequence[SettlementPart]
) -> Iterator[str]:
    for part in sorted(parts, key=lambda part: part.beneficiary_id):
        yield (
            f"part {part.beneficiary_id} {part.amount} {part.rail} "
            f"{part.rail_account} {_name_bank(part)}\n"
        )
    replaced = SettlementPart.objects.filter(
        replaced_by__settlement=settlement
    ).values_list("settlement", flat=True)
    rows: Iterable[tuple[object, int]] = (
        Donation.objects.filter(settlement__in=[*replaced, settlement.pk])
        .order_by("pk")
        .values_list("uuid", "posted_amount")
        .iterator(chunk_size=_CHUNK)
    )
    for uuid, amount in rows:
        yield f"donation {uuid} {amount}\n"


def _name_bank(part: SettlementPart) -> str:
    """Return the bank details as they are now, so that no word of them can change."""
    return part.bank_account.details.canonical if part.bank_account else ""
