"""The currency switch, and carts that follow it."""

import pytest

from store.models import Cart, CartLine, Item, ItemPrice
from tests import extras_factories, store_factories

pytestmark = pytest.mark.django_db

COLLECTION = "/collections/diamonds-that-care/"
ITEM = "/items/aya/"
PRICED = ["/", COLLECTION, ITEM]


def _choose(browser, currency="EUR", **fields):
    return browser.post("/currency/", {"currency": currency, **fields})


def _read(browser, address):
    return browser.get(address).content.decode()


@pytest.mark.parametrize("address", PRICED)
def test_prices_follow_the_choice(client, euros, address):
    """Price and gift are shown in the chosen currency, and in no other."""
    before = _read(client, address)
    _choose(client)
    after = _read(client, address)

    assert "$2,499.00" in before
    assert "€2,299.00" in after
    assert "€229.90" in after
    assert "$2,499.00" not in after


def test_choosing_goes_back_to_the_page(client, euros):
    """The answer is a 303 to the page that the form stood on, its filters kept."""
    address = f"{COLLECTION}?kind=ring&sort=price"
    page = _read(client, address)

    response = _choose(client, next=address)

    assert f'name="next" value="{address.replace("&", "&amp;")}"' in page
    assert (response.status_code, response["Location"]) == (303, address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "cart",
    ],
)
def test_choosing_leads_to_no_other_site(client, euros, address):
    """An address that is no page of the shop leads home; the choice is kept."""
    response = _choose(client, next=address)

    assert (response.status_code, response["Location"]) == (303, "/")
    assert client.cookies["store_currency"].value == "EUR"


@pytest.mark.parametrize("currency", ["", "CHF", "eur", "EUROS", "EUR\x00"])
def test_unknown_currency_changes_nothing(client, euros, currency):
    """A currency that the shop does not offer is not kept."""
    response = _choose(client, currency)

    assert response.status_code == 303
    assert not response.cookies


def test_choosing_is_no_link(client, db):
    """Following a link chooses nothing."""
    assert client.get("/currency/").status_code == 405


@pytest.mark.parametrize(
    ("site", "status"),
    [
        ("same-origin", 303),
        ("none", 303),
        ("same-site", 403),
        ("cross-site", 403),
    ],
)
def test_other_sites_choose_nothing(strict_shopper, euros, site, status):
    """The form needs no token: the browser says which site it stood on."""
    response = strict_shopper.post(
        "/currency/", {"currency": "EUR"}, headers={"sec-fetch-site": site}
    )

    assert response.status_code == status
    assert bool(response.cookies) == (status == 303)


class TestSwitch:
    """The switch itself."""

    def test_tells_the_current_one(self, client, euros):
        """The switch names each currency, and marks the one that is shown."""
        _choose(client)
        page = " ".join(_read(client, ITEM).split())

        assert 'value="EUR" aria-current="true">EUR' in page
        assert page.count('aria-current="true"') == 1
        assert "British Pound" in page
        assert "csrf" not in page[page.index("<details") : page.index("</details")]

    def test_shows_what_the_cart_is_in(self, shopper_with_cart, euros):
        """In the cart the cart's own currency is marked."""
        Cart.objects.update(currency="EUR")

        page = " ".join(_read(shopper_with_cart, "/cart/").split())

        assert 'value="EUR" aria-current="true"' in page

    def test_stays_away_from_the_checkout(self, shopper_with_cart, euros):
        """Nobody loses what was typed by changing the currency half-way."""
        assert "currency-switch" not in _read(shopper_with_cart, "/checkout/")


class TestCart:
    """Carts have one currency."""

    def test_item_says_what_was_shown(self, client, euros):
        """The piece joins the cart in the currency of the price beside the button."""
        Item.objects.update(engraving_length=10)
        _choose(client)
        page = _read(client, ITEM)

        client.post(
            "/cart/add/", {"serial_number": euros.serial_number, "currency": "EUR"}
        )

        assert '<input type="hidden" name="currency" value="EUR">' in page
        assert "It adds €150.00." in page
        assert "€2,299.00" in _read(client, "/cart/")

    def test_cart_follows_the_switch(self, shopper_with_cart, euros):
        """Choosing another currency prices the cart and the checkout in it."""
        response = _choose(shopper_with_cart, next="/cart/")

        assert response["Location"] == "/cart/"
        assert "€2,299.00" in _read(shopper_with_cart, "/cart/")
        assert "Go to pay €2,299.00" in _read(shopper_with_cart, "/checkout/")

    def test_cart_that_cannot_follow_says_why(self, shopper_with_cart, euros):
        """One piece without a price keeps cart and pages as they are."""
        response = _choose(shopper_with_cart, "GBP", next=ITEM)

        page = _read(shopper_with_cart, "/cart/")
        assert response["Location"] == "/cart/"
        assert "A piece in your cart is not sold in GBP." in page
        assert "$2,499.00" in page
        assert "store_currency" not in shopper_with_cart.cookies

    def test_second_currency_is_refused_in_words(self, shopper_with_cart, euros):
        """A piece shown in euros does not join a cart in dollars unseen."""
        other = store_factories.make_piece(item=euros.item)

        response = shopper_with_cart.post(
            "/cart/add/",
            {"serial_number": other.serial_number, "currency": "EUR", "item": "aya"},
        )

        assert response["Location"] == ITEM
        assert "Your cart is in another currency." in _read(shopper_with_cart, ITEM)
        assert CartLine.objects.count() == 1

    def test_lost_price_is_told(self, client, euros):
        """A piece whose price was taken away is not called somebody else's."""
        client.post(
            "/cart/add/", {"serial_number": euros.serial_number, "currency": "EUR"}
        )
        ItemPrice.objects.all().delete()

        page = _read(client, "/cart/")

        assert "This piece is not sold in EUR any more." in page
        assert "Somebody else" not in page
        assert 'href="/checkout/"' not in page

    def test_cart_without_a_way_is_led_out(self, shopper_with_cart, euros):
        """Who cannot have it sent for euros is told to choose another currency."""
        extras_factories.make_rate()
        _choose(shopper_with_cart)

        shown = _read(shopper_with_cart, "/checkout/")
        sent = shopper_with_cart.post("/checkout/", {"email": "thato@example.com"})

        for page in (shown, sent.content.decode()):
            words = "We do not deliver there for a price in EUR."
            assert page.count(words) == 1
            assert f'<a href="/cart/">{words}' in page
            assert "from the list" not in page

    def test_withdrawn_currency_is_not_asked_for(self, client, euros, settings):
        """A form of yesterday does not bring back a currency the shop gave up."""
        settings.STORE = {**settings.STORE, "CURRENCIES": ["USD"]}

        client.post(
            "/cart/add/", {"serial_number": euros.serial_number, "currency": "EUR"}
        )

        assert Cart.objects.get().currency == "USD"
