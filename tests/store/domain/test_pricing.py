"""Sums of lines and orders."""

import pytest

from donations.domain.money import MixedCurrencyError, Money
from store.domain import pricing


def usd(amount):
    """Return dollars in cents."""
    return Money(amount, "USD")


def test_line_total_is_price_less_discount():
    """A discount lowers what the customer pays for the piece."""
    line = pricing.LinePrice(price=usd(1000), discount=usd(300), tax=usd(50))

    assert line.total == usd(700)


def test_order_total_adds_lines():
    """An order comes to the sum of its lines."""
    lines = [pricing.undiscounted(usd(amount)) for amount in (1, 20, 300)]

    assert pricing.order_total(lines) == usd(321)


def test_order_without_lines_has_no_total():
    """No line, no currency: the sum is refused."""
    with pytest.raises(ValueError, match="at least one line"):
        pricing.order_total([])


def test_order_in_two_currencies_is_refused():
    """One order has one currency."""
    lines = [pricing.undiscounted(usd(1)), pricing.undiscounted(Money(1, "EUR"))]

    with pytest.raises(MixedCurrencyError):
        pricing.order_total(lines)
