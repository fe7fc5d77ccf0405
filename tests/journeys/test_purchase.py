"""Buying a piece in a real browser, through the real stack."""

import pytest
from playwright.sync_api import expect

from donations.models import Entry
from store.models import Order, Piece
from tests import store_factories
from tests.journeys import books, shopping

pytestmark = pytest.mark.django_db(transaction=True)

GOOD_CARD = "4242 4242 4242 4242"
DECLINED_CARD = "4000 0000 0000 0002"
CAREFUL_CARD = "4000 0027 6000 3184"


@pytest.fixture
def piece(shop):
    """One pictured piece on sale."""
    item = store_factories.make_item(slug="aya")
    store_factories.make_collection_image(collection=item.collection)
    store_factories.make_item_image(item=item)
    return store_factories.make_piece(item=item, serial_number="DTC-0001-01")


@pytest.fixture(params=sorted(shopping.SIZES))
def shopper(request, shop, new_context, settings):
    """A shopper with a phone, and one with a desktop computer."""
    width, height = shopping.SIZES[request.param]
    context = new_context(viewport={"width": width, "height": height})
    payments = settings.STORE["STRIPE_API_BASE"]
    shopper = shopping.watch(context.new_page(), shop.url, payments)
    yield shopper
    assert shopper.complaints == []


def _is_told(shopper, text):
    expect(shopper.page.get_by_text(text).first).to_be_visible()


def _walk_to_the_piece(shopper, piece):
    """Go from the first page past the certificate to the item."""
    shopper.open("/")
    shopper.follow("See Diamonds That Care")
    shopper.sees("Diamonds That Care")
    shopper.follow("Aya ring")
    _is_told(shopper, "$249.90")
    shopper.follow(f"Certificate {piece.certificate.number}")
    shopper.sees("Natural diamond, C5")
    shopper.page.go_back()


@pytest.mark.checklist("S7")
def test_shopper_buys_a_piece(shop, shopper, piece):
    """From the first page to the confirmation, the gift is right to the cent."""
    _walk_to_the_piece(shopper, piece)
    shopper.check_out(piece.serial_number)
    shopper.pay(GOOD_CARD)
    shopper.sees("Thank you", seconds=shopping.PAYMENT_SECONDS)
    shop.wait()

    order = Order.objects.get()
    assert books.find_faults(order) == {}
    assert order.donation_amount == 24_990
    assert [entry.amount for entry in Entry.objects.all()] == [24_990]
    assert Piece.objects.get().is_sold
    assert [mail["To"] for mail in shop.mails()] == [order.email]
    shopper.page.reload()
    _is_told(shopper, "We have set $249.90 aside for Feeding America.")


def test_declined_shopper_tries_again(shop, shopper, piece):
    """A declined card keeps the page open; another card then pays, once."""
    shopper.open("/items/aya/")
    shopper.check_out(piece.serial_number)
    shopper.pay(DECLINED_CARD)
    expect(shopper.page.get_by_role("alert")).to_be_visible()
    assert not Order.objects.get().is_paid

    shopper.pay(GOOD_CARD)
    shopper.sees("Thank you", seconds=shopping.PAYMENT_SECONDS)
    shop.wait()

    assert books.find_faults(Order.objects.get()) == {}


def test_bank_asks_and_is_answered(shop, shopper, piece):
    """A card that its bank wants confirmed pays once the customer confirms."""
    shopper.open("/items/aya/")
    shopper.check_out(piece.serial_number)
    shopper.pay(CAREFUL_CARD)
    shopper.press("Complete authentication")
    shopper.sees("Thank you", seconds=shopping.PAYMENT_SECONDS)
    shop.wait()

    assert books.find_faults(Order.objects.get()) == {}


def test_bank_asks_and_is_refused(shop, shopper, piece):
    """A refused confirmation pays nothing; the piece stays held and can be paid."""
    shopper.open("/items/aya/")
    shopper.check_out(piece.serial_number)
    shopper.pay(CAREFUL_CARD)
    shopper.press("Fail authentication")
    expect(shopper.page.get_by_role("alert")).to_be_visible()
    shop.wait()

    order = Order.objects.get()
    assert (order.status, order.payments.count()) == ("pending", 0)
    assert not shop.mails()


@pytest.mark.checklist("S4")
def test_shopper_comes_back_unpaid(shop, shopper, piece):
    """Leaving the payment page leads back to a cart that still holds the piece."""
    shopper.open("/items/aya/")
    shopper.check_out(piece.serial_number)
    shopper.page.get_by_role("link", name="Back to").click()
    shopper.sees("Cart")
    shopper.follow("Check out")
    shopper.page.get_by_label("Email").fill(shopping.EMAIL)
    shopper.press("Go to pay")
    expect(shopper.page.get_by_label("Card number")).to_be_visible()

    assert Order.objects.count() == 1
