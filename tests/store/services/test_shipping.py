"""Ways of shipping: where to, at what price, insured or not."""

import pytest

from donations.domain.money import Money
from store.domain.choices import Choices
from store.models import ShippingRate
from store.services import shipping
from tests.extras_factories import make_rate

pytestmark = pytest.mark.django_db


def usd(amount):
    """Return dollars in cents."""
    return Money(amount, "USD")


def plan(total=249_900, currency="USD", **choices):
    """Return the delivery of pieces worth `total`, and what is refused."""
    faults = []
    delivery = shipping.plan_delivery(
        choices=Choices(**choices),
        items_total=Money(total, currency),
        is_place_required=False,
        faults=faults,
    )
    return delivery, [(fault.field, fault.rule) for fault in faults]


def test_without_zones_shipping_is_included():
    """A shop that set no zones ships to its one country, and nothing is added."""
    delivery, faults = plan()

    assert (delivery.options, delivery.chosen.option, faults) == ((), None, [])
    assert (delivery.chosen.price, delivery.place.country) == (usd(0), "US")


def test_several_countries_are_left_open(settings):
    """Without zones nobody must choose a country: the payment page asks for it."""
    settings.STORE = {**settings.STORE, "SHIPPING_COUNTRIES": ["US", "CA"]}

    delivery, faults = plan()

    assert (delivery.place.country, faults) == ("", [])


def test_countries_are_those_of_the_zones(settings):
    """Zones replace the setting: once each, in the order of the zones."""
    assert shipping.list_countries() == ["US"]

    make_rate(countries="DE FR")
    make_rate(countries="FR NL")

    assert shipping.list_countries() == ["DE", "FR", "NL"]


@pytest.mark.parametrize(
    ("choices", "fault"),
    [
        ({}, ("country", "required")),
        ({"country": "US"}, ("country", "not_shipped")),
        ({"country": "DE", "shipping_rate_id": 0}, ("shipping_rate_id", "not_offered")),
        ({"country": "DE", "is_insured": True}, ("is_insured", "not_offered")),
        ({"country": "DE", "region": "x" * 101}, ("region", "too_long")),
    ],
    ids=["no country", "other country", "unknown rate", "not insured", "long region"],
)
def test_refusal_names_field_and_rule(choices, fault):
    """What cannot be shipped so is told by field and rule, and costs nothing yet."""
    make_rate(countries="DE FR")

    delivery, faults = plan(**choices)

    assert (faults, delivery.chosen.price) == ([fault], usd(0))


def test_first_rate_is_taken_when_none_is_chosen():
    """Rates are offered in their order, and the first one is the default."""
    make_rate(name="Express", amount=9000, position=2)
    first = make_rate(name="Courier", position=1)
    make_rate(name="Gone", is_active=False)

    delivery, faults = plan(country="us")

    assert [option.name for option in delivery.options] == ["Courier", "Express"]
    assert (delivery.chosen.option.rate_id, faults) == (first.pk, [])


def test_chosen_rate_is_taken():
    """Who chooses a way of shipping pays for that one."""
    make_rate()
    express = make_rate(name="Express", amount=9000, days_min=1, days_max=2)

    delivery, _ = plan(country="US", shipping_rate_id=express.pk)

    option = delivery.chosen.option
    assert (option.name, delivery.chosen.price) == ("Express", usd(9000))
    assert (option.days_min, option.days_max) == (1, 2)


@pytest.mark.parametrize(("total", "price"), [(99_999, 4000), (100_000, 0)])
def test_shipping_is_free_from_a_threshold_on(total, price):
    """From the threshold on shipping costs nothing; below it costs what it costs."""
    make_rate(free_over_amount=100_000)

    delivery, _ = plan(total)

    assert delivery.chosen.price == usd(price)


def test_insurance_is_paid_when_it_is_chosen():
    """Insurance adds its price, on free shipping too."""
    make_rate(free_over_amount=0, insurance_amount=1500)

    plain, _ = plan()
    insured, _ = plan(is_insured=True)

    assert (plain.chosen.is_insured, plain.chosen.price) == (False, usd(0))
    assert (insured.chosen.is_insured, insured.chosen.price) == (True, usd(1500))


def test_included_insurance_needs_no_choice():
    """Where insurance costs nothing every parcel is insured."""
    make_rate(insurance_amount=0)

    delivery, _ = plan()

    assert delivery.chosen.is_insured
    assert delivery.chosen.option.is_insurance_included


def test_rates_of_another_currency_are_not_offered():
    """A cart in euros is not shipped at a price in dollars."""
    make_rate()

    delivery, faults = plan(currency="EUR")

    assert (delivery.options, faults) == ((), [("shipping_rate_id", "not_offered")])


def test_options_are_listed_for_a_page():
    """A page can show what shipping to a country costs, or that it is included."""
    assert shipping.list_options(country="US", currency="USD", items_total=usd(1)) == []
    make_rate()

    (option,) = shipping.list_options(country="US", currency="USD", items_total=usd(1))

    assert (option.price, option.insurance) == (ShippingRate.objects.get().price, None)
