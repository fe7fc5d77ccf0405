"""Another currency from the first page to the payment, in a real browser."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from store.models import Order
from tests import extras_factories, store_factories
from tests.journeys import books, shopping

pytestmark = pytest.mark.django_db(transaction=True)

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture
def piece(shop, settings):
    """A piece for $2,499.00 or €2,299.00, in a shop of three currencies."""
    settings.STORE = {**settings.STORE, "CURRENCIES": ["USD", "EUR", "GBP"]}
    item = store_factories.make_item(slug="aya")
    store_factories.make_item_image(item=item)
    extras_factories.make_price(item=item)
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


def _open_switch(shopper):
    """Open the switch with the keyboard."""
    shopper.page.locator(".currency-switch summary").focus()
    shopper.page.keyboard.press("Enter")
    expect(shopper.page.get_by_role("button", name="EUR Euro")).to_be_visible()


def _choose(shopper, name):
    _open_switch(shopper)
    _check(shopper)
    shopper.press(name)


def test_shopper_pays_in_the_chosen_currency(shop, shopper, piece):
    """Pages, cart, checkout, payment and donation are in the currency chosen once."""
    shopper.open("/collections/diamonds-that-care/?kind=ring")
    _choose(shopper, "EUR Euro")
    assert shopper.page.url.endswith("?kind=ring")
    expect(shopper.page.get_by_text("€2,299.00")).to_be_visible()
    _check(shopper)

    shopper.follow("Aya ring")
    _check(shopper)
    shopper.check_out(piece.serial_number)
    shopper.pay("4242 4242 4242 4242")
    shopper.sees("Thank you", seconds=shopping.PAYMENT_SECONDS)
    shop.wait()

    order = Order.objects.get()
    assert books.find_faults(order) == {}
    assert (order.total_amount, order.currency) == (229_900, "EUR")
    expect(shopper.page.get_by_text("€229.90").first).to_be_visible()
    _check(shopper)


def test_cart_follows_or_says_why_not(shopper, piece):
    """In the cart the choice changes every sum, or nothing, and then it says why."""
    shopper.open("/items/aya/")
    shopper.page.get_by_label(piece.serial_number).check()
    shopper.press("Add to cart")

    _choose(shopper, "GBP British Pound")
    expect(shopper.page.get_by_text("is not sold in GBP")).to_be_visible()
    _check(shopper)
    _choose(shopper, "EUR Euro")
    expect(shopper.page.get_by_text("€2,299.00").first).to_be_visible()
    _check(shopper)


def test_nothing_needs_a_script(new_context, shop, piece):
    """The switch opens, sends and comes back in a browser without scripts."""
    page = new_context(java_script_enabled=False).new_page()
    page.goto(f"{shop.url}/items/aya/")

    page.locator(".currency-switch summary").click()
    page.get_by_role("button", name="EUR Euro").click()

    expect(page.get_by_text("€2,299.00")).to_be_visible()
