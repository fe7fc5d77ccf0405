"""What the checkout page asks beside the email, and the sums that follow from it."""

import re
from pathlib import Path

import pytest

import store
from store.api import refusal_words
from store.domain import refusal
from store.models import Cart, Order
from store.views import refusals
from tests import extras_factories

pytestmark = pytest.mark.django_db

EMAIL = "thato@example.com"
RAISED = re.compile(r'Error\(\s*"(\w+)", "(\w+)"')


@pytest.fixture
def two_countries(settings):
    """A shop that delivers to two countries, one of them dear."""
    home = extras_factories.make_rate(insurance_amount=500)
    away = extras_factories.make_rate(countries="CA", name="Airmail", amount=9000)
    return home, away


def _seen(page):
    return re.search(r'name="seen_amount"\s+value="(\d+)"', page)[1]


def _currency(page):
    return re.search(r'name="seen_currency"\s+value="(\w+)"', page)[1]


def _show(browser, **fields):
    response = browser.post("/checkout/", {"email": EMAIL, "update": "1", **fields})
    assert response.status_code == 200
    return response.content.decode()


def _submit(browser, **fields):
    return browser.post("/checkout/", {"email": EMAIL, **fields})


def test_country_decides_the_ways(shopper_with_cart, two_countries):
    """Ways of delivery are offered once the country is chosen; nothing is placed."""
    before = shopper_with_cart.get("/checkout/").content.decode()
    after = _show(shopper_with_cart, country="CA")

    assert 'name="country"' in before
    assert "Airmail" not in before
    assert 'role="alert"' not in before
    assert "Airmail" in after
    assert (_seen(before), _seen(after)) == ("249900", "258900")
    assert f'value="{EMAIL}"' in after
    assert not Order.objects.exists()


def test_one_country_is_not_asked(shopper_with_cart):
    """A shop with one country offers its ways of delivery at once."""
    extras_factories.make_rate(insurance_amount=500)

    page = shopper_with_cart.get("/checkout/").content.decode()

    assert 'name="country"' not in page
    assert 'name="shipping_rate_id"' in page
    assert 'name="is_insured"' in page
    assert "$40.00" in page
    assert "Taxes and delivery" not in page


def test_choices_reach_the_order(shopper_with_cart, simulator, two_countries):
    """Country, way, insurance and gift are the order's, at the total that was seen."""
    fields = {
        "country": "US",
        "shipping_rate_id": two_countries[0].pk,
        "is_insured": "on",
        "is_gift": "on",
        "gift_note": "For you.\r\nYours",
    }
    seen = _seen(_show(shopper_with_cart, **fields))

    response = _submit(shopper_with_cart, **fields, seen_amount=seen)

    order = Order.objects.get()
    assert response.status_code == 303
    assert (order.address_country, order.shipping_amount) == ("US", 4500)
    assert order.is_insured
    assert order.gift_note == "For you.\nYours"
    assert order.total_amount == int(seen)


@pytest.mark.checklist("S9")
def test_other_total_is_shown_first(shopper_with_cart, simulator):
    """Who was shown another total sees the new one, and pays nothing before."""
    seen = _seen(shopper_with_cart.get("/checkout/").content.decode())
    extras_factories.make_rate()

    response = _submit(shopper_with_cart, seen_amount=seen)

    page = response.content.decode()
    assert response.status_code == 422
    assert "The total changed." in page
    assert 'href="#summary"' in page
    assert not Order.objects.exists()
    again = _submit(shopper_with_cart, seen_amount=_seen(page))
    assert again.status_code == 303


@pytest.mark.checklist("S9")
def test_other_currency_is_shown_first(shopper_with_cart, simulator, piece):
    """The same digits in another currency are another total."""
    extras_factories.make_price(item=piece.item, amount=249_900)
    shown = shopper_with_cart.get("/checkout/").content.decode()
    Cart.objects.update(currency="EUR")

    response = _submit(
        shopper_with_cart, seen_amount=_seen(shown), seen_currency=_currency(shown)
    )

    assert response.status_code == 422
    assert "The total changed." in response.content.decode()
    assert not Order.objects.exists()


@pytest.mark.parametrize(
    ("fields", "fault", "anchor"),
    [
        ({"country": ""}, "Choose the country it goes to.", "#id_country"),
        ({"country": "XX"}, "We do not deliver to this country.", "#id_country"),
        (
            {"country": "CA", "shipping_rate_id": "0"},
            "Choose a way of delivery from the list.",
            "#id_shipping_rate_id",
        ),
        (
            {"country": "CA", "is_insured": "on"},
            "This way of delivery cannot be insured.",
            "#id_is_insured",
        ),
        (
            {"country": "CA", "is_gift": "on", "gift_note": "x" * 301},
            "Write the note in at most 300 characters.",
            "#id_gift_note",
        ),
    ],
)
def test_refusals_lead_to_their_field(
    shopper_with_cart, two_countries, fields, fault, anchor
):
    """What is refused is told in a sentence that links to the field."""
    response = _submit(shopper_with_cart, **fields)

    assert response.status_code == 422
    assert f'<a href="{anchor}">{fault}</a>' in response.content.decode()
    assert not Order.objects.exists()


def test_region_is_asked_where_it_decides(shopper_with_cart, settings):
    """Only a country whose regions have taxes of their own asks for the region."""
    settings.STORE = {**settings.STORE, "PRICES_INCLUDE_TAX": False}
    extras_factories.make_tax(region="NY", name="State tax")

    page = shopper_with_cart.get("/checkout/").content.decode()
    taxed = _show(shopper_with_cart, region="NY")

    assert 'name="region"' in page
    assert "State tax" in taxed
    assert "$249.90" in taxed
    assert _seen(taxed) == "274890"
    response = _submit(shopper_with_cart)
    assert "Enter the state or region it goes to" in response.content.decode()


def test_contained_tax_is_named(shopper_with_cart):
    """A tax that the price contains is told and adds nothing."""
    extras_factories.make_tax()

    page = shopper_with_cart.get("/checkout/").content.decode()

    assert "Sales tax, included" in page
    assert "$227.18" in page
    assert _seen(page) == "249900"


def test_invalid_input_keeps_the_rest(shopper_with_cart, two_countries):
    """A missing email loses nothing of what was chosen."""
    response = _submit(
        shopper_with_cart, email="", country="CA", is_gift="on", gift_note="For you"
    )

    page = response.content.decode()
    assert response.status_code == 422
    assert re.search(r'value="CA" selected', page)
    assert ">\nFor you</textarea>" in page
    assert re.search(r'name="is_gift"[^>]* checked', page)


def test_every_rule_has_a_sentence():
    """Whatever the API can explain the shop's pages can, and so every refusal."""
    texts = Path(store.__file__).parent.glob("services/*.py")
    raised = {rule for text in texts for rule in RAISED.findall(text.read_text())}

    assert raised
    assert refusals.SENTENCES.keys() >= refusal_words.WORDS.keys() | raised


def test_sentences_write_their_limit():
    """A limit of money is written as money; an unknown rule still has a sentence."""
    least = refusal.RefusedError("voucher_code", "minimum_not_reached", 50_000)

    assert "at least $500.00 together" in refusals.explain(least, "USD")
    for error in (("total", "too_small"), ("moon", "full")):
        assert refusals.explain(refusal.RefusedError(*error)).endswith(".")
