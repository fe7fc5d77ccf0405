"""Tax: by our table at checkout, or by Stripe when it is paid."""

from dataclasses import replace
from datetime import timedelta

import pytest

from donations.models import Donation
from store.domain import pricing
from store.models import Order
from store.services import carts, checkout, payments, sessions, shipping, taxes
from tests import orders
from tests.extras_factories import make_rate, make_tax
from tests.store.paying import ADDRESS, make_session
from tests.store_factories import make_collection, make_item, make_piece, make_pledge

pytestmark = pytest.mark.django_db

NEW_YORK = checkout.Choices(country="US", region="NY")


class NoTaxes:
    """Another source of rates, as a host may name one: it taxes nobody."""

    def is_used(self):
        """Ask for no place."""
        return False


@pytest.fixture
def exclusive(settings):
    """Prices do not contain the tax."""
    settings.STORE = {**settings.STORE, "PRICES_INCLUDE_TAX": False}


@pytest.fixture
def automatic(settings):
    """Stripe computes the tax."""
    settings.STORE = {**settings.STORE, "AUTOMATIC_TAX": True}


def place(*pieces, at, choices=NEW_YORK):
    """Place an order of these pieces, without asking Stripe for a page."""
    return checkout.place_order(
        cart_token=orders.make_cart(*pieces, at=at),
        email=orders.EMAIL,
        at=at,
        choices=choices,
    )


def pay(attempt, at, **changes):
    """Apply the Session that proves the attempt paid, and return its order."""
    session = replace(make_session(attempt), **changes)
    payments.apply_session(session=session, at=at)
    return Order.objects.get()


def bps(country, region=""):
    """Return the basis points of a place, or nothing."""
    rate = taxes.find_rate(place=shipping.Place(country, region))
    return rate and rate.rate_bps


def test_region_goes_before_its_country(db):
    """A region's own rate is taken, else the country's, else none."""
    make_tax(rate_bps=500)
    make_tax(region="NY", rate_bps=888)

    assert (bps("US", "NY"), bps("US", "OR"), bps("DE")) == (888, 500, None)


def test_region_must_be_known_where_it_decides(piece, at):
    """In a country whose regions differ an order needs a region."""
    make_tax(region="NY")

    with pytest.raises(taxes.TaxRefusedError) as caught:
        place(piece, at=at, choices=checkout.Choices())

    assert (caught.value.field, caught.value.rule) == ("region", "required")
    assert taxes.has_regions(country="US")
    assert not taxes.has_regions(country="DE")


def test_country_must_be_known_where_it_decides(piece, settings, at):
    """A shop that ships to several countries and taxes one asks for the country."""
    settings.STORE = {**settings.STORE, "SHIPPING_COUNTRIES": ["US", "DE"]}
    make_tax()

    with pytest.raises(shipping.ShippingRefusedError, match="country: required"):
        place(piece, at=at, choices=checkout.Choices())


def test_another_source_of_rates_can_be_named(piece, settings, at):
    """The class that the settings name is asked instead of the table."""
    settings.STORE = {**settings.STORE, "TAXES": f"{__name__}.NoTaxes"}
    make_tax(region="NY")

    assert place(piece, at=at).order.tax_amount == 0


def test_included_tax_is_recorded_and_taken_off_the_base(piece, at):
    """Tax that the price contains changes no price, and is no part of the base."""
    make_tax(rate_bps=2000, name="VAT")

    order = place(piece, at=at).order

    line = order.lines.get()
    assert (order.total_amount, order.tax_amount) == (249_900, 41_650)
    assert (order.tax_name, order.is_tax_included) == ("VAT", True)
    assert (line.total_amount, line.added_tax_amount) == (249_900, 0)
    assert (line.donation_base_amount, line.donation_amount) == (208_250, 20_825)


def test_exclusive_tax_is_added_and_given_nothing_of(exclusive, piece, at):
    """Tax on top is paid by the customer; the base is the price without it."""
    make_tax(region="NY", rate_bps=888)

    order = place(piece, at=at).order

    line = order.lines.get()
    assert (order.total_amount, order.tax_amount) == (272_091, 22_191)
    assert (line.total_amount, line.added_tax_amount) == (272_091, 22_191)
    assert line.donation_base_amount == 249_900


def test_pledge_that_leaves_tax_in_counts_added_tax(exclusive, at):
    """An inclusive pledge gives of what is paid for the piece, its tax included."""
    collection = make_collection(pledge=make_pledge(tax_mode="inclusive"))
    make_tax(rate_bps=1000)

    order = place(make_piece(item=make_item(collection=collection)), at=at).order

    assert order.lines.get().donation_base_amount == 274_890


def test_shipping_is_taxed_where_the_place_says_so(exclusive, piece, at):
    """What shipping costs contains its tax: recorded, never added."""
    make_tax(rate_bps=2500, is_shipping_taxed=True)
    make_rate(amount=5000)

    order = place(piece, at=at).order

    assert order.shipping_amount == 5000
    assert order.tax_amount == 62_475 + 1000
    assert order.total_amount == 249_900 + 62_475 + 5000


