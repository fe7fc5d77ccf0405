"""Refunds: asked for through the API or the Dashboard, and what is refused.

What becomes of a refund later is decided in `refund_outcomes`.
"""

from demo.stripe_simulator import problem
from demo.stripe_simulator.disputes import Disputes
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.parts import Parts
from demo.stripe_simulator.refund_outcomes import Outcomes

SIMULATED = {"amount", "charge", "expand", "metadata", "payment_intent", "reason"}


class Refunds:
    """The refunds of the account."""

    def __init__(self, parts: Parts, outcomes: Outcomes, disputes: Disputes) -> None:
        """Keep the parts."""
        self._state = parts.state
        self._workshop = parts.workshop
        self._events = parts.events
        self._outcomes = outcomes
        self._disputes = disputes

    def create(self, params: JsonObject) -> JsonObject:
        """Refund a charge in part or in full.

        Raises:
            ApiError: It is unpaid, refunded, disputed, or the amount too large.
        """
        for name in params.keys() - SIMULATED:
            raise problem.not_simulated(name)
        charge = self._find_charge(params)
        amount = _check_amount(charge, params.get("amount"))
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount_captured"]
        self._state.save(charge)
        refund = self._workshop.create("re", "refund", _fields(charge, amount, params))
        self._outcomes.begin(refund, charge)
        self._events.emit("refund.created", refund)
        self._events.emit("charge.refunded", self._state.get(charge["id"], "charge"))
        if charge["refunded"]:
            self._disputes.end_inquiries(charge)
        return refund

    def _find_charge(self, params: JsonObject) -> JsonObject:
        if params.get("charge"):
            return self._state.get(params["charge"], "charge", "charge")
        if not params.get("payment_intent"):
            message = "One of charge, payment_intent is required."
            raise problem.invalid(message, param="charge", code="parameter_missing")
        name = "payment_intent"
        intent = self._state.get(params[name], name, name)
        if intent["status"] != "succeeded":
            message = (
                f"This PaymentIntent ({intent['id']}) does not have a successful "
                "charge to refund."
            )
            code = "payment_intent_unexpected_state"
            raise problem.refused(message, param=name, code=code)
        return self._state.get(intent["latest_charge"], "charge")


def _fields(charge: JsonObject, amount: int, params: JsonObject) -> JsonObject:
    return {
        "_effect": charge["_effect"],
        "_is_card": charge["payment_method_details"] is not None,
        "amount": amount,
        "charge": charge["id"],
        "currency": charge["currency"],
        "metadata": params.get("metadata") or {},
        "payment_intent": charge["payment_intent"],
        "reason": params.get("reason"),
        "status": "succeeded",
    }


def _check_amount(charge: JsonObject, amount: int | None) -> int:
    left = charge["amount_captured"] - charge["amount_refunded"]
    asked = left if amount is None else amount
    if charge["_charged_back"]:
        message = f"Charge {charge['id']} has been charged back."
        raise problem.refused(message, code="charge_disputed")
    if left == 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise problem.refused(message, code="charge_already_refunded")
    if asked > left:
        message = (
            f"Refund amount ({asked}) is greater than unrefunded amount on charge "
            f"({left})."
        )
        raise problem.refused(message, param="amount")
    if asked < 1:
        message = "This value must be greater than or equal to 1."
        code = "parameter_invalid_integer"
        raise problem.invalid(message, param="amount", code=code)
    return asked
