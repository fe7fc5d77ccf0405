"""What Stripe's API counts amounts in, and the least that it lets somebody pay.

Source: https://docs.stripe.com/currencies, read in 2026. Its page lists UGX with the
currencies without decimals and again, with an example, among the special cases that
are sent in hundredths; the example decides.
"""

from donations.domain import money
from store.gateways import base

# Counted without decimals by people, in hundredths by Stripe: 5 ISK are sent as 500.
_IN_HUNDREDTHS = frozenset({"ISK", "UGX"})
# Counted in hundredths by ISO 4217, without decimals by Stripe.
_WITHOUT_DECIMALS = frozenset({"MGA"})
# Three decimals, of which the last must be 0.
_IN_TENS = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})

# In our minor units, by what the currency is settled in; what Stripe converts first
# may need more, and it says so with `amount_too_small`.
_LEAST = {
    "AED": 200,
    "ARS": 50,
    "AUD": 50,
    "BRL": 50,
    "CAD": 50,
    "CHF": 50,
    "COP": 50,
    "CZK": 1500,
    "DKK": 250,
    "EUR": 50,
    "GBP": 30,
    "HKD": 400,
    "HUF": 17_500,
    "IDR": 50,
    "ILS": 50,
    "INR": 50,
    "JPY": 50,
    "KRW": 50,
    "MXN": 1000,
    "MYR": 200,
    "NOK": 300,
    "NZD": 50,
    "PHP": 50,
    "PLN": 200,
    "RON": 200,
    "RUB": 50,
    "SEK": 300,
    "SGD": 50,
    "THB": 1000,
    "USD": 50,
    "ZAR": 50,
}


class UnpayableAmountError(base.MisconfiguredError):
    """An amount has decimals that cannot be paid in its currency.

    Usually an item's price: give prices in KWD and the like in steps of ten.
    """


def step_of(currency: str) -> int:
    """Return the multiple of minor units in which Stripe takes a currency."""
    return 100 if currency in _WITHOUT_DECIMALS else 10 if currency in _IN_TENS else 1


def to_stripe(amount: int, currency: str) -> int:
    """Return an amount in minor units as Stripe counts it.

    Raises:
        TypeError: it is no whole number; Stripe would take a float as it is.
        UnpayableAmountError: it has decimals that Stripe does not take.
    """
    money.check_amount(amount)
    if currency in _IN_HUNDREDTHS:
        return amount * 100
    step = step_of(currency)
    if amount % step:
        raise UnpayableAmountError(f"{amount} {currency} is no multiple of {step}")
    return amount // 100 if currency in _WITHOUT_DECIMALS else amount


def from_stripe(amount: int, currency: str) -> int:
    """Return an amount of Stripe's in our minor units."""
    if currency in _IN_HUNDREDTHS:
        return amount // 100
    return amount * 100 if currency in _WITHOUT_DECIMALS else amount


def least_payable(currency: str) -> int:
    """Return the least total that can be paid; 0 where Stripe does not say."""
    return _LEAST.get(currency, 0)
