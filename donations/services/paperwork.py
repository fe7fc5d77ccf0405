"""Tells which papers a pledge version lacks: contract, consents, extracts, filings.

A part of `donations.services.publication`, which asks before it publishes.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from donations.domain import share as shares
from donations.domain import statute, territory
from donations.models import Beneficiary, Contract, Filing, PledgeVersion
from donations.services import documents

_REQUIRED = {
    "goods": "goods",
    "use_of_name": "use of the name",
    "amount_per_piece": "amount per piece",
    "final_accounting": "final accounting",
    "payment_manner": "manner of payment",
}
_SIGNERS = ("merchant", "beneficiary")


def find_missing_papers(
    *, version: PledgeVersion, beneficiaries: Sequence[Beneficiary]
) -> Iterator[str]:
    """Yield everything that keeps a version from resting on its papers, in words."""
    contract = version.contract
    if contract is None:
        yield "name the contract"
        return
    yield from _find_in_contract(contract)
    yield from _find_beyond(version, contract)
    for beneficiary in beneficiaries:
        yield from _find_in_beneficiary(contract, beneficiary)
    yield from _find_in_filings(version, contract)


def list_standings(*, contract: Contract) -> dict[str, Filing]:
    """Return, by rule, the latest of what became of each filing."""
    rows = contract.filings.select_related("recorded_by").order_by("pk")
    return {row.rule: row for row in rows}


def _find_in_contract(contract: Contract) -> Iterator[str]:
    for field, name in _REQUIRED.items():
        if not getattr(contract, field).strip():
            yield f"the contract does not say the {name}"
    if not contract.territories:
        yield "the contract does not say the territories"
    for party in _SIGNERS:
        parts = ("signer", "role", "signed_on")
        if not all(getattr(contract, f"{party}_{part}") for part in parts):
            yield f"the contract lacks the {party}'s signature: name, role and date"
    if contract.document is None:
        yield "the contract's file is missing"
    elif not documents.is_intact(document=contract.document):
        yield "the contract's file is not the one that was stored"


def _find_beyond(version: PledgeVersion, contract: Contract) -> Iterator[str]:
    """Yield where the terms go beyond what was signed."""
    if version.starts_on < contract.starts_on or version.ends_on > contract.ends_on:
        yield (
            f"the contract holds from {contract.starts_on} to {contract.ends_on}, the "
            f"terms from {version.starts_on} to {version.ends_on}"
        )
    beyond = [code for code in version.territories if code not in contract.territories]
    if beyond:
        names = territory.describe_territories(beyond)
        yield f"the contract does not reach {names}"
    share = shares.describe_share(version.share, version.currency)
    if contract.amount_per_piece and share not in contract.amount_per_piece:
        yield f"the contract gives {contract.amount_per_piece!r}, the terms {share}"


def _find_in_beneficiary(contract: Contract, beneficiary: Beneficiary) -> Iterator[str]:
    if not contract.consents.filter(beneficiary=beneficiary).exists():
        yield f"{beneficiary} has not consented to this contract"
    extract = beneficiary.extracts.select_related("document").order_by("pk").last()
    if extract is None:
        yield f"an extract of the register is missing for {beneficiary}"
    elif not documents.is_intact(document=extract.document):
        yield f"the register extract of {beneficiary} is not the one that was stored"


def _find_in_filings(version: PledgeVersion, contract: Contract) -> Iterator[str]:
    standings = list_standings(contract=contract)
    for rule in statute.list_filings(version.territories):
        filing = standings.get(rule.code)
        due_on = contract.starts_on - timedelta(days=rule.days)
        name = f"{territory.name_territory(rule.territory)}: {rule.title.lower()}"
        if filing is None:
            yield f"{name} by {due_on} ({rule.code}), or waive it"
        elif _is_late(filing, due_on):
            yield f"{name} was due by {due_on}, filed on {filing.filed_on}"


def _is_late(filing: Filing, due_on: date) -> bool:
    return filing.filed_on is not None and filing.filed_on > due_on
