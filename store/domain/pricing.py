"""What a line and an order come to, in integer minor units of one currency."""

from collections.abc import Iterable
from dataclasses import dataclass

from donations.domain import money


@dataclass(frozen=True, slots=True)
class LinePrice:
    """The frozen money of one line: one piece, at the moment of checkout.

    `tax` is the recorded tax contained in or added to the price; a line without
    tax or discount carries zeros. All three share one currency.
    """

    price: money.Money
    discount: money.Money
    tax: money.Money

    @property
    def total(self) -> money.Money:
        """Return what the customer pays for the piece."""
        return self.price - self.discount


def undiscounted(price: money.Money) -> LinePrice:
    """Return the money of a line sold at its listed price."""
    nothing = money.zero(price.currency)
    return LinePrice(price=price, discount=nothing, tax=nothing)


def order_total(lines: Iterable[LinePrice]) -> money.Money:
    """Add up the lines of one order.

    Raises:
        MixedCurrencyError: two lines have different currencies.
        ValueError: there is no line, so there is no currency either.
    """
    totals = [line.total for line in lines]
    if not totals:
        raise ValueError("an order has at least one line")
    return sum(totals[1:], start=totals[0])
