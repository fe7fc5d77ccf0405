"""What a settlement pays to whom, and the digest of exactly that.

A part of `donations.services.settlements`, which is what callers use.
"""

import hashlib
from collections.abc import Iterable, Iterator

from django.db.models import Q

from donations.conf import conf
from donations.domain import ledger as rules
from donations.domain import money
from donations.models import Account, Donation, Settlement
from donations.services import ledger

_CHUNK = 2000


def list_parts(*, settlement: Settlement) -> dict[int, int]:
    """Return what each beneficiary can be paid now, in the rail's multiples."""
    payable = Q(
        kind=rules.AccountKind.PAYABLE,
        pledge=settlement.pledge_id,
        currency=settlement.currency,
    )
    balances = ledger.read_balances(accounts=payable)
    step = conf.SETTLEMENT_STEPS.get(settlement.currency, 1)
    parts = {
        beneficiary_id: money.split_by_step(max(balances.get(pk, 0), 0), step)[0]
        for pk, beneficiary_id in Account.objects.filter(payable)
        .order_by("beneficiary_id")
        .values_list("pk", "beneficiary_id")
    }
    return {pk: amount for pk, amount in parts.items() if pk and amount}


def compute_digest(*, settlement: Settlement, parts: dict[int, int]) -> str:
    """Return the SHA-256 over the parts and every donation, in bounded memory."""
    found = hashlib.sha256(f"{settlement.uuid} {settlement.currency}\n".encode())
    for line in _digest_lines(settlement, parts):
        found.update(line.encode())
    return found.hexdigest()


def _digest_lines(settlement: Settlement, parts: dict[int, int]) -> Iterator[str]:
    for beneficiary_id, amount in sorted(parts.items()):
        yield f"part {beneficiary_id} {amount}\n"
    rows: Iterable[tuple[object, int]] = (
        Donation.objects.filter(settlement=settlement)
        .order_by("pk")
        .values_list("uuid", "posted_amount")
        .iterator(chunk_size=_CHUNK)
    )
    for uuid, amount in rows:
        yield f"donation {uuid} {amount}\n"
