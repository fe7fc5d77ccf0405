"""The one sum of cart and order: discounts and donations of a whole cart."""

import pytest

from store.domain.choices import Choices
from store.models import Cart
from store.services import carts, goods, quotes
from tests import orders
from tests.extras_factories import make_voucher
from tests.store_factories import make_collection, make_item, make_piece, make_pledge

pytestmark = pytest.mark.django_db

# Example V3 of the donation rules: price, whether its pledge gives, its part of a
# discount of 10000, and what is given of it at 10%.
V3 = (
    (120_000, True, 5143, 11_486),
    (80_000, False, 3429, 0),
    (11_111, True, 476, 1064),
    (11_111, True, 476, 1064),
    (11_111, True, 476, 1064),
)


def quote(token, at):
    """Return what a cart comes to when nothing is chosen."""
    lines = goods.read_lines(token=token)
    return quotes.quote_cart(lines=lines, choices=Choices(), at=at)


@pytest.fixture
def v3_pieces(at):
    """The pieces of example V3; one belongs to a pledge that is over."""
    giving = make_collection(pledge=make_pledge())
    first_day = at.date().replace(day=1)
    over = make_pledge(slug="over", starts_on=first_day, ends_on=first_day)
    silent = make_collection(slug="silent", pledge=over)
    return [
        make_piece(
            item=make_item(
                collection=giving if is_giving else silent, price_amount=price
            )
        )
        for price, is_giving, _, _ in V3
    ]


@pytest.mark.checklist("M5", "M6")
def test_discount_and_donations_follow_the_rules(v3_pieces, at):
    """M5: example V3 of the donation rules, through prices, voucher and pledges."""
    make_voucher(discount_amount=10_000)
    token = orders.make_cart(*v3_pieces, at=at)
    carts.set_voucher(token=token, code="WINTER-10", at=at)

    found = quote(token, at)

    lines = [(line.price.discount.amount, line.donation_amount) for line in found.lines]
    assert lines == [(discount, given) for _, _, discount, given in V3]
    assert (found.price.discount.amount, found.donation.amount) == (10_000, 14_678)


def test_faults_stand_beside_the_sums(piece, at):
    """A code that no longer applies is told, and the cart is priced without it."""
    token = orders.make_cart(piece, at=at)
    Cart.objects.update(voucher_code="GONE")

    cart = carts.read_cart(token=token, at=at)

    assert [(f.field, f.rule) for f in cart.faults] == [("voucher_code", "unknown")]
    assert cart.total == cart.subtotal == piece.item.price
    assert (cart.discount, cart.voucher_code) == (None, "GONE")


def test_cart_shows_engraving_and_discount(at):
    """Each line says what its engraving adds and what the voucher takes off."""
    make_voucher()
    item = make_item(engraving_length=10, engraving_amount=9000)
    piece = make_piece(item=item)
    token = carts.add_piece(
        token=None, serial_number=piece.serial_number, at=at, engraving="for Ada"
    )
    carts.set_voucher(token=token, code="WINTER-10", at=at)

    (line,) = carts.read_cart(token=token, at=at).lines

    assert (line.engraving, line.engraving_price.amount) == ("for Ada", 9000)
    assert line.discount.amount == 25_890
    assert line.donation.amount == 23_301


def test_empty_cart_comes_to_nothing(at):
    """Without pieces there are no sums, no faults, and nothing to pay."""
    cart = carts.read_cart(token=None, at=at)

    assert (cart.total, cart.subtotal, cart.discount, cart.donation) == (None,) * 4
    assert (cart.faults, cart.is_payable, cart.is_empty) == ((), False, True)


def test_engraving_is_changed_in_the_cart(at):
    """An engraving is set and removed; of a piece that is not there it is not."""
    piece = make_piece(item=make_item(engraving_length=10))
    token = orders.make_cart(piece, at=at)
    details = {"token": token, "serial_number": piece.serial_number}

    assert carts.engrave_piece(**details, engraving=" Ada ")
    assert carts.read_cart(token=token, at=at).lines[0].engraving == "Ada"
    assert carts.engrave_piece(**details, engraving="")
    assert carts.read_cart(token=token, at=at).lines[0].engraving == ""
    assert not carts.engrave_piece(token=token, serial_number="OTHER", engraving="Ada")
