"""Posts the acts of a settlement: instruct, confirm, fail.

A part of `donations.services.settlements`, which is what callers use.
"""

from collections.abc import Mapping
from datetime import datetime

from donations.domain import ledger as rules
from donations.models import Entry, Settlement, SettlementPart
from donations.services import ledger


def post_act(
    *,
    settlement: Settlement,
    kind: rules.EntryKind,
    parts: Mapping[int, int],
    at: datetime,
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


def open_in_transit(*, settlement: Settlement) -> None:
    """Open the account that holds the money while it is on its way."""
    ledger.open_accounts(names=[_in_transit(settlement)])


def find_instruction(*, part: SettlementPart) -> Entry:
    """Return the entry that instructed the payment of a part."""
    return Entry.objects.get(
        kind=rules.EntryKind.INSTRUCT,
        settlement=part.settlement_id,
        debit__beneficiary=part.beneficiary_id,
    )


def _sides(
    settlement: Settlement, kind: rules.EntryKind, beneficiary_id: int
) -> tuple[rules.AccountName, rules.AccountName]:
    payable = rules.AccountName(
        rules.AccountKind.PAYABLE,
        settlement.currency,
        settlement.pledge_id,
        beneficiary_id,
    )
    cash = rules.AccountName(rules.AccountKind.OPERATING_CASH, settlement.currency)
    return {
        rules.EntryKind.INSTRUCT: (payable, _in_transit(settlement)),
        rules.EntryKind.CONFIRM: (_in_transit(settlement), cash),
        rules.EntryKind.FAIL: (_in_transit(settlement), payable),
    }[kind]


def _in_transit(settlement: Settlement) -> rules.AccountName:
    return rules.AccountName(
        rules.AccountKind.IN_TRANSIT,
        settlement.currency,
        settlement_id=settlement.pk,
    )
