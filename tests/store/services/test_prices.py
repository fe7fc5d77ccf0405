"""Price lists: what an item costs in a currency, and carts of one currency."""

import pytest

from donations.domain.money import Money
from store.models import Cart, CartLine, Item
from store.services import carts, prices, vouchers
from store.services.prices import CurrencyMismatchError
from tests import orders
from tests.extras_factories import make_price, make_voucher
from tests.store_factories import make_item, make_piece

pytestmark = pytest.mark.django_db


def add(piece, at, token=None, currency=""):
    """Put a piece in a cart, in a currency, and return the cart's token."""
    return carts.add_piece(
        token=token, serial_number=piece.serial_number, at=at, currency=currency
    )


@pytest.fixture
def euros(piece):
    """A piece that costs $2,499.00 or €2,299.00."""
    make_price(item=piece.item)
    return piece


def test_default_currency_is_the_first(settings):
    """Who chose no currency sees the first one of the settings."""
    settings.STORE = {**settings.STORE, "CURRENCIES": ["EUR", "USD"]}

    assert prices.default_currency() == "EUR"


def test_item_has_its_own_price(piece):
    """In its own currency an item costs what stands on it, engraving included."""
    Item.objects.update(engraving_amount=9000)

    listed = prices.price_of(item=Item.objects.get(), currency="USD")

    assert listed.price == Money(249_900, "USD")
    assert listed.engraving == Money(9000, "USD")


def test_other_currency_has_its_own_list(euros):
    """In another currency the price list decides; nothing is converted."""
    listed = prices.price_of(item=euros.item, currency="EUR")

    assert (listed.price, listed.engraving) == (
        Money(229_900, "EUR"),
        Money(15_000, "EUR"),
    )


def test_item_without_a_price_is_not_offered(piece):
    """A currency that an item has no price in is no currency to buy it in."""
    assert prices.price_of(item=piece.item, currency="EUR") is None


def test_many_prices_take_one_question(euros, django_assert_num_queries):
    """The prices of many items are read at once, and their own without a question."""
    collection = euros.item.collection
    items = [euros.item, *(make_item(collection=collection) for _ in range(3))]
    make_price(item=items[1], amount=100)

    with django_assert_num_queries(1):
        offered = prices.list_prices(items=items, currency="EUR")
    with django_assert_num_queries(0):
        own = prices.list_prices(items=items, currency="USD")

    assert offered.keys() == {items[0].pk, items[1].pk}
    assert own.keys() == {item.pk for item in items}


def test_prices_come_with_their_items(euros, settings, django_assert_num_queries):
    """A page reads items with prices at once; without a price the own one is shown."""
    settings.STORE = {**settings.STORE, "CURRENCIES": ["USD", "EUR"]}
    make_price(item=euros.item, currency="GBP")
    make_price(item=make_item(collection=euros.item.collection), currency="GBP")
    items = Item.objects.order_by("pk")

    with django_assert_num_queries(1):
        found = list(prices.join_prices(items=items, currency="EUR"))
        shown = [prices.shown_price(item=item, currency="EUR") for item in found]

    assert [listed.price for listed in shown] == [
        Money(229_900, "EUR"),
        Money(249_900, "USD"),
    ]
    assert shown[0].engraving == Money(15_000, "EUR")


def test_own_price_wins_over_a_listed_one(piece, settings):
    """In its own currency an item costs what stands on it, whatever a list says."""
    settings.STORE = {**settings.STORE, "CURRENCIES": ["USD", "EUR"]}
    make_price(item=piece.item, currency="USD")

    (item,) = prices.join_prices(items=Item.objects.all(), currency="USD")

    assert prices.shown_price(item=item, currency="USD").price.amount == 249_900


def test_shop_of_one_currency_joins_nothing(euros, settings):
    """Where nothing can be chosen, a page asks for what it always asked for."""
    settings.STORE = {**settings.STORE, "CURRENCIES": ["USD"]}

    joined = prices.join_prices(items=Item.objects.all(), currency="USD")

    assert "store_itemprice" not in str(joined.query)


def test_first_piece_decides_the_currency(euros, at):
    """A cart takes the currency that was asked for with its first piece."""
    token = add(euros, at, currency="EUR")

    assert Cart.objects.get().currency == "EUR"
    assert carts.read_cart(token=token, at=at).total == Money(229_900, "EUR")


