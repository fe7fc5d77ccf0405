"""Sums of lines and orders: discounts, taxes, and that parts sum to the whole."""

import hypothesis
import pytest
from hypothesis import strategies as st

from donations.domain import money
from donations.domain.money import MixedCurrencyError, Money
from store.domain import pricing
from store.domain.pricing import TaxRate

VAT = TaxRate("VAT", 2000, is_shipping_taxed=True)
SALES_TAX = TaxRate("Sales tax", 888, is_shipping_taxed=False)

# An amount of 0, 2 and 3 decimals; the last one is paid in tens.
CURRENCIES = ("JPY", "USD", "KWD")


def usd(amount):
    """Return dollars in cents."""
    return Money(amount, "USD")


def lines_of(*amounts, currency="USD"):
    """Return lines at these listed prices."""
    return [pricing.list_line(Money(amount, currency)) for amount in amounts]


def discounts(lines):
    """Return what each line is cheaper, in minor units."""
    return [line.discount.amount for line in lines]


@st.composite
def orders(draw):
    """Yield an order of a few lines: currency, discount, tax and shipping at will."""
    currency = draw(st.sampled_from(CURRENCIES))
    step = pricing.payable_step(currency)
    amounts = st.integers(0, 1_000_000).map(lambda n: Money(n * step, currency))
    lines = draw(
        st.lists(st.builds(pricing.list_line, amounts, amounts), min_size=1, max_size=6)
    )
    eligible = draw(st.lists(st.booleans(), min_size=len(lines), max_size=len(lines)))
    discount = draw(amounts)
    rate = draw(
        st.none()
        | st.builds(TaxRate, st.just("Tax"), st.integers(0, 10_000), st.booleans())
    )
    discounted = pricing.discount_lines(lines, eligible, discount)
    order = pricing.price_order(
        discounted, draw(amounts), rate, is_included=draw(st.booleans())
    )
    return order, eligible, discount


def test_line_adds_engraving_and_takes_discount_off():
    """What is paid is price and engraving, less the discount, with added tax."""
    line = pricing.LinePrice(usd(1000), usd(250), usd(300), usd(50), usd(50))

    assert (line.gross, line.net, line.total) == (usd(1250), usd(950), usd(1000))


def test_order_total_adds_lines_and_shipping():
    """An order comes to the sum of its lines and what shipping costs."""
    order = pricing.price_order(lines_of(1, 20, 300), usd(4000), None, is_included=True)

    assert (order.total, order.tax, order.discount) == (usd(4321), usd(0), usd(0))


def test_order_in_two_currencies_is_refused():
    """M3: amounts of two currencies make no sum."""
    lines = [*lines_of(1), *lines_of(1, currency="EUR")]
    order = pricing.price_order(lines, usd(0), None, is_included=True)

    with pytest.raises(MixedCurrencyError):
        order.total  # noqa: B018  the sum is what is refused


@pytest.mark.parametrize(
    ("amount", "bps", "discount"),
    [(10_000, 1000, 1000), (9999, 1000, 999), (9, 1000, 0), (1, 10_000, 1)],
)
def test_percent_is_rounded_down(amount, bps, discount):
    """A percent voucher takes off whole minor units, never more than its percentage."""
    assert pricing.percent_of(usd(amount), bps) == usd(discount)


def test_discount_is_spread_over_the_eligible():
    """A line that is not eligible keeps its price; the others share by their gross."""
    lines = pricing.discount_lines(
        lines_of(300, 500, 100), [True, False, True], usd(100)
    )

    assert discounts(lines) == [75, 0, 25]


def test_discount_is_no_more_than_the_eligible_come_to():
    """A voucher of an amount makes pieces free, and no cheaper than that."""
    lines = pricing.discount_lines(lines_of(300, 500), [True, False], usd(1000))

    assert discounts(lines) == [300, 0]
    assert pricing.add_net(lines, "USD") == usd(500)


def test_engraving_is_discounted_with_its_piece():
    """A discount is spread by what a line costs, its engraving included."""
    engraved = pricing.list_line(usd(100), usd(300))

    lines = pricing.discount_lines([engraved, *lines_of(100)], [True, True], usd(100))

    assert discounts(lines) == [80, 20]


