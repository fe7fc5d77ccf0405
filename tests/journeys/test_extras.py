"""Everything that can be chosen with a piece, in a real browser."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from store.models import Order, Return
from tests import extras_factories, store_factories
from tests.journeys import books, shopping

pytestmark = pytest.mark.django_db(transaction=True)

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def piece(shop):
    """A piece that can be engraved, a voucher for it, and two countries to ship to."""
    item = store_factories.make_item(
        slug="aya", engraving_length=10, engraving_amount=10_000
    )
    store_factories.make_item_image(item=item)
    extras_factories.make_voucher()
    extras_factories.make_rate(insurance_amount=500)
    extras_factories.make_rate(countries="CA", name="Airmail")
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


def _check(shopper):
    found = Axe().run(shopper.page, options={"runOnly": RULES}).response["violations"]
    faults = [f"{fault['id']}: {fault['nodes'][0]['html']}" for fault in found]
    assert faults == []
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not shopper.page.evaluate(wide)


def _fill_the_cart(shopper, piece):
    shopper.open("/items/aya/")
    shopper.page.get_by_label(piece.serial_number).check()
    shopper.page.get_by_label("Engraving").fill("Ever")
    _check(shopper)
    shopper.press("Add to cart")
    shopper.page.get_by_label("Voucher code").fill("winter-10")
    shopper.press("Apply the voucher")
    _check(shopper)


def _choose(shopper):
    shopper.follow("Check out")
    shopper.page.get_by_label("Email").fill(shopping.EMAIL)
    shopper.page.get_by_label("Country").select_option("US")
    shopper.press("Update the total")
    shopper.page.get_by_label("Insure the parcel").check()
    shopper.page.get_by_label("This is a gift").check()
    shopper.page.get_by_label("Note for the recipient").fill("For you")
    shopper.press("Update the total")
    _check(shopper)


def test_shopper_chooses_everything(shop, shopper, piece):
    """Voucher, engraving, delivery and gift are paid as shown; a return is asked."""
    _fill_the_cart(shopper, piece)
    _choose(shopper)
    shopper.press("Go to pay $2,384.10")
    shopper.pay("4242 4242 4242 4242")
    shopper.sees("Thank you", seconds=shopping.PAYMENT_SECONDS)
    shop.wait()

    order = Order.objects.get()
    assert books.find_faults(order) == {}
    assert (order.total_amount, order.gift_note) == (238_410, "For you")
    for row in ("Voucher WINTER-10", "Courier, signed for", "Engraved: Ever"):
        expect(shopper.page.get_by_text(re.compile(row)).first).to_be_visible()
    _ask_for_a_return(shopper)


def _ask_for_a_return(shopper):
    shopper.page.get_by_label("Aya ring").check()
    _check(shopper)
    shopper.press("Ask to send it back")
    expect(shopper.page.get_by_text("You asked to send this back.")).to_be_visible()
    _check(shopper)
    shopper.follow("Receipt for the recipient")
    shopper.sees("A gift for you")
    _check(shopper)
    assert Return.objects.get().status == "requested"
