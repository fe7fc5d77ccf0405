"""Vouchers and engravings in the cart."""

import pytest

from store.models import Cart, CartLine, Item, Voucher
from tests import extras_factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def engravable(shopper_with_cart):
    """A browser whose piece can be engraved with 10 characters for $100.00."""
    Item.objects.update(engraving_length=10, engraving_amount=10_000)
    return shopper_with_cart


def _apply(browser, code):
    return browser.post("/cart/voucher/", {"code": code})


def _engrave(browser, text, serial_number="DTC-0001-01"):
    fields = {"serial_number": serial_number, "engraving": text}
    response = browser.post("/cart/engraving/", fields)
    assert response.status_code == 303
    return browser.get("/cart/").content.decode()


def test_voucher_lowers_the_total(shopper_with_cart):
    """An applied code is named with what it takes off, and the total follows."""
    extras_factories.make_voucher()

    response = _apply(shopper_with_cart, " winter-10 ")

    page = shopper_with_cart.get("/cart/").content.decode()
    assert (response.status_code, response["Location"]) == (303, "/cart/")
    assert "Voucher WINTER-10" in page
    assert "\N{MINUS SIGN}$249.90" in page
    assert "$2,249.10" in page


def test_voucher_can_be_removed(shopper_with_cart):
    """A removed voucher lowers nothing, and can be removed once."""
    extras_factories.make_voucher()
    _apply(shopper_with_cart, "WINTER-10")

    for _ in range(2):
        shopper_with_cart.post("/cart/voucher/", {"remove": "1"})

    page = shopper_with_cart.get("/cart/").content.decode()
    assert page.count("The voucher is out of your cart.") == 1
    assert "$249.90" not in page.replace("gives $249.90", "").replace(
        '<strong class="money">$249.90', ""
    )
    assert Cart.objects.get().voucher_code == ""


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("", "Enter a voucher code."),
        ("NOBODY", "We do not know this voucher code."),
        ("LARGE", "for pieces of at least $5,000.00 together."),
    ],
)
def test_refused_voucher_is_told(shopper_with_cart, code, words):
    """A code that does not apply is refused in words and not kept."""
    extras_factories.make_voucher("LARGE", minimum_amount=500_000)

    _apply(shopper_with_cart, code)

    assert words in shopper_with_cart.get("/cart/").content.decode()
    assert Cart.objects.get().voucher_code == ""


def test_guessing_codes_is_slowed_down(shopper_with_cart, settings):
    """Wrong codes count as guesses, and who waits cannot apply a right one."""
    settings.STORE = {**settings.STORE, "GUESS_RATE": "2/day"}
    extras_factories.make_voucher()

    answers = [_apply(shopper_with_cart, "NOBODY").status_code for _ in range(3)]

    assert answers == [303, 303, 429]
    assert _apply(shopper_with_cart, "WINTER-10").status_code == 429
    assert Cart.objects.get().voucher_code == ""


def test_known_codes_are_no_guesses(shopper_with_cart, settings):
    """A code that exists but does not fit this cart costs no patience."""
    settings.STORE = {**settings.STORE, "GUESS_RATE": "1/day"}
    extras_factories.make_voucher("LARGE", minimum_amount=500_000)

    answers = {_apply(shopper_with_cart, "LARGE").status_code for _ in range(3)}

    assert answers == {303}


def test_ended_voucher_is_told_everywhere(shopper_with_cart):
    """A voucher that ends while it is in a cart is named there and at the checkout."""
    extras_factories.make_voucher()
    _apply(shopper_with_cart, "WINTER-10")
    Voucher.objects.update(is_active=False)

    cart = shopper_with_cart.get("/cart/").content.decode()
    checkout = shopper_with_cart.get("/checkout/").content.decode()

    assert '<a href="/cart/#id_code">We do not know this voucher code.</a>' in cart
    assert '<a href="/cart/#id_code">We do not know this voucher code.</a>' in checkout


def test_without_a_cart_nothing_happens(client):
    """Vouchers and engravings of nobody change nothing."""
    assert _apply(client, "NOBODY").status_code == 303
    assert "changed" not in _engrave(client, "Ever")
    assert not Cart.objects.exists()


def test_engraving_is_chosen_with_the_piece(client, piece):
    """The item's page asks for the text where one can be engraved, and adds it."""
    plain = client.get("/items/aya/").content.decode()
    Item.objects.update(engraving_length=10, engraving_amount=10_000)
    page = client.get("/items/aya/").content.decode()

    fields = {"serial_number": piece.serial_number, "engraving": "Ever"}
    client.post("/cart/add/", fields)

    assert 'name="engraving"' not in plain
    assert 'maxlength="10"' in page
    assert "It adds $100.00." in page
    assert CartLine.objects.get().engraving == "Ever"


def test_refused_engraving_adds_nothing(client, piece):
    """A text that does not fit leads back to the item, which says why."""
    Item.objects.update(engraving_length=10)
    fields = {"serial_number": piece.serial_number, "engraving": "x" * 11}

    response = client.post("/cart/add/", {**fields, "item": "aya"})

    assert response["Location"] == "/items/aya/"
    page = client.get("/items/aya/").content.decode()
    assert "At most 10 characters can be engraved" in page
    assert not CartLine.objects.exists()


def test_engraving_is_changed_in_the_cart(engravable):
    """An engraving is set, shown with its price, and removed by a blank text."""
    page = _engrave(engravable, "Ever <3")
    assert "Engraved: Ever &lt;3" in page
    assert "+$100.00" in page
    assert "$2,599.00" in page

    page = _engrave(engravable, "")
    assert "Engraved" not in page
    assert "The engraving of DTC-0001-01 is changed." in page


def test_refused_engraving_is_told(engravable):
    """A text that does not fit changes nothing, and the cart says why."""
    page = _engrave(engravable, "x" * 11)

    assert "At most 10 characters can be engraved on this piece." in page
    assert CartLine.objects.get().engraving == ""


def test_nobody_engraves_in_another_cart(engravable):
    """A stranger's form changes no engraving of this cart."""
    _engrave(type(engravable)(), "Mine")

    assert CartLine.objects.get().engraving == ""


@pytest.mark.parametrize("address", ["/cart/voucher/", "/cart/engraving/"])
def test_acts_need_a_form_with_a_token(strict_shopper, address):
    """Neither a link nor a foreign form changes a cart."""
    assert strict_shopper.get(address).status_code == 405
    assert strict_shopper.post(address).status_code == 403
