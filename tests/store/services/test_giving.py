"""What one piece gives, at a price in the pledge's currency and in another."""

import pytest

from donations.domain.money import Money
from donations.services import pledges
from store.domain import pricing
from store.services import catalog, giving
from tests import store_factories as make

pytestmark = pytest.mark.django_db


@pytest.fixture
def terms(at):
    """Return the terms of a pledge of 10% in dollars."""
    pledge = make.make_pledge()
    return pledges.get_terms(pledge_id=pledge.pk, on=at.date())


def test_price_in_pledged_currency_gives(terms):
    """A tenth of the price is given, rounded up."""
    price = Money(9991, "USD")

    assert giving.quote_donation(terms=terms, price=price) == Money(1000, "USD")


def test_percentage_gives_of_any_currency(terms):
    """A tenth is given of whatever the piece is sold for."""
    price = Money(9991, "EUR")

    assert giving.quote_donation(terms=terms, price=price) == Money(1000, "EUR")


def test_fixed_amount_gives_in_its_currency_only(at):
    """No page promises an amount that the pledge does not have in this currency."""
    pledge = make.make_pledge(share_fixed_amount=2500)
    terms = pledges.get_terms(pledge_id=pledge.pk, on=at.date())
    price = Money(9991, "EUR")

    assert giving.fitting_terms(terms=terms, price=price) is None
    assert giving.quote_donation(terms=terms, price=price) is None
    assert giving.quote_line(terms=terms, line=pricing.list_line(price)) == (0, 0)


def test_without_promise_nothing_is_given():
    """No running pledge, no donation."""
    assert giving.quote_donation(terms=None, price=Money(9991, "USD")) is None


def test_item_in_other_currency_is_not_published(at):
    """An item that would give nothing is refused by name and stays hidden."""
    collection = make.make_collection(pledge=make.make_pledge(share_fixed_amount=2500))
    item = make.make_item(
        collection=collection, currency="EUR", name="Lena ring", is_published=False
    )

    with pytest.raises(catalog.CurrencyNotPledgedError, match="Lena ring"):
        catalog.publish_items(item_ids=[item.pk], at=at)

    item.refresh_from_db()
    assert item.published_at is None


def test_item_in_other_currency_still_has_a_page(client):
    """Whatever was changed behind the gate, the page shows a price and no promise."""
    pledge = make.make_pledge(share_fixed_amount=2500)
    collection = make.make_collection(pledge=pledge)
    item = make.make_item(currency="EUR", collection=collection)

    response = client.get(item.get_absolute_url())

    assert response.status_code == 200
    assert "€2,499.00" in response.text
    assert "We give" not in response.text
