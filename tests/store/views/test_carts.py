"""The cart's page and its two acts."""

import pytest

from store.domain.order import PieceStatus
from store.models import Cart, CartLine, Piece
from tests import store_factories

pytestmark = pytest.mark.django_db


def _add(browser, piece, **fields):
    return browser.post("/cart/add/", {"serial_number": piece.serial_number, **fields})


def test_adding_leads_to_the_cart(client, piece):
    """A piece that was added is in the cart, and the page says so."""
    response = _add(client, piece)

    assert (response.status_code, response["Location"]) == (303, "/cart/")
    page = client.get("/cart/").content.decode()
    assert 'role="status"' in page
    assert "DTC-0001-01 is in your cart." in page
    assert "$2,499.00" in page
    assert "gives $249.90" in page.replace("\n", " ")


def test_cart_link_counts(shopper_with_cart):
    """Every page names the cart with the number of items in it."""
    page = shopper_with_cart.get("/help/").content.decode()

    assert "&nbsp;(1)" in page
    assert ", 1 item</span>" in page


def test_empty_cart_says_so(client, db):
    """An empty cart leads back to the collections and takes no checkout."""
    page = client.get("/cart/").content.decode()

    assert "Your cart is empty." in page
    assert "Check out" not in page


def test_adding_twice_keeps_one(shopper_with_cart, piece):
    """A piece is in a cart once, however often it is added."""
    _add(shopper_with_cart, piece)

    assert CartLine.objects.count() == 1


def test_adding_needs_a_token(strict_shopper, piece):
    """A form without its token changes nothing."""
    response = _add(strict_shopper, piece)

    assert response.status_code == 403
    assert not Cart.objects.exists()


def test_adding_is_no_link(client, piece):
    """Following a link adds and removes nothing."""
    assert client.get("/cart/add/").status_code == 405
    assert client.get("/cart/remove/").status_code == 405


def test_gone_piece_is_refused_in_words(client, piece):
    """Somebody who comes too late is led back to the item and told why."""
    Piece.objects.update(status=PieceStatus.SOLD)

    response = _add(client, piece, item="aya")

    assert (response.status_code, response["Location"]) == (303, "/items/aya/")
    page = client.get("/items/aya/").content.decode()
    assert "cannot be bought now: somebody holds or owns it." in page
    assert not CartLine.objects.exists()


def test_choosing_nothing_is_told(client, piece):
    """Sending the form without a choice leads back to it."""
    response = client.post("/cart/add/", {"item": "aya"})

    assert response["Location"] == "/items/aya/"
    assert "Choose a piece first." in client.get("/items/aya/").content.decode()


def test_other_currency_is_refused(shopper_with_cart, collection):
    """A cart holds one currency; the refusal says what to do."""
    item = store_factories.make_item(collection=collection, currency="EUR")
    other = store_factories.make_piece(item=item)

    _add(shopper_with_cart, other)

    page = shopper_with_cart.get("/cart/").content.decode()
    assert "in another currency" in page
    assert CartLine.objects.count() == 1


def test_removing_takes_it_out(shopper_with_cart, piece):
    """A removed piece is gone from the cart and free for others as before."""
    response = shopper_with_cart.post(
        "/cart/remove/", {"serial_number": piece.serial_number}
    )

    assert response.status_code == 303
    page = shopper_with_cart.get("/cart/").content.decode()
    assert "DTC-0001-01 is out of your cart." in page
    assert not CartLine.objects.exists()


def test_removing_nothing_is_harmless(shopper_with_cart):
    """A form without a piece leads back to the cart as it was."""
    assert shopper_with_cart.post("/cart/remove/").status_code == 303
    assert CartLine.objects.count() == 1


def test_nobody_removes_from_another_cart(shopper_with_cart, strict_shopper, client):
    """A serial number from somebody else's cart removes nothing."""
    stranger = type(client)()

    response = stranger.post("/cart/remove/", {"serial_number": "DTC-0001-01"})

    assert response.status_code == 303
    assert CartLine.objects.count() == 1


def test_tampered_cart_is_an_empty_one(client, piece):
    """A session with an invented cart shows an empty cart and reaches nobody's."""
    session = client.session
    session["cart"] = "invented"
    session.save()

    assert "Your cart is empty." in client.get("/cart/").content.decode()
    _add(client, piece)
    assert Cart.objects.get().token != "invented"


def test_gone_piece_blocks_the_way(shopper_with_cart):
    """A piece that somebody else holds is marked and keeps the cart from checkout."""
    Piece.objects.update(status=PieceStatus.HELD)

    page = shopper_with_cart.get("/cart/").content.decode()

    assert "Somebody else holds or owns this piece now." in page
    assert 'href="/checkout/"' not in page


def test_cart_is_never_stored(shopper_with_cart):
    """No cache keeps somebody's cart."""
    assert "no-store" in shopper_with_cart.get("/cart/")["Cache-Control"]
