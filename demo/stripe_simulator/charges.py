"""Charges and what follows them: captures and balance transactions."""

from typing import Any

from demo.stripe_simulator.cards import Card
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.parts import Parts

PAYOUT_DELAY_SECONDS = 2 * 86_400
FEE_BPS = 290
FEE_FIXED = 30
# Where the reports of Stripe say something else than the kind.
CATEGORIES = {
    "payment": "charge",
    "payment_refund": "refund",
    "transfer_refund": "transfer_reversal",
}


class Charges:
    """The charges of the account, and its balance transactions."""

    def __init__(self, parts: Parts) -> None:
        """Keep the parts and take over the capture of charges."""
        self.capture_seconds = 1.0
        self._state = parts.state
        self._workshop = parts.workshop
        self._events = parts.events
        self._jobs = parts.jobs
        self._clock = parts.clock
        parts.jobs.register("capture", self._capture)

    def charge(self, intent: JsonObject, payer: JsonObject, card: Card) -> JsonObject:
        """Charge an intent; a card with a code is declined."""
        paid = not card.code
        charge = self.make(intent, payer, card)
        if paid:
            due_at = self._clock.now() + self.capture_seconds
            self._jobs.schedule("capture", charge["id"], due_at)
        self._events.emit("charge.succeeded" if paid else "charge.failed", charge)
        return charge

    def make(
        self, intent: JsonObject, payer: JsonObject, card: Card, **known: Any
    ) -> JsonObject:
        """Make a charge and tell nobody; id and time may be known already."""
        fields = {**_fields(intent, payer), **_result(intent["amount"], card)}
        fields |= {"_effect": card.effect, "_charged_back": 0, **known}
        return self._workshop.create("ch", "charge", fields)

    def record(
        self,
        kind: str,
        amount: int,
        fee: int,
        source: JsonObject,
        at: int | None = None,
    ) -> str:
        """Write a balance transaction and return its id; it is of now or of `at`."""
        now = self._clock.seconds() if at is None else at
        is_payment = kind in ("charge", "payment")
        at_once = not is_payment or source.get("_effect") == "paid_at_once"
        delay = 0 if at_once else PAYOUT_DELAY_SECONDS
        fields = {
            "amount": amount,
            "available_on": now + delay,
            "balance_type": "payments",
            "created": now,
            "currency": source["currency"],
            "fee": fee,
            "fee_details": _fee_details(fee, source["currency"]),
            "net": amount - fee,
            "reporting_category": _category(kind, amount),
            "source": source["id"],
            "status": "pending" if now + delay > self._clock.now() else "available",
            "type": kind,
        }
        return str(self._workshop.create("txn", "balance_transaction", fields)["id"])

    def _capture(self, charge_id: str) -> None:
        """Bring the balance transaction, which follows the charge."""
        charge = self._state.get(charge_id, "charge")
        self.settle(charge, charge["amount"] * FEE_BPS // 10_000 + FEE_FIXED)
        self._events.emit("charge.updated", charge)

    def settle(self, charge: JsonObject, fee: int, at: int | None = None) -> None:
        """Write the balance transaction of a charge, with what Stripe keeps."""
        kind = "charge" if charge["payment_method_details"] else "payment"
        amount = charge["amount"]
        charge["balance_transaction"] = self.record(kind, amount, fee, charge, at)
        self._state.save(charge)


def _fields(intent: JsonObject, payer: JsonObject) -> JsonObject:
    return {
        "amount": intent["amount"],
        "billing_details": {
            "address": payer["address"],
            "email": payer["email"],
            "name": payer["name"],
            "phone": None,
            "tax_id": None,
        },
        "currency": intent["currency"],
        "description": intent["description"],
        "metadata": dict(intent["metadata"]),
        "payment_intent": intent["id"],
        "shipping": intent["shipping"],
        "transfer_group": intent["transfer_group"],
    }


def _result(amount: int, card: Card) -> JsonObject:
    paid = not card.code
    return {
        "amount_captured": amount if paid else 0,
        "captured": paid,
        "failure_code": card.code or None,
        "failure_message": card.message or None,
        "paid": paid,
        "payment_method_details": _method_details(card),
        "status": "succeeded" if paid else "failed",
    }


def _method_details(card: Card) -> JsonObject | None:
    if not card.number.isdigit():
        return None
    shown = {"brand": "visa", "exp_month": 12, "exp_year": 2034, "funding": "credit"}
    return {"type": "card", "card": {**shown, "last4": card.number[-4:]}}


def _category(kind: str, amount: int) -> str:
    # Money of a bank debit has types of its own, and the categories of a card's.
    if kind != "adjustment":
        return CATEGORIES.get(kind, kind)
    return "dispute" if amount < 0 else "dispute_reversal"


def _fee_details(fee: int, currency: str) -> list[JsonObject]:
    if not fee:
        return []
    detail = {"amount": fee, "currency": currency, "type": "stripe_fee"}
    return [{**detail, "application": None, "description": "Processing fee"}]
