"""What programs read: every seal, and a feed of totals, payments and statements."""

from collections.abc import Iterator

from django.urls import reverse

from donations.conf import conf
from donations.domain import documents
from donations.models import Seal
from donations.services import impact, statements

_CHUNK = 2000
_FORMAT = 1


def write_seals() -> Iterator[str]:
    """Yield the document of all seals, piece by piece."""
    return documents.write_document(_list_seals())


def write_feed() -> Iterator[str]:
    """Yield the feed as a document, piece by piece."""
    return documents.write_document(_list_feed())


def _list_seals() -> Iterator[documents.Record]:
    yield _build_head("seals")
    for seal in Seal.objects.order_by("number").iterator(chunk_size=_CHUNK):
        yield {
            "kind": "seal",
            "number": seal.number,
            "root": seal.root,
            "previous_root": seal.previous_root,
            "size": seal.size,
            "path": seal.path.split(),
            "sealed_at": seal.sealed_at.isoformat(timespec="seconds"),
        }


def _list_feed() -> Iterator[documents.Record]:
    last = Seal.objects.order_by("-number").first()
    yield {
        **_build_head("feed"),
        "seal": last.number if last else 0,
        "root": last.root if last else "",
        "seals": reverse("donations:seals"),
    }
    for pledge in impact.read_totals().pledges:
        yield from _list_totals(pledge)
        yield from _list_payments(pledge)
    for statement in statements.list_published():
        name = (statement.slug, statement.number)
        yield {
            "kind": "statement",
            "pledge": statement.slug,
            "number": statement.number,
            "starts_on": statement.starts_on.isoformat(),
            "ends_on": statement.ends_on.isoformat(),
            "signed_at": statement.signed_at.isoformat(timespec="seconds"),
            "statement": statement.digest,
            "json": reverse("donations:statement_json", args=name),
            "csv": reverse("donations:statement_csv", args=name),
        }


def _list_totals(pledge: impact.PledgeTotals) -> Iterator[documents.Record]:
    for one in pledge.by_currency:
        totals = one.totals
        yield {
            "kind": "totals",
            "pledge": pledge.terms.slug,
            "name": pledge.terms.name,
            "beneficiaries": [row.name for row in pledge.terms.beneficiaries],
            "page": reverse("donations:pledge", args=(pledge.terms.slug,)),
            "currency": one.currency,
            "pieces": totals.donation_count,
            "due": totals.due.amount,
            "set_aside": totals.set_aside.amount,
            "settled": totals.settled.amount,
            "acknowledged": totals.acknowledged.amount,
        }


def _list_payments(pledge: impact.PledgeTotals) -> Iterator[documents.Record]:
    for payment in pledge.settlements:
        yield {
            "kind": "payment",
            "pledge": pledge.terms.slug,
            "currency": payment.amount.currency,
            "amount": payment.amount.amount,
            "paid_at": payment.paid_at.isoformat(timespec="seconds"),
            "beneficiaries": payment.beneficiary_names,
            "reference": payment.reference,
        }


def _build_head(kind: str) -> dict[str, documents.Value]:
    return {"kind": kind, "format": _FORMAT, "merchant": conf.MERCHANT_NAME}
