"""Reads the form of the pay page and says what is wrong with it, in words."""

import dataclasses
import datetime
import re

from demo.stripe_simulator import cards, payments, session_params, shipping
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.payments import BANK_DEBITS, Submission

REQUIRED = {
    "name": "Enter your name.",
    "line1": "Enter your address.",
    "city": "Enter your city.",
    "postal_code": "Enter your postal code.",
}
EXPIRY = re.compile(r"\s*(\d{1,2})\s*/\s*(?:20)?(\d{2})\s*")
DECEMBER = 12


@dataclasses.dataclass(frozen=True, slots=True)
class PayForm:
    """The fields as typed, for a Session, at a moment."""

    session: JsonObject
    fields: dict[str, str]
    at: datetime.date

    @property
    def method(self) -> str:
        """Return the bank debit or test card chosen, or the number typed."""
        chosen = self.fields.get("use") or self.fields.get("card", "")
        return chosen if chosen in BANK_DEBITS else cards.digits(chosen)

    def errors(self) -> dict[str, str]:
        """Return one sentence for each field that is wrong."""
        found = {}
        if not session_params.EMAIL.fullmatch(self._text("email")):
            found["email"] = "Enter your email address."
        if shipping.countries(self.session):
            found |= self._shipping_errors()
        if self.session["amount_total"] and not self.fields.get("use"):
            found |= self._card_errors()
        return found

    def submission(self) -> Submission:
        """Return what the form asks for; it has no errors."""
        names = shipping.ADDRESS_FIELDS
        address: JsonObject = {name: self._text(name) for name in names}
        asks_address = bool(shipping.countries(self.session))
        return Submission(
            self.method,
            email=self._text("email"),
            name=self._text("name") or "Sample Customer",
            address=address if asks_address else None,
            shipping_rate=self._text("shipping_rate") or None,
        )

    def _text(self, name: str) -> str:
        return self.fields.get(name, "").strip()

    def _shipping_errors(self) -> dict[str, str]:
        found = {n: text for n, text in REQUIRED.items() if not self._text(n)}
        if self._text("country") not in shipping.countries(self.session):
            found["country"] = "We do not ship to this country."
        return found

    def _card_errors(self) -> dict[str, str]:
        found = {}
        if not cards.is_number(self._text("card")):
            found["card"] = payments.BAD_NUMBER
        if not self._is_expiry_ahead():
            found["expiry"] = "Your card's expiration date is incomplete or past."
        if not re.fullmatch(r"\d{3,4}", self._text("cvc")):
            found["cvc"] = "Your card's security code is incomplete."
        return found

    def _is_expiry_ahead(self) -> bool:
        found = EXPIRY.fullmatch(self._text("expiry"))
        if not found or not 1 <= int(found[1]) <= DECEMBER:
            return False
        last_month = (2000 + int(found[2]), int(found[1]))
        return last_month >= (self.at.year, self.at.month)
