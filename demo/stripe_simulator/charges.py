"""Charges and what follows them: captures, balance transactions, disputes."""

from demo.stripe_simulator.cards import Card
from demo.stripe_simulator.clock import Clock
from demo.stripe_simulator.events import Events
from demo.stripe_simulator.jobs import Jobs
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.state import State
from demo.stripe_simulator.workshop import Workshop

PAYOUT_DELAY_SECONDS = 2 * 86_400
FEE_BPS = 290
FEE_FIXED = 30
DISPUTE_FEE = 1500


class Charges:
    """The charges of the account, and its balance transactions."""

    def __init__(
        self, state: State, workshop: Workshop, events: Events, jobs: Jobs, clock: Clock
    ) -> None:
        """Keep the parts and take over the capture of charges."""
        self.capture_seconds = 1.0
        self._state = state
        self._workshop = workshop
        self._events = events
        self._jobs = jobs
        self._clock = clock
        jobs.register("capture", self._capture)

    def charge(self, intent: JsonObject, payer: JsonObject, card: Card) -> JsonObject:
        """Charge an intent; a card with a code is declined."""
        paid = not card.code
        fields = {**_fields(intent, payer), **_result(intent["amount"], card)}
        fields |= {"_effect": card.effect, "_is_refundable": True}
        charge = self._workshop.create("ch", "charge", fields)
        if paid:
            due_at = self._clock.now() + self.capture_seconds
            self._jobs.schedule("capture", charge["id"], due_at)
        self._events.emit("charge.succeeded" if paid else "charge.failed", charge)
        return charge

    def record(self, kind: str, amount: int, fee: int, source: JsonObject) -> str:
        """Write a balance transaction and return its id."""
        at_once = kind != "charge" or source.get("_effect") == "paid_at_once"
        delay = 0 if at_once else PAYOUT_DELAY_SECONDS
        fields = {
            "amount": amount,
            "available_on": self._clock.seconds() + delay,
            "balance_type": "payments",
            "currency": source["currency"],
            "fee": fee,
            "fee_details": _fee_details(fee, source["currency"]),
            "net": amount - fee,
            "reporting_category": "dispute" if kind == "adjustment" else kind,
            "source": source["id"],
            "status": "available" if at_once else "pending",
            "type": kind,
        }
        return str(self._workshop.create("txn", "balance_transaction", fields)["id"])

    def dispute(self, charge_id: str) -> JsonObject:
        """Let the buyer's bank take a charge back until the dispute is closed."""
        charge = self._state.get(charge_id, "charge")
        charge |= {"disputed": True, "_is_refundable": False}
        self._state.save(charge)
        dispute = self._workshop.create("dp", "dispute", _dispute_fields(charge))
        self._move_disputed(dispute, -charge["amount"], DISPUTE_FEE)
        self._events.emit("charge.dispute.created", dispute)
        return dispute

    def close_dispute(self, dispute_id: str, *, won: bool) -> JsonObject:
        """End a dispute; the money comes back only when it is won."""
        dispute = self._state.get(dispute_id, "dispute")
        dispute["status"] = "won" if won else "lost"
        if won:
            charge = self._state.get(dispute["charge"], "charge")
            self._state.save(charge | {"_is_refundable": True})
            self._move_disputed(dispute, dispute["amount"], 0)
        self._state.save(dispute)
        self._events.emit("charge.dispute.closed", dispute)
        return dispute

    def _capture(self, charge_id: str) -> None:
        """Bring the balance transaction, which follows the charge."""
        charge = self._state.get(charge_id, "charge")
        fee = charge["amount"] * FEE_BPS // 10_000 + FEE_FIXED
        charge["balance_transaction"] = self.record(
            "charge", charge["amount"], fee, charge
        )
        self._state.save(charge)
        self._events.emit("charge.updated", charge)

    def _move_disputed(self, dispute: JsonObject, amount: int, fee: int) -> None:
        moved = self.record("adjustment", amount, fee, dispute)
        transaction = self._state.get(moved, "balance_transaction")
        dispute["balance_transactions"].append(transaction)
        self._state.save(dispute)


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


def _fee_details(fee: int, currency: str) -> list[JsonObject]:
    if not fee:
        return []
    detail = {"amount": fee, "currency": currency, "type": "stripe_fee"}
    return [{**detail, "application": None, "description": "Processing fee"}]


def _dispute_fields(charge: JsonObject) -> JsonObject:
    return {
        "amount": charge["amount"],
        "charge": charge["id"],
        "currency": charge["currency"],
        "is_charge_refundable": False,
        "payment_intent": charge["payment_intent"],
        "reason": "fraudulent",
        "status": "needs_response",
    }
