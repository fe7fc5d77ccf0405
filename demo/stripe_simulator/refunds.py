"""Refunds: asked for through the API, settled at once or later."""

from demo.stripe_simulator import problem
from demo.stripe_simulator.charges import Charges
from demo.stripe_simulator.clock import Clock
from demo.stripe_simulator.events import Events
from demo.stripe_simulator.jobs import Jobs
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.state import State
from demo.stripe_simulator.workshop import Workshop

SIMULATED = {"amount", "charge", "expand", "metadata", "payment_intent", "reason"}


class Refunds:
    """The refunds of the account."""

    def __init__(
        self,
        state: State,
        workshop: Workshop,
        events: Events,
        jobs: Jobs,
        clock: Clock,
        charges: Charges,
    ) -> None:
        """Keep the parts and take over refunds that settle later."""
        self.settle_seconds = 2.0
        self._state = state
        self._workshop = workshop
        self._events = events
        self._jobs = jobs
        self._clock = clock
        self._charges = charges
        jobs.register("refund", self._settle)

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
        refund = self._make(charge, amount, params)
        self._state.save(charge)
        self._events.emit("refund.created", refund)
        self._events.emit("charge.refunded", charge)
        return refund

    def _make(self, charge: JsonObject, amount: int, params: JsonObject) -> JsonObject:
        effect = charge["_effect"]
        fields = {
            "_effect": effect,
            "amount": amount,
            "charge": charge["id"],
            "currency": charge["currency"],
            "metadata": params.get("metadata") or {},
            "payment_intent": charge["payment_intent"],
            "reason": params.get("reason"),
            "status": "pending" if effect == "refund_pending" else "succeeded",
        }
        refund = self._workshop.create("re", "refund", fields)
        moved = self._charges.record("refund", -amount, 0, refund)
        refund["balance_transaction"] = moved
        self._state.save(refund)
        if effect in ("refund_pending", "refund_fails"):
            due_at = self._clock.now() + self.settle_seconds
            self._jobs.schedule("refund", refund["id"], due_at)
        return refund

    def _settle(self, refund_id: str) -> None:
        """Bring the late result of a refund."""
        refund = self._state.get(refund_id, "refund")
        if refund["_effect"] == "refund_fails":
            self._fail(refund)
        else:
            refund["status"] = "succeeded"
        self._state.save(refund)
        if refund["status"] == "failed":
            self._events.emit("refund.failed", refund)
        self._events.emit("refund.updated", refund)

    def _fail(self, refund: JsonObject) -> None:
        charge = self._state.get(refund["charge"], "charge")
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        self._state.save(charge)
        back = self._charges.record("refund_failure", refund["amount"], 0, refund)
        refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
        refund["failure_balance_transaction"] = back

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


def _check_amount(charge: JsonObject, amount: int | None) -> int:
    left = charge["amount_captured"] - charge["amount_refunded"]
    asked = left if amount is None else amount
    if not charge["_is_refundable"]:
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
