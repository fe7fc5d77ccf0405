"""Issue and verify certificates, and say what a piece still lacks to be sold."""

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import TYPE_CHECKING

from django.db.models import Max

from store import signals
from store.conf import conf
from store.domain import certificate as facts
from store.models import Certificate, CustodyEvent, Piece, Stone

if TYPE_CHECKING:
    from django.core.files.base import File
    from django.db.models.fields.files import FieldFile

# No vowels and no look-alikes: a number is read aloud and typed, and spells nothing.
_ALPHABET = "BCDFGHJKMNPQRSTVWXZ23456789"
_NUMBER_LENGTH = 10
_CHUNK_BYTES = 64 * 1024


def missing_for_sale(*, piece: Piece) -> list[str]:
    """Say in plain sentences what keeps `piece` from being sold; empty when nothing.

    Reads the piece's stones and events, prefetched or not.
    """
    return missing_from(stones=piece.stones.all(), events=piece.events.all())


def missing_from(
    *, stones: Iterable[Stone], events: Iterable[CustodyEvent]
) -> list[str]:
    """Say the same of stones and events that need not be saved yet."""
    listed = list(events)
    return [
        *facts.what_is_missing(_stone_facts(stones), _event_facts(listed)),
        *_altered_documents(listed),
    ]


def issue_certificates(*, pieces: Sequence[Piece], at: datetime) -> list[Certificate]:
    """Freeze one certificate for each of `pieces`, in one statement.

    The caller holds the transaction and has checked that nothing is missing. A piece
    that had a certificate before keeps its number and gets the next version.
    """
    before = _latest_versions(pieces)
    issued = Certificate.objects.bulk_create(
        _certificate(piece, *before.get(piece.pk, ("", 0)), at) for piece in pieces
    )
    for certificate in issued:
        signals.announce(signals.certificate_issued, certificate_id=certificate.pk)
    return issued


def verify_certificate(*, certificate: Certificate) -> bool:
    """Tell whether the frozen text still has its digest."""
    return secrets.compare_digest(facts.digest_of(certificate.text), certificate.digest)


def hash_document(*, document: "File[bytes]") -> str:
    """Return a document's SHA-256 as 64 lowercase hex digits, read in chunks."""
    digest = hashlib.sha256()
    for chunk in document.chunks(_CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _certificate(piece: Piece, number: str, version: int, at: datetime) -> Certificate:
    content = _piece_facts(piece, number or _new_number(), version + 1, at)
    text = facts.canonical_text(content)
    return Certificate(
        piece=piece,
        number=content.number,
        version=content.version,
        text=text,
        digest=facts.digest_of(text),
        weakest_basis=facts.weakest_basis(content.events),
        issued_at=at,
    )


def _new_number() -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(_NUMBER_LENGTH))


def _latest_versions(pieces: Iterable[Piece]) -> dict[int, tuple[str, int]]:
    rows = (
        Certificate.objects.filter(piece__in=pieces)
        .values_list("piece_id", "number")
        .annotate(latest=Max("version"))
    )
    return {piece_id: (number, latest) for piece_id, number, latest in rows}


def _piece_facts(
    piece: Piece, number: str, version: int, at: datetime
) -> facts.PieceFacts:
    return facts.PieceFacts(
        number=number,
        version=version,
        issued_on=at.date(),
        issuer=conf.MERCHANT_NAME,
        serial_number=piece.serial_number,
        item=piece.item.name,
        metal=piece.item.metal,
        size=piece.size,
        limits=piece.limits,
        stones=_stone_facts(piece.stones.all()),
        events=_event_facts(piece.events.all()),
    )


def _stone_facts(stones: Iterable[Stone]) -> tuple[facts.StoneFacts, ...]:
    in_order = sorted(stones, key=attrgetter("position"))
    return tuple(_one_stone(stone) for stone in in_order)


def _one_stone(stone: Stone) -> facts.StoneFacts:
    return facts.StoneFacts(
        position=stone.position,
        kind=stone.kind,
        basis=stone.basis,
        cut=stone.cut,
        carat=stone.carat,
        shade=stone.shade,
        color_words=stone.color_words,
        clarity=stone.clarity,
        treatment=stone.treatment,
        laboratory=stone.laboratory,
        report_number=stone.report_number,
        inscription=stone.inscription,
    )


def _event_facts(events: Iterable[CustodyEvent]) -> tuple[facts.EventFacts, ...]:
    return tuple(
        facts.EventFacts(
            sequence=event.sequence,
            kind=event.kind,
            place=event.place,
            country=event.country,
            place_precision=event.place_precision,
            happened_on=event.happened_on,
            date_precision=event.date_precision,
            actor=event.actor,
            document=event.document,
            document_sha256=event.document_sha256,
            basis=event.basis,
        )
        for event in sorted(events, key=attrgetter("sequence"))
    )


def _altered_documents(events: Iterable[CustodyEvent]) -> list[str]:
    return [
        f"Step {event.sequence} “{event.kind}”: the stored document no longer has "
        "the SHA-256 on record."
        for event in events
        if event.document_file
        and _digest_of(event.document_file) != event.document_sha256
    ]


def _digest_of(document: "FieldFile") -> str:
    """Return a document's SHA-256; blank when the storage has lost it."""
    if not document.closed:  # An upload that is not stored yet: its form goes on.
        return hash_document(document=document)
    try:
        with document.storage.open(str(document.name)) as stored:
            return hash_document(document=stored)
    except FileNotFoundError:
        return ""
