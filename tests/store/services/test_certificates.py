"""Issuing and verifying certificates."""

import hashlib
import json

import pytest
from django.core.files.base import ContentFile
from django.dispatch import receiver

from store import signals
from store.models import Certificate, CustodyEvent
from store.services import catalog, certificates
from tests.store_factories import make_item, make_piece, make_stone

pytestmark = pytest.mark.django_db


def test_text_tells_the_pieces_facts():
    """The frozen text names issuer, piece, metal, size, limits, stones and steps."""
    piece = make_piece(serial_number="DTC-0101-01", size="6")

    document = json.loads(piece.certificate.text)

    assert document["issuer"] == "Example Jewelers"
    assert document["serial_number"] == "DTC-0101-01"
    assert (document["metal"], document["size"]) == ("14k rose gold", "6")
    assert document["limits"] == piece.limits
    assert document["stones"][0]["report_number"] == "XGL-FICT-2207"
    assert [event["kind"] for event in document["events"]] == [
        "mined", "sorted", "cut", "polished", "graded", "set",
    ]  # fmt: skip


def test_text_orders_stones_by_position():
    """Stones stand in the order of their position, whatever the rows' order."""
    piece = make_piece(is_on_sale=False, position=2, carat="0.20")
    make_stone(piece=piece, position=1, carat="0.61")
    catalog.put_on_sale(piece_ids=[piece.pk], at=piece.created_at)

    document = json.loads(Certificate.objects.get().text)

    assert [stone["carat"] for stone in document["stones"]] == ["0.61", "0.20"]


def test_number_can_be_read_aloud():
    """A number has ten characters, none a vowel and none that looks like another."""
    number = make_piece().certificate.number

    assert len(number) == 10
    assert not set(number) & set("AEIOU01LY")


def test_weakest_basis_is_the_headline():
    """The weakest basis of the required steps is stored beside the text."""
    piece = make_piece(is_on_sale=False)
    CustodyEvent.objects.filter(kind="sorted").update(basis="stated_by_supplier")

    catalog.put_on_sale(piece_ids=[piece.pk], at=piece.created_at)

    assert Certificate.objects.get().weakest_basis == "stated_by_supplier"


def test_hosts_hear_of_each_certificate(django_capture_on_commit_callbacks):
    """The host's listeners get each certificate's id, after commit."""
    heard = []

    @receiver(signals.certificate_issued)
    def listen(certificate_id, **_):
        heard.append(certificate_id)

    with django_capture_on_commit_callbacks(execute=True):
        piece = make_piece()

    assert heard == [piece.certificate_id]


def test_untouched_certificate_verifies():
    """The digest is the SHA-256 of the text."""
    certificate = make_piece().certificate

    digest = hashlib.sha256(certificate.text.encode()).hexdigest()
    assert certificate.digest == digest
    assert certificates.verify_certificate(certificate=certificate)


def test_altered_certificate_does_not_verify():
    """One changed character of the text is noticed."""
    certificate = make_piece().certificate
    certificate.text = certificate.text.replace("rose", "pink")

    assert not certificates.verify_certificate(certificate=certificate)


def test_certificates_of_many_pieces_take_two_questions(django_assert_num_queries, at):
    """Issuing for many pieces asks for older versions once and inserts once."""
    item = make_item()
    pieces = [make_piece(item=item, is_on_sale=False) for _ in range(3)]

    with django_assert_num_queries(2 + 2 * len(pieces)):  # stones and events of each
        issued = certificates.issue_certificates(pieces=pieces, at=at)

    assert len({certificate.number for certificate in issued}) == 3


def test_document_is_hashed_in_chunks():
    """A document's digest is its SHA-256, whatever its size."""
    content = b"carat" * 50_000

    digest = certificates.hash_document(document=ContentFile(content))

    assert digest == hashlib.sha256(content).hexdigest()


def test_altered_document_keeps_a_piece_off_sale(at, settings, tmp_path):
    """A stored document that lost its digest is named, and the gate stays shut."""
    settings.MEDIA_ROOT = tmp_path
    piece = make_piece(is_on_sale=False)
    event = piece.events.get(kind="graded")
    event.document_file.save("report.pdf", ContentFile(b"another report"))

    (sentence,) = certificates.missing_for_sale(piece=piece)

    assert sentence.startswith("Step 5 “graded”: the stored document no longer has")
    with pytest.raises(catalog.ChainIncompleteError):
        catalog.put_on_sale(piece_ids=[piece.pk], at=at)


def test_lost_document_keeps_a_piece_off_sale(settings, tmp_path):
    """A document that the storage has lost is named, not stumbled over."""
    settings.MEDIA_ROOT = tmp_path
    piece = make_piece(is_on_sale=False)
    piece.events.filter(kind="graded").update(document_file="store/lost.pdf")

    (sentence,) = certificates.missing_for_sale(piece=piece)

    assert sentence.startswith("Step 5 “graded”: the stored document")


def test_upload_is_judged_and_left_open():
    """A document that is only uploaded yet is read and can be saved afterwards."""
    upload = ContentFile(b"the report", name="report.pdf")
    digest = hashlib.sha256(b"the report").hexdigest()
    typed = CustodyEvent(
        sequence=1, kind="traded", document_file=upload, document_sha256=digest
    )

    missing = certificates.missing_from(stones=[], events=[typed])

    assert not [sentence for sentence in missing if "SHA-256" in sentence]
    assert not upload.closed


def test_kept_document_passes_the_gate(at, settings, tmp_path):
    """A stored document with the digest on record is accepted."""
    settings.MEDIA_ROOT = tmp_path
    piece = make_piece(is_on_sale=False)
    event = piece.events.get(kind="graded")
    event.document_sha256 = hashlib.sha256(b"the report").hexdigest()
    event.document_file.save("report.pdf", ContentFile(b"the report"))

    assert certificates.missing_for_sale(piece=piece) == []


def test_rows_not_saved_yet_are_judged_too():
    """What is missing can be said of a chain that is only on the screen."""
    unsaved = CustodyEvent(sequence=1, kind="mined", basis="not_known")

    missing = certificates.missing_from(stones=[], events=[unsaved])

    assert "Add at least one stone." in missing
    assert "Step 1 “mined”: name its place." in missing
