"""Amounts as Stripe counts them: minor units, with its own exceptions."""

import decimal

from babel.numbers import format_currency

NO_MINOR_UNIT = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
THREE_DIGITS = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
SMALLEST = {"gbp": 30, "jpy": 50, "hkd": 400, "mxn": 1000, "dkk": 250, "sek": 300}
SMALLEST_BY_DEFAULT = 50
LARGEST = 99_999_999


def exponent(currency: str) -> int:
    """Return how many digits of an amount stand behind the point."""
    if currency in NO_MINOR_UNIT:
        return 0
    return 3 if currency in THREE_DIGITS else 2


def show(amount: int, currency: str) -> str:
    """Return an amount for people to read, such as $2,499.00."""
    value = decimal.Decimal(amount).scaleb(-exponent(currency))
    return str(format_currency(value, currency.upper(), locale="en_US"))


def smallest(currency: str) -> int:
    """Return the smallest amount that can be paid in a currency."""
    return SMALLEST.get(currency, SMALLEST_BY_DEFAULT)