@pytest.mark.parametrize(
    ("amount", "bps", "tax"),
    [
        (120_000, 2000, 20_000),
        (100, 888, 8),  # 91.84 untaxed, rounded to 92
        (10, 2000, 2),  # 8.33 untaxed, rounded to 8
        (3, 10_000, 1),  # 1.5 untaxed, rounded up to 2
        (1, 10_000, 0),  # 0.5 untaxed, rounded up to 1
        (0, 2000, 0),
    ],
)
def test_contained_tax_is_what_the_untaxed_part_leaves(amount, bps, tax):
    """The untaxed part is rounded half up; the rest of the amount is the tax."""
    assert pricing.contained_tax(usd(amount), bps) == usd(tax)


@pytest.mark.parametrize(
    ("amount", "bps", "tax"),
    [(100_000, 888, 8880), (100, 888, 9), (50, 100, 1), (49, 100, 0), (0, 888, 0)],
)
def test_added_tax_is_rounded_half_up(amount, bps, tax):
    """Tax on top of an amount goes to the nearest minor unit, half a unit up."""
    assert pricing.tax_on_top(usd(amount), bps) == usd(tax)


def test_included_tax_changes_no_price():
    """Tax that prices contain is recorded, of shipping too, and nothing is added."""
    order = pricing.price_order(lines_of(120_000), usd(1200), VAT, is_included=True)

    assert order.total == usd(121_200)
    assert (order.tax, order.shipping_tax) == (usd(20_200), usd(200))
    assert order.added_tax == usd(0)


def test_exclusive_tax_is_added_to_lines():
    """Tax that prices do not contain is added to each line; shipping has its own."""
    order = pricing.price_order(
        lines_of(100_000, 100), usd(1200), SALES_TAX, is_included=False
    )

    assert [line.added_tax.amount for line in order.lines] == [8880, 9]
    assert (order.tax, order.shipping_tax) == (usd(8889), usd(0))
    assert order.total == usd(100_100 + 8889 + 1200)


def test_tax_is_taken_of_what_is_left():
    """A discount lowers the tax: it is of what is paid, not of the listed price."""
    (line,) = pricing.discount_lines(lines_of(100_000), [True], usd(50_000))

    taxed = pricing.tax_line(line, SALES_TAX, is_included=False)

    assert (taxed.tax, taxed.total) == (usd(4440), usd(54_440))


def test_dinars_are_paid_in_tens():
    """M2: of three decimals the last is 0, in discounts and in taxes."""
    dinars = lines_of(12_340, currency="KWD")
    discount = pricing.percent_of(Money(12_340, "KWD"), 1234)
    (line,) = pricing.discount_lines(dinars, [True], discount)

    taxed = pricing.tax_line(line, VAT, is_included=False)

    assert (discount.amount, taxed.tax.amount) == (1520, 2160)


@hypothesis.given(orders())
def test_parts_sum_to_the_whole(drawn):
    """M5: whatever is bought, lines and shipping come to the total, discounts to it."""
    order, eligible, discount = drawn
    lines = order.lines
    gross = sum(line.gross.amount for line in lines)
    eligible_gross = sum(
        line.gross.amount for line, is_in in zip(lines, eligible, strict=True) if is_in
    )

    assert order.discount.amount == min(discount.amount, eligible_gross)
    assert order.total.amount == (
        gross - order.discount.amount + order.added_tax.amount + order.shipping.amount
    )
    assert order.tax.amount == order.shipping_tax.amount + sum(
        line.tax.amount for line in lines
    )


@hypothesis.given(orders())
def test_every_amount_can_be_paid(drawn):
    """M1, M2: amounts are whole, never negative, and multiples of what can be paid."""
    order, _, _ = drawn
    step = pricing.payable_step(order.shipping.currency)
    amounts = [order.shipping_tax.amount]
    for line in order.lines:
        amounts += [line.discount.amount, line.net.amount, line.tax.amount]

    assert all(type(amount) is int and amount >= 0 for amount in amounts)
    assert all(amount % step == 0 for amount in amounts)
    assert all(line.tax <= line.total for line in order.lines)


@hypothesis.given(orders())
def test_discounts_follow_the_gross(drawn):
    """Each line's part of a discount is within one step of its exact share."""
    order, eligible, _ = drawn
    step = pricing.payable_step(order.shipping.currency)
    whole = sum(
        line.gross.amount
        for line, is_in in zip(order.lines, eligible, strict=True)
        if is_in
    )
    for line, is_in in zip(order.lines, eligible, strict=True):
        exact = order.discount.amount * line.gross.amount if is_in else 0

        assert abs(line.discount.amount * whole - exact) < step * max(whole, 1)


def test_no_discount_splits_nothing():
    """Free pieces and a discount of nothing make no division by zero."""
    lines = pricing.discount_lines(lines_of(0, 0), [True, True], money.zero("USD"))

    assert discounts(lines) == [0, 0]
