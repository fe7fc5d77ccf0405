"""Records what became of a promise's papers: consents, extracts, filings, waivers."""

import logging
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from donations.domain import statute
from donations.models import Consent, Contract, Filing, RegisterExtract
from donations.services import documents

if TYPE_CHECKING:
    from django.core.files.base import File

logger = logging.getLogger(__name__)


class UnknownRuleError(ValueError):
    """A filing that no rule of `statutes.toml` asks for: choose one that does."""


class ReasonMissingError(ValueError):
    """A waiver needs its reason, and a filing its reference, in words."""


def record_consent(
    *, consent: Consent, upload: "File[bytes]", recorded_by_id: int, at: datetime
) -> Consent:
    """Add a beneficiary's consent with the paper that says so.

    Raises:
        EmptyDocumentError: the file has no content.
    """
    with transaction.atomic():
        consent.document = documents.store_document(
            upload=upload, stored_by_id=recorded_by_id, at=at
        )
        consent.save(force_insert=True)
    return consent


def record_extract(
    *,
    extract: RegisterExtract,
    upload: "File[bytes]",
    recorded_by_id: int,
    at: datetime,
) -> RegisterExtract:
    """Add what a beneficiary's register says of it.

    Raises:
        EmptyDocumentError: the file has no content.
    """
    with transaction.atomic():
        extract.document = documents.store_document(
            upload=upload, stored_by_id=recorded_by_id, at=at
        )
        extract.save(force_insert=True)
    return extract


def attach_contract_file(
    *, contract: Contract, upload: "File[bytes]", stored_by_id: int, at: datetime
) -> None:
    """Give a contract the file that was signed; the caller saves the contract.

    Raises:
        EmptyDocumentError: the file has no content.
    """
    contract.document = documents.store_document(
        upload=upload, stored_by_id=stored_by_id, at=at
    )


def record_filing(
    *,
    contract_id: int,
    rule: str,
    filed_on: date,
    reference: str,
    by_id: int,
    at: datetime,
) -> Filing:
    """Record that a filing was made, when, and how its authority calls it.

    Raises:
        UnknownRuleError: no law asks for such a filing.
        ReasonMissingError: there is no reference.
    """
    _check(rule, reference)
    return Filing.objects.create(
        contract_id=contract_id,
        rule=rule,
        outcome=Filing.Outcome.DONE,
        filed_on=filed_on,
        reference=reference.strip(),
        recorded_by_id=by_id,
        recorded_at=at,
    )


def waive_filing(
    *, contract_id: int, rule: str, reason: str, by_id: int, at: datetime
) -> Filing:
    """Let a person answer for a filing that is not made.

    Raises:
        UnknownRuleError: no law asks for such a filing.
        ReasonMissingError: there is no reason.
    """
    _check(rule, reason)
    filing = Filing.objects.create(
        contract_id=contract_id,
        rule=rule,
        outcome=Filing.Outcome.WAIVED,
        reason=reason.strip(),
        recorded_by_id=by_id,
        recorded_at=at,
    )
    logger.warning(
        "filing %s of contract %s waived by user %s", rule, contract_id, by_id
    )
    return filing


def _check(rule: str, words: str) -> None:
    found = statute.find_rule(rule)
    if found is None or found.duty != statute.Duty.FILING:
        raise UnknownRuleError(f"no law asks for a filing {rule!r}")
    if not words.strip():
        raise ReasonMissingError("say it in words: a reference, or the reason")
