"""What happens when the buyer presses the button on the hosted page."""

import dataclasses
from typing import Literal

from demo.stripe_simulator import cards, shipping, taxes, totals
from demo.stripe_simulator import sessions as session_rules
from demo.stripe_simulator.cards import Card
from demo.stripe_simulator.charges import Charges
from demo.stripe_simulator.disputes import Disputes
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.parts import Parts
from demo.stripe_simulator.sessions import Sessions

BANK_DEBITS = {
    "debit_ok": Card("debit_ok", "refund_pending", "Bank debit that succeeds"),
    "debit_fail": Card(
        "debit_fail",
        "declined",
        "Bank debit that fails",
        "account_closed",
        "",
        "The bank account has been closed.",
    ),
}
AUTHENTICATION_FAILED = (
    "We could not confirm it was you. Try again or use another card."
)
BAD_NUMBER = "Your card number is invalid."

Step = Literal["pass", "fail"]


@dataclasses.dataclass(frozen=True, slots=True)
class Submission:
    """What the buyer sends: a card number or one of the bank debits, and who."""

    method: str
    email: str = "buyer@example.com"
    name: str = "Sample Customer"
    address: JsonObject | None = None
    shipping_rate: str | None = None
    step: Step | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What the page does next.

    `paid` and `processing` lead to `url`; `needs_authentication` asks for a
    step; `declined` says why in `message`; `closed` means that the Session was
    complete or expired before.
    """

    kind: Literal["paid", "processing", "needs_authentication", "declined", "closed"]
    url: str = ""
    message: str = ""
    decline_code: str = ""


class Payments:
    """Payment intents, driven by the hosted page."""

    def __init__(
        self, parts: Parts, sessions: Sessions, charges: Charges, disputes: Disputes
    ) -> None:
        """Keep the parts and take over the late results of bank debits."""
        self.bank_seconds = 4 * 86_400.0
        self._clock = parts.clock
        self._jobs = parts.jobs
        self._state = parts.state
        self._workshop = parts.workshop
        self._events = parts.events
        self._sessions = sessions
        self._charges = charges
        self._disputes = disputes
        parts.jobs.register("bank", self.settle_bank)

    def pay(self, session_id: str, submission: Submission) -> Outcome:
        """Try to pay a Session; a declined one stays open."""
        session = self._sessions.get(session_id)
        if session["status"] != "open":
            return Outcome("closed", message=session["status"])
        method = submission.method
        is_bank = method in BANK_DEBITS and session_rules.bank_method(session)
        if session["amount_total"] and not is_bank and not cards.is_number(method):
            return Outcome("declined", message=BAD_NUMBER)
        take_details(session, submission)
        if not session["amount_total"]:
            return self._complete(session, "no_payment_required")
        intent = self._intent(session)
        if is_bank:
            return self._debit(session, intent, BANK_DEBITS[method])
        return self._pay_by_card(session, intent, cards.find(method), submission.step)

    def quote(self, session_id: str, submission: Submission) -> int:
        """Take what the buyer typed without paying; return what it comes to."""
        session = self._sessions.get(session_id)
        if session["status"] == "open":
            take_details(session, submission)
            self._state.save(session)
        return int(session["amount_total"])

    def settle_bank(self, session_id: str) -> None:
        """Bring the late result of a bank debit."""
        session = self._sessions.get(session_id)
        method = session.pop("_bank_debit", None)
        if method is None:
            return
        intent = self._state.get(session["payment_intent"], "payment_intent")
        if BANK_DEBITS[method].code:
            self._fail(session, intent, BANK_DEBITS[method])
            kind = "async_payment_failed"
        else:
            self._succeed(session, intent, BANK_DEBITS[method])
            session["payment_status"] = "paid"
            kind = "async_payment_succeeded"
        self._state.save(session)
        self._events.emit(f"checkout.session.{kind}", session)

    def _pay_by_card(
        self, session: JsonObject, intent: JsonObject, card: Card, step: Step | None
    ) -> Outcome:
        asks = card.effect in ("needs_authentication", "authenticated_then_declined")
        if asks and step is None:
            intent["status"] = "requires_action"
            self._state.save(session | {"_authenticating": card.number}, intent)
            self._events.emit("payment_intent.requires_action", intent)
            return Outcome("needs_authentication")
        session.pop("_authenticating", None)
        if asks and step == "fail":
            return self._refuse_authentication(session, intent)
        if card.code:
            self._fail(session, intent, card)
            return Outcome(
                "declined", message=card.message, decline_code=card.decline_code
            )
        self._succeed(session, intent, card)
        return self._complete(session, "paid")

    def _debit(self, session: JsonObject, intent: JsonObject, debit: Card) -> Outcome:
        intent["status"] = "processing"
        session["_bank_debit"] = debit.number
        due_at = self._clock.now() + self.bank_seconds
        self._jobs.schedule("bank", session["id"], due_at)
        self._state.save(intent)
        self._events.emit("payment_intent.processing", intent)
        return self._complete(session, "unpaid")

    def _complete(self, session: JsonObject, payment_status: str) -> Outcome:
        url = session_rules.return_url(session)
        session |= {"status": "complete", "payment_status": payment_status}
        session["url"] = None
        self._state.save(session)
        self._events.emit("checkout.session.completed", session)
        return Outcome("processing" if payment_status == "unpaid" else "paid", url)

    def _intent(self, session: JsonObject) -> JsonObject:
        """Return the intent, which comes to be when the buyer first submits."""
        fields = _intent_fields(session)
        if session["payment_intent"]:
            intent = self._state.get(session["payment_intent"], "payment_intent")
            return intent | {name: fields[name] for name in ("amount", "shipping")}
        intent = self._workshop.create("pi", "payment_intent", fields)
        session["payment_intent"] = intent["id"]
        self._state.save(session)
        self._events.emit("payment_intent.created", intent)
        return intent

    def _succeed(self, session: JsonObject, intent: JsonObject, card: Card) -> None:
        charge = self._charges.charge(intent, session["customer_details"], card)
        intent |= {"status": "succeeded", "amount_received": intent["amount"]}
        intent |= {"latest_charge": charge["id"], "last_payment_error": None}
        self._state.save(intent)
        self._disputes.expect(charge)
        self._events.emit("payment_intent.succeeded", intent)

    def _fail(self, session: JsonObject, intent: JsonObject, card: Card) -> None:
        charge = self._charges.charge(intent, session["customer_details"], card)
        error: JsonObject = {
            "type": "card_error",
            "code": card.code,
            "message": card.message,
        }
        error |= {"decline_code": card.decline_code or None, "charge": charge["id"]}
        intent |= {"latest_charge": charge["id"], "last_payment_error": error}
        intent["status"] = "requires_payment_method"
        self._state.save(session, intent)
        self._events.emit("payment_intent.payment_failed", intent)

    def _refuse_authentication(
        self, session: JsonObject, intent: JsonObject
    ) -> Outcome:
        intent["status"] = "requires_payment_method"
        intent["last_payment_error"] = {
            "type": "invalid_request_error",
            "code": "payment_intent_authentication_failure",
            "message": "The provided PaymentMethod has failed authentication.",
        }
        self._state.save(session, intent)
        self._events.emit("payment_intent.payment_failed", intent)
        return Outcome("declined", message=AUTHENTICATION_FAILED)


def take_details(session: JsonObject, submission: Submission) -> None:
    """Write down who pays and where it is shipped to."""
    allowed = shipping.countries(session)
    home = allowed[0] if allowed else "US"
    address = submission.address or shipping.sample_address(home)
    address = {name: address.get(name) or None for name in shipping.ADDRESS_FIELDS}
    session["customer_details"] = {
        "address": address,
        "business_name": None,
        "email": submission.email,
        "individual_name": None,
        "name": submission.name,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    if allowed:
        details = {"address": address, "name": submission.name}
        collected = {"business_name": None, "individual_name": None}
        session["collected_information"] = {**collected, "shipping_details": details}
    shipping.choose(session, submission.shipping_rate)
    taxes.locate(session, address)
    totals.recount(session)


def _intent_fields(session: JsonObject) -> JsonObject:
    asked = session["_payment_intent_data"]
    collected = session["collected_information"] or {}
    return {
        "amount": session["amount_total"],
        "capture_method": "automatic_async",
        "confirmation_method": "automatic",
        "currency": session["currency"],
        "description": asked.get("description"),
        "metadata": asked.get("metadata") or {},
        "payment_method_options": {},
        "payment_method_types": session["payment_method_types"],
        "shipping": collected.get("shipping_details"),
        "status": "requires_payment_method",
        "transfer_group": asked.get("transfer_group"),
    }
