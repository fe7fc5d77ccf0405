"""Amounts: whole numbers of one currency, split without losing a minor unit."""

import operator
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donations.domain import money
from donations.domain.money import Money

totals = st.integers(min_value=0, max_value=10**12)
weights = st.lists(st.integers(min_value=0, max_value=10**9), min_size=1).filter(any)


def test_sum_and_difference_keep_currency():
    """Amounts of one currency add up and subtract in that currency."""
    price, part = Money(1000, "USD"), Money(250, "USD")

    assert price + part == Money(1250, "USD")
    assert part - price == Money(-750, "USD")
    assert -part == Money(-250, "USD")


def test_comparisons_follow_amounts():
    """Amounts of one currency are ordered by their minor units."""
    less, more = Money(1, "JPY"), Money(2, "JPY")

    assert less < more
    assert less <= more
    assert more > less
    assert more >= less


@pytest.mark.checklist("M3")
@pytest.mark.parametrize(
    "act",
    [operator.add, operator.sub, operator.lt, operator.le, operator.gt, operator.ge],
)
def test_mixed_currencies_raise(act):
    """No sum, difference or order exists between two currencies."""
    with pytest.raises(money.MixedCurrencyError, match="USD and EUR"):
        act(Money(1, "USD"), Money(1, "EUR"))


@pytest.mark.checklist("M1")
@pytest.mark.parametrize("amount", [1.0, True, "1", None])
def test_amounts_are_whole_numbers(amount):
    """A float, a bool or a text is no amount."""
    with pytest.raises(TypeError, match="whole number"):
        Money(amount, "USD")


@pytest.mark.parametrize("currency", ["usd", "US", "USDT", "", None, "U$D", "USD\n"])
def test_currencies_are_three_capitals(currency):
    """A currency is written as ISO 4217 writes it."""
    with pytest.raises(ValueError, match="three capital letters"):
        Money(1, currency)


def test_money_meets_money_only():
    """A bare number is not added to an amount."""
    with pytest.raises(TypeError, match="money only"):
        Money(1, "USD") + 1


@pytest.mark.checklist("M2")
@pytest.mark.parametrize(
    ("currency", "exponent"), [("JPY", 0), ("USD", 2), ("KWD", 3), ("UGX", 0)]
)
def test_exponent_is_the_currencys_own(currency, exponent):
    """A currency has as many decimals as ISO 4217 gives it."""
    assert money.exponent(currency) == exponent


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "text"),
    [
        (249900, "USD", "en_US", "$2,499.00"),
        (-5, "USD", "en_US", "-$0.05"),
        (9877, "JPY", "en_US", "¥9,877"),
        (9877, "KWD", "en_US", "KWD9.877"),
        (249900, "EUR", "de_DE", "2.499,00\xa0€"),
    ],
)
def test_text_shows_every_minor_unit(amount, currency, locale, text):
    """An amount is written in full, as its readers write amounts."""
    assert money.format_money(Money(amount, currency), locale) == text


@given(
    amount=st.integers(min_value=-(10**15), max_value=10**15),
    currency=st.sampled_from(["USD", "EUR", "JPY", "KRW", "KWD", "BHD"]),
)
def test_typed_text_reads_back(amount, currency):
    """What is written into a form reads back as the same amount, in any currency."""
    written = money.format_plain(Money(amount, currency))

    assert money.parse_money(written, currency) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("2,499.00", "USD", 249900),
        ("2499", "USD", 249900),
        (" 2499.5 ", "USD", 249950),
        ("0.05", "USD", 5),
        ("1,234,567", "JPY", 1234567),
        ("9.877", "KWD", 9877),
        ("0.00", "JPY", 0),
    ],
)
def test_people_type_major_units(text, currency, amount):
    """An amount is typed in the unit people speak of, with or without commas."""
    assert money.parse_money(text, currency) == Money(amount, currency)


@pytest.mark.parametrize(
    ("text", "currency", "rule"),
    [
        ("24.999", "USD", "USD has 2 decimals, 24.999 has more"),
        ("24.9", "JPY", "JPY has no decimals"),
        ("2,499.00", "JPY", "JPY has no decimals"),
        ("9.8765", "KWD", "KWD has 3 decimals"),
        ("2.499,00", "EUR", "as 2,499.00, not '2.499,00'"),
        ("24,99", "USD", "point before the decimals"),
        ("1e3", "USD", "write a number"),
        ("", "USD", "write a number"),
        ("\u0665", "USD", "write a number"),
    ],
)
def test_no_amount_is_guessed(text, currency, rule):
    """A text that is no amount of the currency is refused, and the rule named."""
    with pytest.raises(money.AmountTextError, match=re.escape(rule)):
        money.parse_money(text, currency)


def test_log_text_names_the_currency():
    """In a log an amount carries its code and all decimals."""
    assert str(Money(249900, "USD")) == "USD 2499.00"


def test_zero_is_nothing():
    """Nothing has a currency, too."""
    assert money.zero("USD") == Money(0, "USD")


@pytest.mark.checklist("V7")
@pytest.mark.parametrize(
    ("total", "by", "parts"),
    [
        pytest.param(1000, [1, 1, 1], [334, 333, 333], id="V7 thirds"),
        pytest.param(24991, [50, 30, 20], [12496, 7497, 4998], id="V7 weights"),
        pytest.param(24991, [5, 25, 70], [1249, 6248, 17494], id="V8 before"),
        pytest.param(24990, [5, 25, 70], [1250, 6247, 17493], id="V8 after"),
        pytest.param(0, [3, 1], [0, 0], id="nothing"),
    ],
)
def test_split_by_largest_remainder(total, by, parts):
    """Left-over units go to the largest remainders, ties to the lowest ordinal."""
    assert money.split(total, by) == parts


@pytest.mark.checklist("M5")
@given(total=totals, by=weights)
def test_split_parts_sum_to_whole(total, by):
    """Parts sum to the whole, and none is a unit away from its exact part."""
    parts = money.split(total, by)

    assert sum(parts) == total
    for part, weight in zip(parts, by, strict=True):
        assert abs(part * sum(by) - total * weight) < sum(by)


@pytest.mark.parametrize(
    ("total", "by"), [(-1, [1]), (1, []), (1, [0, 0]), (1, [2, -1])]
)
def test_split_refuses_impossible_weights(total, by):
    """Nothing is split by weights that name nobody, or of a negative total."""
    with pytest.raises(ValueError, match="cannot split"):
        money.split(total, by)


def test_split_refuses_a_float():
    """A total is whole minor units."""
    with pytest.raises(TypeError):
        money.split(10.0, [1])


@pytest.mark.parametrize(
    ("amount", "step", "parts"),
    [
        pytest.param(9877, 10, (9870, 7), id="V16 KWD"),
        pytest.param(9877, 1, (9877, 0), id="V16 JPY"),
    ],
)
def test_rail_pays_whole_steps(amount, step, parts):
    """A rail that moves multiples leaves the rest."""
    assert money.split_by_step(amount, step) == parts


@pytest.mark.parametrize(("amount", "step"), [(1, 0), (-1, 10)])
def test_rail_steps_are_positive(amount, step):
    """There is no multiple of zero, and nothing negative is paid."""
    with pytest.raises(ValueError, match="multiples"):
        money.split_by_step(amount, step)
