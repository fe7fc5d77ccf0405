"""Whom money can be sent on to, and how much of a charge is left to send.

Amounts are integer minor units.
"""

from collections.abc import Collection

_EUROPEAN_ECONOMIC_AREA = (
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO "
    "SE SI SK"
)
# Accounts here can be paid from each other without an arrangement. Source:
# https://docs.stripe.com/connect/cross-border-payouts, read in November 2026.
_ONE_REGION = {*_EUROPEAN_ECONOMIC_AREA.split(), "CA", "CH", "GB", "US"}


def is_reachable(*, home: str, country: str, arranged: Collection[str]) -> bool:
    """Tell whether an account in `home` can send money to one in `country`.

    `arranged` are further countries that the company opened to us. Countries are
    ISO 3166-1 codes of two letters.
    """
    return home == country or country in arranged or {home, country} <= _ONE_REGION


def allot(*, wanted: int, left_amount: int, room_amount: int, step: int) -> int:
    """Return how much of what is wanted one charge pays, in whole steps.

    Never more than is left to pay, nor than is left of the charge; less than a step is
    nothing.
    """
    most = max(min(wanted, left_amount, room_amount), 0)
    return most - most % step
