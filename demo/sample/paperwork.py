"""The papers of the sample's promise: small text files that say they are fictional."""

import datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile

from donations.domain import statute
from donations.models import (
    Beneficiary,
    Consent,
    Contract,
    PledgeVersion,
    RegisterExtract,
)
from donations.services import papers

_CLERK = "sample.clerk"
_SIGNED_BEFORE = datetime.timedelta(days=45)
_FILED_BEFORE = datetime.timedelta(days=30)
_ACCOUNTS_AFTER = datetime.timedelta(days=60)


def file_papers(
    version: PledgeVersion, beneficiary: Beneficiary, data: dict[str, Any]
) -> None:
    """Give a draft its contract, consent, register extract and filings."""
    clerk = _make_clerk()
    contract = _sign(version, data["contract"], clerk)
    signed_on = version.starts_on - _SIGNED_BEFORE
    at = _moment(signed_on)
    papers.record_consent(
        consent=Consent(
            contract=contract,
            beneficiary=beneficiary,
            given_by=data["contract"]["beneficiary_signer"],
            role=data["contract"]["beneficiary_role"],
            given_on=signed_on,
        ),
        upload=_write("consent.txt", f"{beneficiary} consents to {contract}."),
        recorded_by_id=clerk,
        at=at,
    )
    number = f"{beneficiary.register} {beneficiary.register_id}"
    papers.record_extract(
        extract=RegisterExtract(beneficiary=beneficiary, taken_on=signed_on),
        upload=_write("extract.txt", f"{beneficiary} is registered as {number}."),
        recorded_by_id=clerk,
        at=at,
    )
    _file(contract, version, data["waived"], clerk)


def _make_clerk() -> int:
    """Return who files; nobody can log in as them."""
    clerk, is_new = get_user_model().objects.get_or_create(username=_CLERK)
    if is_new:
        clerk.set_unusable_password()
        clerk.save()
    return int(clerk.pk)


def _sign(version: PledgeVersion, words: dict[str, str], clerk: int) -> Contract:
    signed_on = version.starts_on - _SIGNED_BEFORE
    due_on = version.ends_on + _ACCOUNTS_AFTER
    contract = Contract(
        **words,
        territories=version.territories,
        starts_on=version.starts_on,
        ends_on=version.ends_on,
        final_accounting_on=due_on,
        payment_on=due_on,
        merchant_signed_on=signed_on,
        beneficiary_signed_on=signed_on,
    )
    papers.attach_contract_file(
        contract=contract,
        upload=_write("contract.txt", "\n".join(words.values())),
        stored_by_id=clerk,
        at=_moment(signed_on),
    )
    contract.save()
    version.contract = contract
    version.save()
    return contract


def _file(
    contract: Contract, version: PledgeVersion, waived: dict[str, str], clerk: int
) -> None:
    filed_on = contract.starts_on - _FILED_BEFORE
    at = _moment(filed_on)
    for rule in statute.list_filings(version.territories):
        reason = waived.get(rule.code)
        if reason:
            papers.waive_filing(
                contract_id=contract.pk,
                rule=rule.code,
                reason=reason,
                by_id=clerk,
                at=at,
            )
        else:
            papers.record_filing(
                contract_id=contract.pk,
                rule=rule.code,
                filed_on=filed_on,
                reference=f"FICTIONAL {rule.code}",
                by_id=clerk,
                at=at,
            )


def _write(name: str, text: str) -> "ContentFile[bytes]":
    return ContentFile(f"FICTIONAL\n{text}\n".encode(), name)


def _moment(day: datetime.date) -> datetime.datetime:
    return datetime.datetime.combine(day, datetime.time(9), datetime.UTC)
