"""Pages in the currency that the cookie names, and what caches may do with them."""

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from store.models import Cart, Item, ItemPrice
from tests import store_factories

pytestmark = pytest.mark.django_db

COLLECTION = "/collections/diamonds-that-care/"
ITEM = "/items/aya/"
PRICED = ["/", COLLECTION, ITEM]
MOST_STATEMENTS = {"/": 7, COLLECTION: 6, ITEM: 8}


def _choose(browser, currency="EUR", **fields):
    return browser.post("/currency/", {"currency": currency, **fields})


def _read(browser, address):
    return browser.get(address).content.decode()


def test_invented_cookie_is_ignored(client, euros, settings):
    """Who brings another currency, or one that is offered no more, sees the default."""
    client.cookies["store_currency"] = "CHF"
    assert "$2,499.00" in _read(client, ITEM)

    client.cookies["store_currency"] = "EUR"
    settings.STORE = {**settings.STORE, "CURRENCIES": ["USD", "GBP"]}
    assert "$2,499.00" in _read(client, ITEM)


def test_cookie_is_kept_from_scripts(client, euros, settings):
    """The cookie says nothing but the currency, and travels as the session's does."""
    settings.SESSION_COOKIE_SECURE = True

    cookie = _choose(client).cookies["store_currency"]

    assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (
        True,
        "Lax",
        True,
    )
    assert cookie["max-age"] == 365 * 24 * 3600


class TestSharing:
    """What caches may do with the pages."""

    @pytest.mark.parametrize("address", ["/", COLLECTION])
    def test_looking_sets_no_cookie(self, client, euros, address):
        """The switch costs no visitor a cookie, and no session a row."""
        first = client.get(address)
        _choose(client)
        second = client.get(address)

        assert not first.cookies
        assert not second.cookies
        assert not SessionStore.get_model_class().objects.exists()

    @pytest.mark.parametrize("address", PRICED)
    def test_pages_vary_by_the_choice(self, client, euros, address):
        """A cache keeps the pages of different currencies apart."""
        assert "Cookie" in client.get(address)["Vary"]

    @pytest.mark.parametrize("address", ["/", COLLECTION])
    def test_same_choice_is_the_same_page(self, client, euros, address):
        """Everybody who chose one currency can be handed the same bytes."""
        _choose(client)
        other = type(client)()
        _choose(other)

        assert client.get(address).content == other.get(address).content

    def test_pages_without_prices_are_one(self, client, euros):
        """What shows no price has no switch, and is one page for all."""
        for address in ("/help/", euros.certificate.get_absolute_url()):
            response = client.get(address)

            assert "Cookie" not in response.get("Vary", "")
            assert "currency-switch" not in response.content.decode()

    def test_shop_of_one_currency_has_no_switch(self, client, euros, settings):
        """Where there is nothing to choose, pages are as they were."""
        settings.STORE = {**settings.STORE, "CURRENCIES": ["USD"]}

        response = client.get(COLLECTION)

        assert "Cookie" not in response.get("Vary", "")
        assert "currency-switch" not in response.content.decode()

    @pytest.mark.parametrize("address", PRICED)
    def test_choice_takes_no_statement(
        self, shopper_with_cart, read_statements, euros, address
    ):
        """Another currency costs no more statements than the default one."""
        _choose(shopper_with_cart)

        statements = read_statements(shopper_with_cart, address)

        assert len(statements) <= MOST_STATEMENTS[address], statements

    @pytest.mark.slow
    def test_prices_are_read_by_index(self, shopper_with_cart, read_statements, piece):
        """Among fifty thousand items with prices the list reads by index alone."""
        collection = piece.item.collection
        store_factories.make_many_items(collection=collection, count=50_000)
        ItemPrice.objects.bulk_create(
            (
                ItemPrice(item_id=pk, currency=currency, amount=100)
                for pk in Item.objects.values_list("pk", flat=True)
                for currency in ("EUR", "GBP")
            ),
            batch_size=2000,
        )
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        shopper_with_cart.cookies["store_currency"] = "EUR"

        statements = read_statements(shopper_with_cart, COLLECTION)

        listing = next(text for text in statements if "counted" in text)
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {listing}")
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "Seq Scan on store_" not in plan


class TestUnpriced:
    """Items that the chosen currency has no price of."""

    def test_is_shown_in_its_own(self, client, euros):
        """An item without a price shows its own, and says that one pays so."""
        _choose(client, "GBP")

        assert "$2,499.00" in _read(client, COLLECTION)
        page = _read(client, ITEM)
        assert "$2,499.00" in page
        assert "Not sold in GBP: you pay in USD." in page

    def test_is_not_told_where_nothing_is_chosen(self, client, piece, settings):
        """A shop of one currency explains nothing, even with an item in another."""
        settings.STORE = {**settings.STORE, "CURRENCIES": ["EUR"]}

        assert "Not sold in" not in _read(client, ITEM)

    def test_joins_the_cart_as_shown(self, client, euros):
        """What was shown in dollars is put in the cart in dollars, and so is more."""
        _choose(client, "GBP")

        client.post(
            "/cart/add/", {"serial_number": euros.serial_number, "currency": "USD"}
        )

        assert Cart.objects.get().currency == "USD"
        assert client.cookies["store_currency"].value == "USD"


class TestPledges:
    """What pages promise in another currency than the pledge's."""

    @pytest.fixture
    def collection(self, db):
        """A collection that gives $25.00 a piece: nothing of a price in euros."""
        pledge = store_factories.make_pledge(share_fixed_amount=2500)
        return store_factories.make_collection(pledge=pledge)

    def test_fixed_amount_is_not_promised(self, client, euros):
        """Beside a price in euros no gift in dollars is promised."""
        _choose(client)

        assert "gives" not in _read(client, COLLECTION)
        page = _read(client, ITEM)
        assert "We give" not in page
        assert "Returns within 30 days" in page

    def test_fixed_amount_says_its_currency(self, client, euros):
        """The promise of a collection says in which currency it holds."""
        words = "for every piece that is paid in USD to Feeding America"
        assert words not in _read(client, COLLECTION)

        _choose(client)

        for address in ("/", COLLECTION):
            assert words in _read(client, address)