def test_currency_that_is_not_offered_gives_way(piece, at):
    """The first piece is priced in its own currency where the other has no price."""
    token = add(piece, at, currency="EUR")

    assert carts.read_cart(token=token, at=at).total == Money(249_900, "USD")


def test_emptied_cart_may_change_its_currency(euros, at):
    """When the last piece is out the next one decides anew."""
    token = add(euros, at)
    carts.remove_piece(token=token, serial_number=euros.serial_number)

    add(euros, at, token, currency="EUR")

    assert Cart.objects.get().currency == "EUR"


@pytest.mark.checklist("M3")
def test_second_currency_is_refused(euros, at):
    """M3: a piece asked for in another currency than the cart's is refused."""
    token = add(euros, at)
    other = make_piece(item=euros.item)

    with pytest.raises(CurrencyMismatchError) as caught:
        add(other, at, token, currency="EUR")

    assert (caught.value.field, caught.value.rule) == ("currency", "mixed")
    assert carts.count_pieces(token=token) == 1


@pytest.mark.checklist("M3")
def test_piece_without_price_in_the_carts_currency_is_refused(euros, at):
    """M3: a piece that is not offered in the cart's currency does not join it."""
    token = add(euros, at, currency="EUR")
    dollars = make_piece(item=make_item(collection=euros.item.collection))

    with pytest.raises(CurrencyMismatchError):
        add(dollars, at, token)


@pytest.mark.checklist("M3")
def test_cart_of_two_currencies_is_shown_and_not_sold(euros, simulator, at):
    """M3: a cart that came to hold two is shown, and refused before Stripe."""
    dollars = make_piece(item=make_item(collection=euros.item.collection))
    token = add(euros, at, currency="EUR")
    CartLine.objects.create(cart=Cart.objects.get(), piece=dollars, added_at=at)

    cart = carts.read_cart(token=token, at=at)
    with pytest.raises(CurrencyMismatchError):
        orders.check_out(token, at=at)

    assert [line.is_available for line in cart.lines] == [True, False]
    assert (cart.total, cart.is_payable) == (Money(229_900, "EUR"), False)
    assert simulator.calls == []


def test_cart_of_nothing_that_is_offered_comes_to_nothing(piece, at):
    """A cart whose pieces lost their price has no sums, voucher or not."""
    token = add(piece, at)
    Cart.objects.update(currency="EUR", voucher_code="ANY")

    cart = carts.read_cart(token=token, at=at)

    assert (cart.total, cart.donation) == (Money(0, "EUR"), None)


def test_cart_changes_its_currency(euros, at):
    """A cart is priced in another currency when all its pieces are offered in it."""
    token = add(euros, at)

    assert carts.change_currency(token=token, currency="EUR", at=at)
    assert carts.read_cart(token=token, at=at).total == Money(229_900, "EUR")
    assert not carts.change_currency(token=None, currency="EUR", at=at)


def test_cart_keeps_its_currency_when_a_piece_is_not_offered(euros, at):
    """One piece without a price keeps the whole cart in its currency."""
    token = add(euros, at)
    add(make_piece(item=make_item(collection=euros.item.collection)), at, token)

    with pytest.raises(CurrencyMismatchError):
        carts.change_currency(token=token, currency="EUR", at=at)

    assert Cart.objects.get().currency == "USD"


@pytest.mark.checklist("M3")
def test_order_is_in_the_carts_currency(euros, simulator, at):
    """M3: order, lines, donation and Session are all in the one currency."""
    token = add(euros, at, currency="EUR")

    placed = orders.check_out(token, at=at)

    (session,) = simulator.sessions()
    assert (session["currency"], session["amount_total"]) == ("eur", 229_900)
    assert placed.order.total == Money(229_900, "EUR")
    assert placed.order.donation == Money(22_990, "EUR")


def test_voucher_for_unpriced_pieces_is_refused(piece, at):
    """A voucher lowers nothing in a cart whose pieces are not offered."""
    make_voucher()
    token = add(piece, at)
    Cart.objects.update(currency="EUR")

    with pytest.raises(vouchers.VoucherRefusedError, match="nothing_eligible"):
        carts.set_voucher(token=token, code="WINTER-10", at=at)