def test_order_taxed_for_another_place_is_looked_at(piece, at):
    """Goods that go elsewhere than the tax was computed for are noted for staff."""
    make_tax(region="NY")

    order = pay(place(piece, at=at), at, address=replace(ADDRESS, region="OR"))

    assert order.status == "paid"
    assert order.review_reason == "Taxed for US NY, goes elsewhere"


@pytest.mark.parametrize("region", ["NY", "ny", "NJ"])
def test_place_with_the_same_tax_is_fine(region, piece, at):
    """Another place with an equal rate needs nobody's attention."""
    make_tax(region="NY")
    make_tax(region="NJ")

    order = pay(place(piece, at=at), at, address=replace(ADDRESS, region=region))

    assert order.review_reason == ""


def test_untaxed_shop_compares_no_places(piece, at):
    """Without a table it does not matter what region was chosen."""
    order = pay(place(piece, at=at), at, address=replace(ADDRESS, region="OR"))

    assert order.review_reason == ""


def test_automatic_tax_is_asked_for_and_awaited(automatic, exclusive, piece, at):
    """With Stripe Tax the request says so, from stored rows, and our table is idle."""
    make_tax(region="NY")

    attempt = place(piece, at=at, choices=checkout.Choices())

    request = sessions._request(attempt)
    assert (request.is_taxed_there, request.is_tax_included) == (True, False)
    assert attempt.order.is_tax_awaited
    assert (attempt.order.tax_amount, attempt.amount) == (0, 249_900)


@pytest.mark.checklist("S8")
def test_added_tax_of_stripe_is_recorded(automatic, exclusive, piece, at):
    """S8: what Stripe took less its tax is the order's amount; the tax is recorded."""
    make_rate(amount=5000)
    attempt = place(piece, make_piece(item=piece.item), at=at)

    order = pay(attempt, at, amount=549_800, tax_amount=45_000, shipping_tax_amount=20)

    lines = order.lines.order_by("position")
    assert (order.status, order.is_tax_awaited) == ("paid", False)
    assert (order.total_amount, order.tax_amount) == (549_800, 45_000)
    assert (order.tax_name, order.shipping_amount) == ("Tax", 5020)
    assert [line.added_tax_amount for line in lines] == [22_490, 22_490]
    assert sum(line.total_amount for line in lines) + 5020 == order.total_amount
    assert order.donation_amount == 2 * 24_990


@pytest.mark.checklist("S8")
def test_included_tax_of_stripe_lowers_the_base(automatic, piece, at):
    """S8: contained tax changes no amount; base and donation are computed again."""
    order = pay(place(piece, at=at), at, tax_amount=41_650)

    line = order.lines.get()
    assert (order.status, order.total_amount) == ("paid", 249_900)
    assert (line.tax_amount, line.added_tax_amount) == (41_650, 0)
    assert (line.donation_base_amount, order.donation_amount) == (208_250, 20_825)


def test_donation_is_due_of_the_recorded_base(automatic, piece, at):
    """What becomes due is the donation after the tax is known."""
    pay(place(piece, at=at), at, tax_amount=41_650)

    assert Donation.objects.get().base_amount == 208_250


def test_untaxed_order_of_stripe_names_no_tax(automatic, at):
    """Where nothing is taxed nothing is named; a piece without a pledge gives none."""
    ended = make_pledge(starts_on=at.date(), ends_on=at.date())
    piece = make_piece(item=make_item(collection=make_collection(pledge=ended)))
    at += timedelta(days=2)

    order = pay(place(piece, at=at), at)

    assert (order.status, order.tax_name, order.donation_amount) == ("paid", "", 0)


@pytest.mark.checklist("S8")
@pytest.mark.parametrize(
    "changes",
    [
        {"amount": 260_000, "tax_amount": 10_000},
        {"amount": 549_801, "tax_amount": 299_901},
        {"amount": 249_899, "tax_amount": -1},
    ],
    ids=["other amount", "more tax than price", "less than nothing"],
)
def test_amounts_that_do_not_add_up_go_to_review(automatic, exclusive, changes, at):
    """S8: nothing is recorded and nothing sold when Stripe took another amount."""
    attempt = place(make_piece(item=make_item()), at=at)

    order = pay(attempt, at, **changes)

    assert (order.status, order.is_tax_awaited) == ("review", True)
    assert order.total_amount == 249_900


def test_tax_is_shown_with_the_cart(exclusive, piece, at):
    """The cart says what tax is added for the place that was chosen."""
    make_tax(region="NY", rate_bps=888)
    token = orders.make_cart(piece, at=at)

    blank = carts.read_cart(token=token, at=at)
    chosen = carts.read_cart(token=token, at=at, choices=NEW_YORK)

    assert [fault.field for fault in blank.faults] == ["region"]
    assert (blank.is_payable, chosen.is_payable) == (False, True)
    assert chosen.quote.price.tax.amount == 22_191
    assert chosen.quote.rate == pricing.TaxRate("Sales tax", 888, False)
