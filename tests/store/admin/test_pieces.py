"""The publish gate in the admin: it says what is missing, and has no way around."""

import hashlib

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from store.domain.order import PieceStatus
from store.models import Certificate, Piece
from tests.store.admin.forms import filled
from tests.store_factories import make_chain, make_item, make_piece, make_stone

pytestmark = pytest.mark.django_db

LIST = "admin:store_piece_changelist"
FORM = "admin:store_piece_change"


@pytest.fixture
def draft():
    """A piece with a stone and a chain that lacks its last two steps."""
    piece = Piece.objects.create(item=make_item(), serial_number="DTC-9")
    make_stone(piece=piece)
    make_chain(piece=piece, kinds=("mined", "sorted", "cut", "polished"))
    return piece


@pytest.fixture
def certified():
    """A piece on sale."""
    return make_piece(item=make_item(), serial_number="DTC-8")


def _act(client, action, *pieces):
    data = {"action": action, "_selected_action": [piece.pk for piece in pieces]}
    response = client.post(reverse(LIST), data)
    return [str(message) for message in get_messages(response.wsgi_request)]


def _open(client, piece):
    return client.get(reverse(FORM, args=[piece.pk]))


def _save(client, piece, **changes):
    data = filled(_open(client, piece)) | changes
    return client.post(reverse(FORM, args=[piece.pk]), data)


def test_refusal_names_piece_and_gap(admin_client, draft):
    """Putting an unfinished piece on sale is refused, saying what it lacks."""
    (message,) = _act(admin_client, "put_on_sale", draft)

    draft.refresh_from_db()
    assert draft.status == PieceStatus.DRAFT
    assert "DTC-9 cannot be sold yet." in message
    assert "Add the step “graded” to the chain." in message
    assert "Add the step “set” to the chain." in message


def test_one_refusal_does_not_stop_others(admin_client, draft):
    """Of two chosen pieces the complete one goes on sale."""
    complete = make_piece(item=draft.item, is_on_sale=False)

    messages = _act(admin_client, "put_on_sale", draft, complete)

    complete.refresh_from_db()
    assert complete.status == PieceStatus.ON_SALE
    assert complete.certificate is not None
    assert len(messages) == 2


def test_pieces_on_sale_are_left_alone(admin_client, certified):
    """Putting a piece on sale twice says that it is there already."""
    (message,) = _act(admin_client, "put_on_sale", certified)

    assert "on sale already" in message
    assert certified.certificates.count() == 1


def test_held_pieces_cannot_be_withdrawn(admin_client, certified):
    """A piece in somebody's payment stays; the person is told why."""
    Piece.objects.filter(pk=certified.pk).update(status=PieceStatus.HELD)

    (message,) = _act(admin_client, "withdraw", certified)

    certified.refresh_from_db()
    assert certified.status == PieceStatus.HELD
    assert "held or sold" in message


def test_correction_makes_the_next_version(admin_client, certified):
    """Withdrawn, corrected and on sale again: one number, version 2, old one kept."""
    _act(admin_client, "withdraw", certified)
    _act(admin_client, "start_correction", certified)
    certified.refresh_from_db()
    _save(admin_client, certified, limits="Nothing is unknown.", _put_on_sale="1")

    certified.refresh_from_db()
    versions = list(certified.certificates.order_by("version"))
    assert certified.status == PieceStatus.ON_SALE
    assert [one.version for one in versions] == [1, 2]
    assert versions[0].number == versions[1].number
    assert versions[0].status == Certificate.Status.SUPERSEDED
    assert "Nothing is unknown." in versions[1].text


def test_status_and_certificate_are_not_fields(admin_client, draft):
    """Posting a status or a certificate changes neither."""
    other = make_piece(item=draft.item)

    response = _save(
        admin_client, draft, status="on_sale", certificate=other.certificate_id
    )

    draft.refresh_from_db()
    assert response.status_code == 302
    assert draft.status == PieceStatus.DRAFT
    assert draft.certificate is None


def test_certified_facts_cannot_be_posted(admin_client, certified):
    """Once a certificate speaks for it, no field of a piece, stone or step changes."""
    event = certified.events.first()
    data = {
        "serial_number": "OTHER-1",
        "size": "9",
        "events-TOTAL_FORMS": "1",
        "events-INITIAL_FORMS": "1",
        "events-0-id": event.pk,
        "events-0-piece": certified.pk,
        "events-0-place": "Elsewhere",
        "events-0-DELETE": "on",
        "stones-TOTAL_FORMS": "0",
        "stones-INITIAL_FORMS": "0",
    }

    admin_client.post(reverse(FORM, args=[certified.pk]), data)

    certified.refresh_from_db()
    assert (certified.serial_number, certified.size) == ("DTC-8", "6½")
    assert certified.events.get(pk=event.pk).place == event.place


def test_form_says_what_is_missing(admin_client, draft):
    """The opened form lists the gaps, without any script."""
    text = _open(admin_client, draft).content.decode()

    assert "Can be sold?" in text
    assert "Add the step “graded” to the chain." in text


def test_untouched_rows_are_not_saved(admin_client, draft):
    """The empty rows that offer missing steps are no steps until they are filled."""
    response = _save(admin_client, draft)

    assert response.status_code == 302
    assert draft.events.count() == 4


def test_filled_rows_complete_the_chain(admin_client, draft):
    """Filling the offered rows and pressing the button puts the piece on sale."""
    data = filled(_open(admin_client, draft))
    for number in ("4", "5"):
        row = f"events-{number}-"
        data |= {
            f"{row}place": "New York",
            f"{row}country": "US",
            f"{row}happened_on": "2020-02-14",
            f"{row}actor": "Hollow Oak Workshop",
            f"{row}document": "Work record 12",
            f"{row}document_sha256": "0" * 64,
            f"{row}basis": "own_record",
        }

    admin_client.post(reverse(FORM, args=[draft.pk]), data | {"_put_on_sale": "1"})

    draft.refresh_from_db()
    assert [step.kind for step in draft.events.order_by("sequence")][4:] == [
        "graded",
        "set",
    ]
    assert draft.status == PieceStatus.ON_SALE


def test_uploaded_documents_are_hashed(admin_client, draft):
    """A document's digest is computed from the upload, whatever was typed."""
    document = SimpleUploadedFile("report.txt", b"FICTIONAL report")

    _save(
        admin_client,
        draft,
        **{"events-0-document_file": document, "events-0-document_sha256": "1" * 64},
    )

    event = draft.events.get(sequence=1)
    digest = hashlib.sha256(b"FICTIONAL report").hexdigest()
    assert event.document_sha256 == digest


def test_a_new_piece_is_added_with_its_stone(admin_client):
    """The empty form adds a piece as a draft."""
    item = make_item()
    data = filled(admin_client.get(reverse("admin:store_piece_add")))

    admin_client.post(
        reverse("admin:store_piece_add"),
        data | {"item": item.pk, "serial_number": "NEW-1", "size": "7"},
    )

    piece = Piece.objects.get(serial_number="NEW-1")
    assert piece.status == PieceStatus.DRAFT
    assert not piece.events.exists()
