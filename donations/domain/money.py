"""Amounts of money: integer minor units of one currency, never a float.

What belongs here is arithmetic on amounts and their text. What a pledge does with
them is in `share.py`.
"""

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from babel import Locale

_CODE = re.compile(r"^[A-Z]{3}\Z")
# Digits, in threes when commas stand between them, and decimals after a point.
_TYPED = re.compile(r"(-?)([0-9]+|[0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]+))?\Z")

# ISO 4217 minor units; every currency that is not listed has two.
_CODES = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    3: "BHD IQD JOD KWD LYD OMR TND",
}
_EXPONENTS = {
    code: digits for digits, codes in _CODES.items() for code in codes.split()
}


class MixedCurrencyError(ValueError):
    """Two amounts of different currencies met in one sum or comparison.

    Usually an order mixes items of two currencies: keep one currency an order.
    """


class AmountTextError(ValueError):
    """A text that is no amount of its currency; the message names the rule.

    Usually it has more decimals than the currency, or a comma where a point belongs.
    """


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units of one currency, negative ones included.

    Raises:
        TypeError: the amount is no whole number; a float or a bool is none.
        ValueError: the currency is not three capital letters.
    """

    amount: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse what is not minor units of a currency."""
        check_amount(self.amount)
        check_currency(self.currency)

    def __add__(self, other: "Money") -> "Money":
        """Return the sum of two amounts of one currency."""
        return Money(self.amount + self._matching(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Return the difference of two amounts of one currency."""
        return Money(self.amount - self._matching(other), self.currency)

    def __neg__(self) -> "Money":
        """Return the amount with the other sign."""
        return Money(-self.amount, self.currency)

    def __lt__(self, other: "Money") -> bool:
        """Tell whether this is less, in one currency."""
        return self.amount < self._matching(other)

    def __le__(self, other: "Money") -> bool:
        """Tell whether this is not more, in one currency."""
        return self.amount <= self._matching(other)

    def __gt__(self, other: "Money") -> bool:
        """Tell whether this is more, in one currency."""
        return self.amount > self._matching(other)

    def __ge__(self, other: "Money") -> bool:
        """Tell whether this is not less, in one currency."""
        return self.amount >= self._matching(other)

    def __str__(self) -> str:
        """Return the amount for a log, as `USD 2499.00`."""
        return f"{self.currency} {major_units(self)}"

    def _matching(self, other: "Money") -> int:
        if not isinstance(other, Money):
            raise TypeError(f"money goes with money only, not with {other!r}")
        if other.currency != self.currency:
            raise MixedCurrencyError(f"{self.currency} and {other.currency} do not mix")
        return other.amount


def check_amount(amount: int) -> None:
    """Refuse an amount that is no whole number.

    Raises:
        TypeError: a float, a bool, a Decimal or a string.
    """
    if type(amount) is not int:
        raise TypeError(f"minor units are a whole number, not {amount!r}")


def check_currency(currency: str) -> None:
    """Refuse a currency that is not written as ISO 4217 writes it.

    Raises:
        ValueError: the code is not three capital letters.
    """
    if not isinstance(currency, str) or not _CODE.match(currency):
        raise ValueError(f"a currency is three capital letters, not {currency!r}")


def zero(currency: str) -> Money:
    """Return nothing, in `currency`."""
    return Money(0, currency)


def exponent(currency: str) -> int:
    """Return how many decimals the currency has: 0 for JPY, 2 for USD, 3 for KWD."""
    check_currency(currency)
    return _EXPONENTS.get(currency, 2)


def major_units(money: Money) -> Decimal:
    """Return the exact amount in the unit that people speak of, for display only."""
    return Decimal(money.amount).scaleb(-exponent(money.currency))


def format_money(money: Money, locale: str = "en_US") -> str:
    """Return the amount as people of `locale` write it: `$2,499.00`, `JPY 9,877`.

    The number of decimals is the currency's own, so no minor unit is ever hidden.
    """
    decimals = exponent(money.currency)
    chosen = Locale.parse(locale)
    # Babel shares its patterns: change the decimals of a copy.
    pattern = copy.copy(chosen.currency_formats["standard"])
    pattern.frac_prec = (decimals, decimals)
    text: str = pattern.apply(
        major_units(money), chosen, currency=money.currency, currency_digits=False
    )
    return text


def format_plain(money: Money) -> str:
    """Return the amount as people type it, without its currency: `2,499.00`."""
    return f"{major_units(money):,.{exponent(money.currency)}f}"


def parse_money(text: str, currency: str) -> Money:
    """Return the amount that a person typed: `2,499.00`, `2499.5` or `2499`.

    Reads whatever `format_plain` writes. Nothing is rounded or guessed; only zero may
    have any decimals.

    Raises:
        AmountTextError: the text is no number, or has decimals that the currency has
            not.
        ValueError: the currency is not three capital letters.
    """
    decimals = exponent(currency)
    typed = _TYPED.match(text.strip())
    if typed is None:
        raise AmountTextError(
            f"write a number with a point before the decimals, as "
            f"{format_plain(Money(249900, currency))}, not {text.strip()!r}"
        )
    sign, whole, part = typed.group(1), typed.group(2), typed.group(3) or ""
    if len(part) > decimals and (whole + part).strip("0"):
        allowed = f"{decimals} decimals" if decimals else "no decimals"
        raise AmountTextError(f"{currency} has {allowed}, {text.strip()} has more")
    digits = whole.replace(",", "") + part[:decimals].ljust(decimals, "0")
    return Money(int(sign + digits), currency)


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Divide a known total by weight, by largest remainder; the parts sum to it.

    Left-over minor units go to the largest remainders, ties to the lowest ordinal.

    Raises:
        ValueError: the total or a weight is negative, or no weight is positive.
    """
    check_amount(total)
    whole = sum(weights)
    if total < 0 or min(weights, default=-1) < 0 or whole == 0:
        raise ValueError(f"cannot split {total} by the weights {list(weights)}")
    parts = [total * weight // whole for weight in weights]
    remainders = [total * weight % whole for weight in weights]
    largest_first = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    for ordinal in largest_first[: total - sum(parts)]:
        parts[ordinal] += 1
    return parts


def split_by_step(amount: int, step: int) -> tuple[int, int]:
    """Return what a rail that moves multiples of `step` can pay, and what stays.

    Raises:
        ValueError: the step is not positive or the amount is negative.
    """
    if step < 1 or amount < 0:
        raise ValueError(f"cannot pay {amount} in multiples of {step}")
    kept = amount % step
    return amount - kept, kept
