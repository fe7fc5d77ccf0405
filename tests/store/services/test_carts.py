"""What a shopper gathers."""

from datetime import timedelta

import pytest

from donations.domain.money import Money
from store.models import Cart, CartLine, Collection, Item, Piece
from store.services import carts
from tests import orders
from tests.store_factories import (
    make_collection,
    make_item,
    make_item_image,
    make_piece,
)

pytestmark = pytest.mark.django_db


def add(piece, at, token=None):
    """Put a piece in a cart and return the cart's token."""
    return carts.add_piece(token=token, serial_number=piece.serial_number, at=at)


def read(token, at):
    """Return the cart as it is today."""
    return carts.read_cart(token=token, at=at)


def test_first_piece_makes_a_cart(piece, at):
    """A shopper without a cart gets one with a token of 128 random bits."""
    token = add(piece, at)

    assert len(token) == 22
    assert token != add(piece, at)
    assert carts.count_pieces(token=token) == 1


def test_empty_cart_can_be_opened(db, at):
    """A program may begin with an empty cart; it has a token like any other."""
    token = carts.open_cart(at=at)

    assert len(token) == 22
    assert read(token, at).is_empty


def test_second_piece_joins_the_cart(piece, at):
    """A known token leads to the same cart, which notes when it changed."""
    token = add(piece, at)
    later = at + timedelta(minutes=1)

    assert add(make_piece(item=piece.item), later, token) == token

    assert carts.count_pieces(token=token) == 2
    assert Cart.objects.get().changed_at == later


def test_unknown_token_is_not_taken_over(piece, at):
    """A token that nobody gave out is replaced by a new one."""
    token = add(piece, at, token="chosen-by-a-stranger")

    assert token != "chosen-by-a-stranger"


def test_piece_is_in_a_cart_once(piece, at):
    """Adding a piece twice changes nothing."""
    token = add(piece, at)

    add(piece, at, token)

    assert carts.count_pieces(token=token) == 1


@pytest.mark.parametrize("status", ["held", "sold", "withdrawn", "draft"])
def test_piece_that_is_not_free_is_refused(status, piece, at):
    """Only a piece on sale goes into a cart."""
    Piece.objects.update(status=status)

    with pytest.raises(carts.PieceNotForSaleError):
        add(piece, at)

    assert not Cart.objects.exists()


@pytest.mark.parametrize("model", [Item, Collection])
def test_hidden_piece_is_refused(model, piece, at):
    """A piece of a hidden item or collection cannot be bought."""
    model.objects.update(published_at=None)

    with pytest.raises(carts.PieceNotForSaleError):
        add(piece, at)


def test_unknown_piece_is_refused(piece, at):
    """A serial number that no piece has is refused."""
    with pytest.raises(carts.PieceNotForSaleError):
        carts.add_piece(token=None, serial_number="NO-SUCH", at=at)


def test_second_currency_is_refused(piece, at):
    """M3: a cart holds one currency."""
    token = add(piece, at)
    collection = piece.item.collection
    other = make_piece(item=make_item(collection=collection, currency="EUR"))

    with pytest.raises(carts.CurrencyMismatchError):
        add(other, at, token)

    assert carts.count_pieces(token=token) == 1


def test_removed_piece_is_gone(piece, at):
    """A piece leaves the cart once; only its own cart is changed."""
    token, other = add(piece, at), add(piece, at)
    details = {"token": token, "serial_number": piece.serial_number}

    assert carts.remove_piece(**details) is True
    assert carts.remove_piece(**details) is False

    assert carts.count_pieces(token=other) == 1


def test_nobodys_cart_removes_nothing(piece, at):
    """Without a token nothing is removed."""
    add(piece, at)

    assert not carts.remove_piece(token=None, serial_number=piece.serial_number)

    assert CartLine.objects.count() == 1


@pytest.mark.parametrize("token", [None, "", "unknown"])
def test_missing_cart_is_empty(token, at):
    """No token and an unknown one lead to an empty cart without sums."""
    cart = read(token, at)

    assert cart.is_empty
    assert cart.is_available
    assert (cart.lines, cart.total, cart.donation) == ((), None, None)
    assert carts.count_pieces(token=token) == 0


def test_cart_tells_prices_and_gift(piece, at):
    """Each line shows today's price and what we give; the cart shows their sums."""
    token = add(make_piece(item=piece.item), at, add(piece, at))

    cart = read(token, at)

    assert [line.price for line in cart.lines] == [Money(249_900, "USD")] * 2
    assert [line.donation for line in cart.lines] == [Money(24_990, "USD")] * 2
    assert cart.total == Money(499_800, "USD")
    assert cart.donation == Money(49_980, "USD")


def test_cart_shows_todays_price(piece, at):
    """A price changed meanwhile is the one shown: nothing is promised in a cart."""
    token = add(piece, at)
    Item.objects.update(price_amount=100)

    assert read(token, at).total == Money(100, "USD")


def test_cart_outside_the_pledges_days_gives_nothing(piece, at):
    """Before the pledge starts no gift is shown."""
    token = add(piece, at)

    cart = carts.read_cart(token=token, at=at - timedelta(days=3650))

    assert cart.donation is None
    assert [line.terms for line in cart.lines] == [None]


def test_line_shows_the_gallerys_first_picture(piece, at, settings, tmp_path):
    """A line shows the first picture of the item; none when there is none."""
    settings.MEDIA_ROOT = tmp_path
    token = add(piece, at)
    assert read(token, at).lines[0].image is None

    make_item_image(item=piece.item, position=2)
    first = make_item_image(item=piece.item, position=1)

    assert read(token, at).lines[0].image == first


def test_piece_taken_by_another_is_marked(piece, at, simulator):
    """A piece held for somebody else cannot be bought from this cart."""
    token = add(piece, at)
    orders.place_order(piece, at=at)

    cart = read(token, at)

    assert [line.is_available for line in cart.lines] == [False]
    assert not cart.is_available


def test_own_hold_does_not_hide_a_piece(placed, at):
    """A piece held for this very cart can still be bought from it."""
    assert read(placed.cart_token, at).is_available


def test_cart_is_read_in_few_questions(piece, at, django_assert_max_num_queries):
    """A cart of many pieces takes as many queries as one of one."""
    collection = make_collection(slug="another", pledge=piece.item.collection.pledge)
    token = add(piece, at)
    for _ in range(4):
        add(make_piece(item=make_item(collection=collection)), at, token)

    with django_assert_max_num_queries(5):
        cart = read(token, at)

    assert len(cart.lines) == 5
