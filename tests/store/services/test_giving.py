"""What one piece gives, at a price in the pledge's currency and in another."""

import pytest

from donations.domain.money import Money
from donations.services import pledges
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


def test_price_in_other_currency_gives_nothing(terms):
    """No page promises a donation that the pledge does not cover."""
    price = Money(9991, "EUR")

    assert giving.fitting_terms(terms=terms, price=price) is None
    assert giving.quote_donation(terms=terms, price=price) is None


def test_without_promise_nothing_is_given():
    """No running pledge, no donation."""
    assert giving.quote_donation(terms=None, price=Money(9991, "USD")) is None


def test_item_in_other_currency_is_not_published(at):
    """An item that would give nothing is refused by name and stays hidden."""
    item = make.make_item(currency="EUR", name="Lena ring", is_published=False)

    with pytest.raises(catalog.CurrencyNotPledgedError, match="Lena ring"):
        catalog.publish_items(item_ids=[item.pk], at=at)

    item.refresh_from_db()
    assert item.published_at is None


def test_item_in_other_currency_still_has_a_page(client):
    """Whatever was changed behind the gate, the page shows a price and no promise."""
    item = make.make_item(currency="EUR")

    response = client.get(item.get_absolute_url())

    assert response.status_code == 200
    assert "€2,499.00" in response.text
    assert "We give" not in response.text
