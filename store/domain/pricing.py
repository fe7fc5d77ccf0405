"""What a line and an order come to, in integer minor units of one currency.

Note: where amounts are rounded. A percent discount is rounded down, to the shop's
favor by less than a unit; a tax is rounded half up, per line, as an invoice shows it;
both in `_round_down` and `_round_half_up` and nowhere else. A known discount is split
by largest remainder. So the parts of an order always sum to the whole.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from donations.domain import money

_WHOLE_BPS = 10_000
# Currencies with this many decimals are paid in tens of their minor units.
_DECIMALS_OF_TENS = 3


@dataclass(frozen=True, slots=True)
class LinePrice:
    """The frozen money of one line: one piece, at the moment of checkout.

    `tax` is the recorded tax, contained in what is paid or added to it; `added_tax`
    is the same amount where it was added, else nothing. One currency throughout.
    """

    price: money.Money
    engraving: money.Money
    discount: money.Money
    tax: money.Money
    added_tax: money.Money

    @property
    def gross(self) -> money.Money:
        """Return what the piece costs with its engraving, before any discount."""
        return self.price + self.engraving

    @property
    def net(self) -> money.Money:
        """Return what is left after the discount, before tax is added."""
        return self.gross - self.discount

    @property
    def total(self) -> money.Money:
        """Return what the customer pays for the piece."""
        return self.net + self.added_tax


@dataclass(frozen=True, slots=True)
class TaxRate:
    """The tax of one place, in basis points."""

    name: str
    rate_bps: int
    is_shipping_taxed: bool


@dataclass(frozen=True, slots=True)
class OrderPrice:
    """All the money of one order. Shipping carries its tax inside."""

    lines: tuple[LinePrice, ...]
    shipping: money.Money
    shipping_tax: money.Money

    @property
    def total(self) -> money.Money:
        """Return what the customer pays, everything in."""
        return sum((line.total for line in self.lines), start=self.shipping)

    @property
    def discount(self) -> money.Money:
        """Return what all lines together are cheaper."""
        return self._add(line.discount for line in self.lines)

    @property
    def tax(self) -> money.Money:
        """Return all recorded tax, of lines and shipping."""
        return sum((line.tax for line in self.lines), start=self.shipping_tax)

    @property
    def added_tax(self) -> money.Money:
        """Return the tax that was added to the prices of the lines."""
        return self._add(line.added_tax for line in self.lines)

    def _add(self, amounts: Iterable[money.Money]) -> money.Money:
        return sum(amounts, start=money.zero(self.shipping.currency))


def list_line(price: money.Money, engraving: money.Money | None = None) -> LinePrice:
    """Return the money of a line at its listed price, without discount and tax."""
    nothing = money.zero(price.currency)
    return LinePrice(price, engraving or nothing, nothing, nothing, nothing)


def add_gross(lines: Iterable[LinePrice], currency: str) -> money.Money:
    """Return what lines come to before any discount."""
    return sum((line.gross for line in lines), start=money.zero(currency))


def add_net(lines: Iterable[LinePrice], currency: str) -> money.Money:
    """Return what lines come to after discounts, before tax is added."""
    return sum((line.net for line in lines), start=money.zero(currency))


def payable_step(currency: str) -> int:
    """Return the least difference between two amounts that can be paid.

    Currencies of three decimals are paid in tens of their minor units: the card
    networks want the last digit to be 0 (payments.md M2).
    """
    return 10 if money.exponent(currency) == _DECIMALS_OF_TENS else 1


def percent_of(amount: money.Money, discount_bps: int) -> money.Money:
    """Return a percentage of an amount as a discount, rounded down."""
    step = payable_step(amount.currency)
    discount = _round_down(amount.amount * discount_bps, _WHOLE_BPS, step)
    return money.Money(discount, amount.currency)


def discount_lines(
    lines: Sequence[LinePrice], eligible: Sequence[bool], discount: money.Money
) -> list[LinePrice]:
    """Spread a discount over the eligible lines, by largest remainder on their gross.

    More than the eligible lines come to is cut to that.
    """
    step = payable_step(discount.currency)
    weights = [
        line.gross.amount // step if is_eligible else 0
        for line, is_eligible in zip(lines, eligible, strict=True)
    ]
    units = min(discount.amount // step, sum(weights))
    parts = money.split(units, weights) if units else [0] * len(weights)
    return [
        replace(line, discount=money.Money(part * step, discount.currency))
        for line, part in zip(lines, parts, strict=True)
    ]


def tax_line(line: LinePrice, rate: TaxRate, *, is_included: bool) -> LinePrice:
    """Record the tax of a line: contained in its price, or added to it."""
    if is_included:
        return replace(line, tax=contained_tax(line.net, rate.rate_bps))
    tax = tax_on_top(line.net, rate.rate_bps)
    return replace(line, tax=tax, added_tax=tax)


def contained_tax(amount: money.Money, rate_bps: int) -> money.Money:
    """Return the tax inside an amount: what is left above the rounded untaxed part."""
    step = payable_step(amount.currency)
    whole = _WHOLE_BPS + rate_bps
    untaxed = _round_half_up(amount.amount * _WHOLE_BPS, whole, step)
    return amount - money.Money(untaxed, amount.currency)


def tax_on_top(amount: money.Money, rate_bps: int) -> money.Money:
    """Return the tax that is added to an amount."""
    step = payable_step(amount.currency)
    tax = _round_half_up(amount.amount * rate_bps, _WHOLE_BPS, step)
    return money.Money(tax, amount.currency)


def price_order(
    lines: Sequence[LinePrice],
    shipping: money.Money,
    rate: TaxRate | None,
    *,
    is_included: bool,
) -> OrderPrice:
    """Put discounted lines, shipping and tax together.

    What shipping costs is told with its tax in it, so its tax is always contained.

    Raises:
        MixedCurrencyError: a line is in another currency than the shipping.
    """
    nothing = money.zero(shipping.currency)
    if rate is None:
        return OrderPrice(tuple(lines), shipping, nothing)
    return OrderPrice(
        tuple(tax_line(line, rate, is_included=is_included) for line in lines),
        shipping,
        contained_tax(shipping, rate.rate_bps) if rate.is_shipping_taxed else nothing,
    )


def _round_down(numerator: int, denominator: int, step: int) -> int:
    """Return the largest multiple of `step` that is not above the fraction."""
    return numerator // (denominator * step) * step


def _round_half_up(numerator: int, denominator: int, step: int) -> int:
    """Return the multiple of `step` nearest to the fraction, of two the larger."""
    whole = denominator * step
    return (2 * numerator + whole) // (2 * whole) * step
