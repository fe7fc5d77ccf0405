"""Stripe's published test cards, and what paying with each of them does."""

import dataclasses
import re
from typing import Literal

Effect = Literal[
    "paid",
    "paid_at_once",
    "declined",
    "needs_authentication",
    "authenticated_then_declined",
    "disputed",
    "not_received",
    "inquired",
    "refund_pending",
    "refund_fails",
]
LENGTHS = range(13, 20)
LUHN_DOUBLES = "0246813579"


@dataclasses.dataclass(frozen=True, slots=True)
class Card:
    """One test card; `code` and `decline_code` are set when it is declined."""

    number: str
    effect: Effect
    note: str
    code: str = ""
    decline_code: str = ""
    message: str = ""

    @property
    def grouped(self) -> str:
        """Return the number in groups of four."""
        return " ".join(re.findall(".{4}", self.number))


def _declined(
    number: str, code: str, decline_code: str, note: str, message: str
) -> Card:
    return Card(number, "declined", note, code, decline_code, message)


CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242", "paid", "Pays"),
        Card("4000000000000077", "paid_at_once", "Pays, funds available at once"),
        Card("4000002760003184", "needs_authentication", "Asks to confirm (3D Secure)"),
        Card("4000000000003220", "needs_authentication", "Asks to confirm (3D Secure)"),
        Card(
            "4000008400001629",
            "authenticated_then_declined",
            "Asks to confirm, then is declined",
            "card_declined",
            "generic_decline",
            "Your card was declined.",
        ),
        _declined(
            "4000000000000002",
            "card_declined",
            "generic_decline",
            "Declined",
            "Your card was declined.",
        ),
        _declined(
            "4000000000009995",
            "card_declined",
            "insufficient_funds",
            "Insufficient funds",
            "Your card has insufficient funds. Try another card.",
        ),
        _declined(
            "4000000000009987",
            "card_declined",
            "lost_card",
            "Lost card",
            "Your card was declined.",
        ),
        _declined(
            "4000000000000069",
            "expired_card",
            "expired_card",
            "Expired card",
            "Your card has expired.",
        ),
        _declined(
            "4000000000000127",
            "incorrect_cvc",
            "incorrect_cvc",
            "Wrong security code",
            "Your card's security code is incorrect.",
        ),
        _declined(
            "4000000000000119",
            "processing_error",
            "processing_error",
            "Processing error",
            "An error occurred while processing your card. Try again in a moment.",
        ),
        Card("4000000000000259", "disputed", "Pays, then disputed as fraudulent"),
        Card("4000000000002685", "not_received", "Pays, then disputed: not received"),
        Card("4000000000001976", "inquired", "Pays, then the bank inquires"),
        Card("4000000000007726", "refund_pending", "Pays; a refund takes a while"),
        Card("4000000000005126", "refund_fails", "Pays; a refund fails later"),
    )
}
UNKNOWN = _declined(
    "",
    "card_declined",
    "test_mode_live_card",
    "",
    "Your card was declined. Only test cards work here.",
)


def digits(number: str) -> str:
    """Return a card number without spaces and other separators."""
    return re.sub(r"\D", "", number)


def find(number: str) -> Card:
    """Return the test card with a number; an unknown one is declined."""
    return CARDS.get(digits(number), UNKNOWN)


def is_number(number: str) -> bool:
    """Say whether a text can be a card number at all."""
    plain = digits(number)
    doubled = sum(int(LUHN_DOUBLES[int(digit)]) for digit in plain[-2::-2])
    return len(plain) in LENGTHS and (sum(map(int, plain[::-2])) + doubled) % 10 == 0
