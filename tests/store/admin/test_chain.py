"""The live line: the server says what a form lacks while it is typed."""

import pytest
from django.urls import reverse

from store.models import CustodyEvent, Piece
from store.services import certificates
from tests.store.admin.forms import filled
from tests.store_factories import make_chain, make_item, make_piece, make_stone

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    """A piece that lacks nothing but the step of setting."""
    piece = Piece.objects.create(item=make_item(), serial_number="DTC-9")
    make_stone(piece=piece)
    make_chain(piece=piece, kinds=("mined", "sorted", "cut", "polished", "graded"))
    return piece


def _form(client, piece):
    return filled(client.get(reverse("admin:store_piece_change", args=[piece.pk])))


def _ask(client, data, piece=None):
    name = "admin:store_piece_check" + ("" if piece else "_new")
    address = reverse(name, args=[piece.pk] if piece else [])
    return client.post(address, data)


def test_answer_equals_the_gate(admin_client, draft):
    """The answer for an untouched form is what the gate itself would say."""
    response = _ask(admin_client, _form(admin_client, draft), draft)

    assert response.json() == {"missing": certificates.missing_for_sale(piece=draft)}
    assert response.json()["missing"] == ["Add the step “set” to the chain."]


def test_typed_rows_count_before_they_are_saved(admin_client, draft):
    """A step that is typed but not saved fills the gap, and nothing is stored."""
    typed = _form(admin_client, draft) | {
        "events-5-place": "New York",
        "events-5-country": "US",
        "events-5-actor": "Hollow Oak Workshop",
        "events-5-document": "Work record 12",
        "events-5-document_file": "record.pdf",
        "events-5-date_precision": "not_known",
        "events-5-basis": "own_record",
    }

    response = _ask(admin_client, typed, draft)

    assert response.json() == {"missing": []}
    assert CustodyEvent.objects.filter(piece=draft).count() == 5


def test_rows_to_be_deleted_do_not_count(admin_client, draft):
    """A ticked step is missing already."""
    typed = _form(admin_client, draft) | {"events-0-DELETE": "on"}

    response = _ask(admin_client, typed, draft)

    assert "Add the step “mined” to the chain." in response.json()["missing"]


def test_half_typed_values_do_no_harm(admin_client, draft):
    """A date or a number that is still being typed is no error of the page."""
    typed = _form(admin_client, draft) | {
        "events-0-happened_on": "2018-0",
        "events-1-sequence": "",
        "events-2-kind": "nonsense",
    }

    assert _ask(admin_client, typed, draft).status_code == 200


def test_a_new_piece_lacks_everything(admin_client):
    """The line answers before the piece exists, and to an empty question."""
    missing = _ask(admin_client, {}).json()["missing"]

    assert "Add at least one stone." in missing
    assert len(missing) == 7


def test_unknown_pieces_are_not_found(admin_client):
    """Asking about a piece that does not exist is an error, not an answer."""
    piece = Piece(pk=999)

    assert _ask(admin_client, {}, piece).status_code == 404


def test_only_staff_is_answered(client, django_user_model):
    """Strangers go to the login; staff without permission is refused."""
    stranger = _ask(client, {})
    staff = django_user_model.objects.create_user("clerk", is_staff=True)
    client.force_login(staff)

    assert stranger.status_code == 302
    assert _ask(client, {}).status_code == 403


def test_certified_pieces_have_no_line(admin_client):
    """A piece on sale shows its certificate instead of the question."""
    piece = make_piece(item=make_item())

    page = admin_client.get(reverse("admin:store_piece_change", args=[piece.pk]))

    assert "Can be sold?" not in page.content.decode()
    assert piece.certificate.number in page.content.decode()
