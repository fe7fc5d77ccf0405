"""Amounts are typed as people write them, and stored in minor units."""

import pytest
from django.urls import reverse

from store.models import ItemPrice, ShippingRate, ShippingZone
from tests.store.admin.forms import filled
from tests.store_factories import make_item

pytestmark = pytest.mark.django_db


def _address(item):
    return reverse("admin:store_item_change", args=[item.pk])


def _post(client, address, **changes):
    """Change some fields of an opened form; return the page after it."""
    data = filled(client.get(address))
    return client.post(address, data | changes, follow=True).content.decode()


def test_prices_are_shown_as_people_write_them(admin_client):
    """The form shows 2,499.00 for 249900 cents, in the list as in the form."""
    item = make_item(price_amount=249900)

    pages = [
        admin_client.get(reverse("admin:store_item_changelist")),
        admin_client.get(_address(item)),
    ]

    assert all('value="2,499.00"' in page.content.decode() for page in pages)


def test_prices_are_read_as_people_write_them(admin_client):
    """What is typed becomes minor units of the item's currency."""
    item = make_item(price_amount=249900)

    _post(admin_client, _address(item), price_amount="2599.5", engraving_amount="45")

    item.refresh_from_db()
    assert (item.price_amount, item.engraving_amount) == (259950, 4500)


@pytest.mark.parametrize(
    ("currency", "typed", "amount"),
    [("JPY", "380,000", 380000), ("KWD", "767.125", 767125), ("EUR", "2,300", 230000)],
)
def test_a_price_list_has_its_own_decimals(admin_client, currency, typed, amount):
    """A row's amounts follow the currency typed in that row, and open unchanged."""
    item = make_item()
    row = {
        "prices-TOTAL_FORMS": 1,
        "prices-0-item": item.pk,
        "prices-0-currency": currency,
        "prices-0-amount": typed,
        "prices-0-engraving_amount": "0",
    }

    _post(admin_client, _address(item), **row)
    _post(admin_client, _address(item))

    assert ItemPrice.objects.get(item=item, currency=currency).amount == amount


@pytest.mark.parametrize(
    ("typed", "rule"),
    [
        ("2,499.005", "USD has 2 decimals"),
        ("2.499,00", "write a number with a point"),
        ("-1", "It must be at least 0.01."),
        ("0", "It must be at least 0.01."),
        ("", "This field is required."),
        ("99999999999999999999", "9223372036854775807"),
    ],
)
def test_a_refused_price_names_the_rule(admin_client, typed, rule):
    """A text that is no price is refused beside the field, and stays there to mend."""
    item = make_item(price_amount=249900)

    page = _post(admin_client, _address(item), price_amount=typed)

    item.refresh_from_db()
    assert rule in page
    assert f'value="{typed}"' in page or not typed
    assert item.price_amount == 249900


def test_an_amount_needs_its_currency(admin_client):
    """Without a currency no amount is read, and the form says so."""
    item = make_item(price_amount=249900)

    page = _post(admin_client, _address(item), currency="usd")

    assert "needs a currency of three capitals" in page


def test_an_amount_unchanged_is_no_change(admin_client):
    """Saving an opened form writes no change of price into the history."""
    item = make_item(price_amount=249900, engraving_amount=4500)

    _post(admin_client, _address(item), name="Aya band")

    page = admin_client.get(reverse("admin:store_item_history", args=[item.pk]))
    assert "Changed Name." in page.content.decode()


def test_amounts_may_be_left_out_of_a_rate(admin_client):
    """A rate may have no threshold and no insurance."""
    zone = ShippingZone.objects.create(name="Home", countries="US")
    row = {
        "zone": zone.pk,
        "name": "Courier",
        "currency": "USD",
        "amount": "15",
        "days_min": 1,
        "days_max": 2,
        "position": 0,
    }

    admin_client.post(reverse("admin:store_shippingrate_add"), row)

    rate = ShippingRate.objects.get()
    assert (rate.amount, rate.free_over_amount, rate.insurance_amount) == (
        1500,
        None,
        None,
    )
