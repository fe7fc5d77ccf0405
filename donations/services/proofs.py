"""Proves one donation: its entries as they are now, under which seals, and its payment.

A proof names no customer. It is found by the donation's UUID, 122 random bits that the
page of the order tells; entries and statements name the donation by the same word, so
that a customer finds it there, and nobody else knows whose it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models.functions import Coalesce

from donations.conf import conf
from donations.domain import documents, money
from donations.domain import ledger as rules
from donations.domain import seal as seal_rules
from donations.domain.donation import DonationStatus
from donations.models import Donation, Entry, SettlementPart
from donations.services import payloads, pledges, seals

_FORMAT = 1
_NAMES = ("credit__beneficiary__legal_name", "debit__beneficiary__legal_name")
_NOWHERE = seal_rules.Inclusion(seal=0, position=0, size=0, root="", path=())


class ProofNotFoundError(LookupError):
    """No donation is known by this token."""


@dataclass(frozen=True, slots=True)
class ProvenEntry:
    """One entry of a donation, and the seal that it is under."""

    posting: rules.Posting
    beneficiary_name: str
    inclusion: seal_rules.Inclusion | None
    is_proven: bool

    @property
    def money(self) -> money.Money:
        """Return what it gives; less than nothing when it takes."""
        is_taken = self.posting.credit.startswith(rules.AccountKind.DONATION)
        amount = -self.posting.amount if is_taken else self.posting.amount
        return money.Money(amount, self.posting.currency)

    @property
    def is_altered(self) -> bool:
        """Tell whether the entry is no longer what was sealed."""
        return self.inclusion is not None and not self.is_proven


@dataclass(frozen=True, slots=True)
class ProvenPayment:
    """What a donation's settlement paid one beneficiary, and whether it arrived."""

    beneficiary_name: str
    reference: str
    paid_at: datetime
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True)
class Proof:
    """Everything that the page of one donation shows."""

    token: UUID
    terms: pledges.Terms
    status: DonationStatus
    is_held: bool
    base: money.Money
    share: money.Money
    posted: money.Money
    entries: tuple[ProvenEntry, ...]
    payments: tuple[ProvenPayment, ...]

    @property
    def is_altered(self) -> bool:
        """Tell whether any entry is no longer what was sealed."""
        return any(entry.is_altered for entry in self.entries)

    @property
    def is_sealed(self) -> bool:
        """Tell whether every entry is under a seal."""
        return all(entry.inclusion is not None for entry in self.entries)


def read_proof(*, token: UUID) -> Proof:
    """Return the proof of one donation, from the rows as they are now.

    Raises:
        ProofNotFoundError: there is no such donation.
    """
    row = Donation.objects.filter(uuid=token).first()
    if row is None:
        raise ProofNotFoundError(f"no donation {token}")
    return Proof(
        token=token,
        terms=pledges.get_terms_by_version(pledge_version_id=row.pledge_version_id),
        status=DonationStatus(row.status),
        is_held=row.is_held,
        base=money.Money(row.base_amount, row.currency),
        share=money.Money(row.share_amount, row.currency),
        posted=row.posted,
        entries=_read_entries(row),
        payments=_read_payments(row),
    )


def write_proof(*, token: UUID) -> Iterator[str]:
    """Yield the proof as a document for `verify_statement.py`, piece by piece.

    Raises:
        ProofNotFoundError: there is no such donation.
    """
    return documents.write_document(_list_records(read_proof(token=token)))


def _read_entries(row: Donation) -> tuple[ProvenEntry, ...]:
    entries = Entry.objects.filter(donation=row.pk).order_by("pk")
    found = list(payloads.read_postings(entries=entries))
    inclusions = seals.find_inclusions(entry_ids=[pk for pk, _ in found])
    named = entries.annotate(name=Coalesce(*_NAMES)).values_list("pk", "name")
    names = dict(named)
    return tuple(
        _build_entry(posting, names[pk], inclusions.get(pk)) for pk, posting in found
    )


def _build_entry(
    posting: rules.Posting, name: str, inclusion: seal_rules.Inclusion | None
) -> ProvenEntry:
    leaf_hash = seal_rules.hash_payload(rules.canonical_payload(posting))
    is_proven = inclusion is not None and inclusion.proves(leaf_hash)
    return ProvenEntry(posting, name, inclusion, is_proven)


def _read_payments(row: Donation) -> tuple[ProvenPayment, ...]:
    """Return what paid the donation; a part that failed is paid by its replacement."""
    parts = SettlementPart.objects.filter(settlement=row.settlement_id)
    parts = parts.select_related("beneficiary", "replaced_by").order_by("pk")
    paid: Sequence[tuple[SettlementPart, SettlementPart]] = [
        (part, part.replaced_by or part) for part in parts
    ]
    return tuple(
        ProvenPayment(
            beneficiary_name=part.beneficiary.legal_name,
            reference=by.reference,
            paid_at=by.paid_at,
            acknowledged_at=by.acknowledged_at,
        )
        for part, by in paid
        if by.paid_at is not None
    )


def _list_records(proof: Proof) -> Iterator[documents.Record]:
    yield {
        "kind": "proof",
        "format": _FORMAT,
        "merchant": conf.MERCHANT_NAME,
        "pledge": proof.terms.slug,
        "version": proof.terms.number,
        "donation": str(proof.token),
        "currency": proof.posted.currency,
        "base": proof.base.amount,
        "share": proof.share.amount,
        "posted": proof.posted.amount,
        "paid": [payment.reference for payment in proof.payments],
    }
    for entry in proof.entries:
        inclusion = entry.inclusion or _NOWHERE
        yield {
            "kind": "entry",
            "payload": rules.list_payload(entry.posting),
            "seal": inclusion.seal,
            "position": inclusion.position,
            "size": inclusion.size,
            "path": inclusion.path,
        }
