"""The papers of a pledge for tests: complete unless a test says what is missing."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.core.files.base import ContentFile

from donations.domain import share as shares
from donations.domain import statute
from donations.models import (
    Consent,
    Contract,
    Document,
    Filing,
    PledgeVersion,
    RegisterExtract,
)
from donations.services import documents

AT = datetime(2026, 1, 1, 9, tzinfo=UTC)
TEXT = b"Signed.\n"


def make_document(*, text: bytes = TEXT, title: str = "contract.txt") -> Document:
    """Store a file."""
    return documents.store_document(
        upload=ContentFile(text, title), stored_by_id=None, at=AT
    )


def known_document() -> Document:
    """Return the one file that all papers share, where nothing depends on it."""
    return Document.objects.order_by("pk").first() or make_document()


def make_clerk() -> User:
    """Make the person who records filings, or return them."""
    return User.objects.get_or_create(
        username="papers.clerk", defaults={"is_staff": True}
    )[0]


def make_contract(
    *, version: PledgeVersion, reference: str = "FA-2026-01", **fields: Any
) -> Contract:
    """Make a contract that says what a version does, signed a month before."""
    signed_on = version.starts_on - timedelta(days=40)
    share = shares.describe_share(version.share, version.currency)
    defaults = {
        "goods": "Jewelry of the collection",
        "territories": version.territories,
        "starts_on": version.starts_on,
        "ends_on": max(version.ends_on, version.starts_on),
        "use_of_name": "On the pages of the collection.",
        "amount_per_piece": f"{share} for each piece",
        "final_accounting": "Per piece and per state, to the beneficiary.",
        "final_accounting_on": version.ends_on + timedelta(days=60),
        "payment_manner": "By bank transfer, each quarter",
        "payment_on": version.ends_on + timedelta(days=60),
        "document": known_document(),
    }
    for party in ("merchant", "beneficiary"):
        defaults |= {
            f"{party}_signer": "Jo Doe",
            f"{party}_role": "director",
            f"{party}_signed_on": signed_on,
        }
    return Contract.objects.create(reference=reference, **(defaults | fields))


def complete(version: PledgeVersion) -> None:
    """Add what the version's contract lacks: consents, extracts, filings."""
    contract = version.contract
    if contract is None:
        return
    document = known_document()
    for row in version.shares.all():
        Consent.objects.create(
            contract=contract,
            beneficiary_id=row.beneficiary_id,
            given_by="Jo Doe",
            role="director",
            given_on=contract.starts_on,
            document=document,
        )
        RegisterExtract.objects.create(
            beneficiary_id=row.beneficiary_id,
            taken_on=contract.starts_on,
            document=document,
        )
    file_all(contract, version.territories)


def file_all(contract: Contract, territories: list[str]) -> None:
    """Record every filing that the territories ask for, made in time."""
    clerk = make_clerk()
    Filing.objects.bulk_create(
        Filing(
            contract=contract,
            rule=rule.code,
            outcome=Filing.Outcome.DONE,
            filed_on=contract.starts_on - timedelta(days=30),
            reference="on file",
            recorded_by=clerk,
            recorded_at=AT,
        )
        for rule in statute.list_filings(territories)
    )
