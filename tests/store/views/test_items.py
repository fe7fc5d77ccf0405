"""The item page."""

import datetime

import pytest

from store.domain.order import PieceStatus
from store.models import Piece
from tests import store_factories

pytestmark = pytest.mark.django_db

ADDRESS = "/items/aya/"
MOST_STATEMENTS = 8


def test_promise_stands_beside_the_price(client, piece):
    """The price is followed by our gift in money and percent, with days and terms."""
    page = client.get(ADDRESS).content.decode()

    assert page.index("$2,499.00") < page.index("$249.90") < page.index("Add to cart")
    assert "10% of the price, to Feeding America (COVID-19 Response Fund)" in page
    assert "From January 1, 2026 to December 31, 2030." in page
    assert 'href="/impact/feeding-america-covid-19/">Terms</a>' in page


def test_merchant_gives_not_the_customer(client, piece):
    """The page says who gives, and that the purchase is no tax-deductible gift."""
    page = client.get(ADDRESS).content.decode()

    assert (
        "The donation is made by Example Jewelers. "
        "Your purchase is not a tax-deductible gift."
    ) in page
    assert "you donate" not in page.lower()


def test_natural_comes_first(client, piece):
    """The stone is called natural before anything else is said about it."""
    page = client.get(ADDRESS).content.decode()

    assert "Natural diamond, C5, 0.61 ct round brilliant, 14k rose gold" in page


def test_each_piece_is_a_choice(client, item, piece):
    """A free piece is a radio with its serial number, weight, size and certificate."""
    page = client.get(ADDRESS).content.decode()

    assert 'type="radio"' in page
    assert 'value="DTC-0001-01"' in page
    assert "0.61 ct" in page
    assert "Size 6½" in page
    assert f'href="/certificates/{piece.certificate.number}/"' in page


def test_only_free_piece_is_chosen(client, item, piece):
    """With one piece left there is nothing to choose."""
    page = client.get(ADDRESS).content.decode()

    assert "One of one" in page
    assert " checked" in page


def test_sold_pieces_stay_visible(client, item, piece):
    """A sold piece is shown, says so, and cannot be chosen."""
    store_factories.make_piece(item=item, serial_number="DTC-0001-02")
    Piece.objects.filter(pk=piece.pk).update(status=PieceStatus.SOLD)

    page = client.get(ADDRESS).content.decode()

    assert "DTC-0001-01, Sold" in page
    assert page.count(" disabled") == 1


def test_sold_out_item_says_so(client, piece):
    """Without a free piece there is no button, and a way to what is available."""
    Piece.objects.filter(pk=piece.pk).update(status=PieceStatus.SOLD)

    page = client.get(ADDRESS).content.decode()

    assert "Add to cart" not in page
    assert "/collections/diamonds-that-care/?available=on" in page


def test_held_piece_says_so(client, piece):
    """A piece that somebody is paying for cannot be chosen."""
    Piece.objects.filter(pk=piece.pk).update(status=PieceStatus.HELD)

    page = client.get(ADDRESS).content.decode()

    assert "Held for somebody who is paying" in page


def test_drafts_stay_hidden(client, item, piece):
    """A piece that has not passed the gate is not shown."""
    store_factories.make_piece(item=item, serial_number="DTC-0001-09", is_on_sale=False)

    assert "DTC-0001-09" not in client.get(ADDRESS).content.decode()


def test_journey_is_told(client, piece):
    """Every step from mine to setting is named with its place and date, in order."""
    page = client.get(ADDRESS).content.decode()

    steps = ["Mined", "Sorted", "Cut", "Polished", "Graded", "Set"]
    places = [page.index(f"<strong>{step}</strong>") for step in steps]
    assert places == sorted(places)
    assert "Udachnaya pipe, Yakutia, Russia" in page
    assert "September 2018" in page
    assert "June 11, 2018" in page


def test_sizes_sort_as_numbers(client, item, db):
    """Sizes come in the order of their numbers."""
    for size in ("10", "5½", "5"):
        store_factories.make_piece(item=item, size=size)

    page = client.get(ADDRESS).content.decode()

    places = [page.index(f"Size {size}<") for size in ("5", "5½", "10")]
    assert places == sorted(places)


def test_gallery_reaches_every_picture(client, piece, find_images):
    """Every picture has its own place and a thumbnail that leads there."""
    response = client.get(ADDRESS)
    page = response.content.decode()

    assert 'id="picture-2"' in page
    assert 'href="#picture-2"' in page
    images = find_images(response)
    assert len(images) == 4
    assert all("width=" in image and "height=" in image for image in images)
    assert sum('fetchpriority="high"' in image for image in images) == 1


def test_item_without_a_pledge_promises_nothing(client, db):
    """Where no pledge runs today, no donation is mentioned beside the price."""
    pledge = store_factories.make_pledge(
        starts_on=datetime.date(2020, 1, 1), ends_on=datetime.date(2020, 12, 31)
    )
    collection = store_factories.make_collection(pledge=pledge)
    item = store_factories.make_item(collection=collection, slug="aya")
    store_factories.make_piece(item=item)

    page = client.get(ADDRESS).content.decode()

    assert "We give" not in page


def test_unpublished_item_is_not_found(client, collection):
    """An item that is not published, or whose collection is not, answers 404."""
    store_factories.make_item(collection=collection, slug="aya", is_published=False)

    assert client.get(ADDRESS).status_code == 404


def test_page_takes_few_statements(shopper_with_cart, read_statements, item):
    """The page takes at most eight statements, cart and session included."""
    for _ in range(5):
        store_factories.make_piece(item=item)

    statements = read_statements(shopper_with_cart, ADDRESS)

    assert len(statements) <= MOST_STATEMENTS, statements
    assert not any("OFFSET" in statement for statement in statements)
