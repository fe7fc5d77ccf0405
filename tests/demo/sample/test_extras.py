"""The sample's extras: shipping, tax, vouchers, engravings, prices in euros."""

import io
from datetime import UTC, datetime

import pytest
from rich.console import Console

from demo.launcher.plan import Plan
from demo.launcher.screen import Screen
from demo.sample import designs, extras
from donations.domain.money import Money
from store.domain.choices import Choices
from store.models import (
    Collection,
    Item,
    ItemPrice,
    ShippingRate,
    ShippingZone,
    TaxRate,
    Voucher,
)
from store.services import carts, checkout, shipping
from tests import extras_factories, store_factories

AT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RING = "ring-solitaire-cognac-rose-gold"
KINDS = (ShippingZone, ShippingRate, TaxRate, Voucher, ItemPrice)

pytestmark = pytest.mark.django_db


@pytest.fixture
def collection(settings):
    """The sample's items, one piece of its first ring, and the extras."""
    settings.STORE = {**settings.STORE, "CURRENCIES": ["USD", "EUR", "GBP"]}
    collection = store_factories.make_collection()
    for design in designs.read_designs():
        item = store_factories.make_item(
            collection=collection, slug=design.slug, price_amount=design.price
        )
        if design.slug == RING:
            store_factories.make_piece(item=item, serial_number="DTC-0001-01")
    extras.add_extras(collection)
    return collection


def _count():
    return {model.__name__: model.objects.count() for model in KINDS}


def _sell(*, currency="USD", code="", **choices):
    """Order the ring with these choices; return the order."""
    token = carts.add_piece(
        token=None,
        serial_number="DTC-0001-01",
        at=AT,
        currency=currency,
        engraving=choices.pop("engraving", ""),
    )
    if code:
        carts.set_voucher(token=token, code=code, at=AT)
    return checkout.place_order(
        cart_token=token, email="ada@example.com", at=AT, choices=Choices(**choices)
    ).order


def test_every_row_is_valid(collection):
    """What the file tells passes the checks that a merchandiser's typing does."""
    for model in KINDS:
        for row in model.objects.all():
            row.full_clean()
    assert all(_count().values())


def test_every_zone_ships_in_every_currency(collection):
    """Whoever chose a currency can be shipped to, wherever we ship."""
    lacking = [
        (country, currency)
        for country in shipping.list_countries()
        for currency in ("USD", *extras.CURRENCIES)
        if not shipping.list_options(
            country=country, currency=currency, items_total=Money(250_000, currency)
        )
    ]

    assert lacking == []


def test_all_but_the_single_ones_have_prices(collection):
    """Only what is one of a kind is sold in dollars alone."""
    single = {one.slug for one in designs.read_designs() if one.pieces == 1}
    priced = set(ItemPrice.objects.values_list("item__slug", flat=True))
    items = set(Item.objects.values_list("slug", flat=True))

    assert items - priced == single
    assert ItemPrice.objects.count() == 2 * len(priced)


def test_everything_can_be_chosen_at_once(collection):
    """A ring is engraved, cheaper, paid in euros, insured and taxed in Berlin."""
    order = _sell(
        currency="EUR",
        code="WELCOME-10",
        engraving="Ever",
        country="DE",
        is_insured=True,
    )

    # 2,750 and 55 for the engraving, a tenth off, 45 to ship and 23 to insure.
    assert (order.total_amount, order.currency) == (252_450 + 6_800, "EUR")
    assert (order.shipping_amount, order.is_insured) == (6_800, True)
    assert (order.tax_name, order.is_tax_included) == ("VAT", True)
    assert order.tax_amount > 0


def test_below_the_threshold_shipping_is_paid(collection):
    """A parcel in the United States is 25 dollars below 3,000."""
    assert _sell(country="US").shipping_amount == 2_500


def test_above_the_threshold_shipping_is_free(collection):
    """From 3,000 dollars on it is free."""
    Item.objects.filter(slug=RING).update(price_amount=300_000)

    assert _sell(country="US").shipping_amount == 0


def test_vouchers_are_of_each_kind(collection):
    """One takes a percentage off, one an amount, one holds for the collection only."""
    found = {one.code: one for one in Voucher.objects.all()}

    assert {one.kind for one in found.values()} == {"percent", "amount"}
    assert found["CARE-15"].collection == collection
    assert found["CARE-15"].usage_limit == 3


def test_a_second_run_lays_nothing(collection):
    """Everything is laid once."""
    before = _count()

    assert extras.add_extras(collection) == 0
    assert _count() == before


def test_what_a_merchandiser_made_is_left_alone():
    """A kind of which there is one row already gets no more."""
    collection = store_factories.make_collection()
    extras_factories.make_voucher()
    extras_factories.make_rate()
    extras_factories.make_tax()

    extras.add_extras(Collection.objects.get(pk=collection.pk))

    assert _count() == {
        "ShippingZone": 1,
        "ShippingRate": 1,
        "TaxRate": 1,
        "Voucher": 1,
        "ItemPrice": 0,
    }


def test_the_launcher_tells_the_vouchers(tmp_path):
    """Their codes stand beside the test cards."""
    said = io.StringIO()
    plan = Plan.make(tmp_path, port=8000)

    Screen(Console(file=said, width=100)).show_addresses(plan, "admin", "secret")

    assert "WELCOME-10  10% off everything" in said.getvalue()
    assert "4242 4242 4242 4242" in said.getvalue()
