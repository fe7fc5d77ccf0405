"""The certificate's page and text."""

import hashlib

import pytest

from store.models import Certificate, Piece
from store.services import catalog
from tests import store_factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(piece):
    """Where the piece's certificate is."""
    return f"/certificates/{piece.certificate.number}/"


def test_natural_comes_first(client, piece, address):
    """The page opens with what the stone is, before its shade and number."""
    page = client.get(address).content.decode()

    assert "<h1>Natural diamond, C5</h1>" in page
    assert f"Certificate {piece.certificate.number}, version 1" in page
    assert "shade-c5" in page


def test_each_step_is_printed_whole(client, address):
    """A step says where, when, who, on which document with its SHA-256, and why."""
    page = client.get(address).content.decode()

    digest = hashlib.sha256(b"FICTIONAL document 1 of DTC-0001-01").hexdigest()
    for text in (
        "<h3>Mined</h3>",
        "Udachnaya pipe, Yakutia, Russia",
        "this very place",
        "June 11, 2018",
        "Severny Uval Mine",
        "FICTIONAL document 1 of DTC-0001-01",
        digest,
        "Document held",
    ):
        assert text in page


def test_steps_keep_their_order(client, address):
    """The journey is an ordered list from mine to setting."""
    page = client.get(address).content.decode()

    names = ("Mined", "Sorted", "Cut", "Polished", "Graded", "Set")
    places = [page.index(f"<h3>{name}</h3>") for name in names]
    assert places == sorted(places)
    assert '<ol class="journey">' in page


def test_dates_are_no_more_exact_than_known(client, address):
    """A date known to the month is not given a day."""
    page = client.get(address).content.decode()

    assert "September 2018" in page
    assert "September 1, 2018" not in page


def test_limits_are_always_printed(client, address):
    """What we do not know stands on every certificate."""
    page = client.get(address).content.decode()

    assert "What we do not know" in page
    assert "We do not know which miner found the rough." in page
    assert "The weakest link on this way is: document held." in page


def test_page_tells_no_price(client, address):
    """Prices are not certified."""
    assert "$" not in client.get(address).content.decode()


def test_text_has_the_digest(client, piece, address):
    """The file that can be downloaded has the very digest that the page prints."""
    page = client.get(address).content.decode()

    answer = client.get(f"/certificates/{piece.certificate.number}.json")

    digest = hashlib.sha256(answer.content).hexdigest()
    assert digest == piece.certificate.digest
    assert digest in page
    assert answer["ETag"] == f'"{digest}"'


def test_corrected_certificate_says_so(client, piece, address):
    """While a piece is corrected its certificate stays readable and warns."""
    catalog.withdraw_piece(piece_id=piece.pk)
    catalog.revise_piece(piece_id=piece.pk)

    response = client.get(address)

    assert response.status_code == 200
    assert "is being corrected" in response.content.decode()


def test_newest_version_is_shown(client, piece, address):
    """One address shows the version that is valid now."""
    catalog.withdraw_piece(piece_id=piece.pk)
    catalog.revise_piece(piece_id=piece.pk)
    catalog.put_on_sale(piece_ids=[piece.pk], at=store_factories.AT)

    page = client.get(address).content.decode()

    assert "version 2" in page
    assert "is being corrected" not in page


def test_revoked_certificate_says_so(client, piece, address):
    """A revoked certificate stays readable and says not to rely on it."""
    Certificate.objects.update(status=Certificate.Status.REVOKED)

    assert "Do not rely on it" in client.get(address).content.decode()


def test_several_stones_are_each_told(client, item):
    """Each stone has its own facts; the headline names all shades and treatments."""
    piece = store_factories.make_piece(
        item=item, serial_number="DTC-0009-01", is_on_sale=False
    )
    store_factories.make_stone(
        piece=piece, position=2, shade="C7", carat="0.30", treatment="HPHT"
    )
    catalog.put_on_sale(piece_ids=[piece.pk], at=store_factories.AT)
    piece = Piece.objects.select_related("certificate").get(pk=piece.pk)

    page = client.get(piece.certificate.get_absolute_url()).content.decode()

    assert "<h1>Natural diamonds, C5 to C7, treated: HPHT</h1>" in page
    assert "The 2 stones" in page


def test_guessed_number_is_not_found(client, address):
    """A number that nobody issued answers 404, as page and as text."""
    assert client.get("/certificates/AAAAAAAAAA/").status_code == 404
    assert client.get("/certificates/AAAAAAAAAA.json").status_code == 404


def test_page_takes_few_statements(client, read_statements, address):
    """The page is written from the frozen text: one statement."""
    assert len(read_statements(client, address)) == 1
