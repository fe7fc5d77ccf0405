"""What becomes of a refund: how it begins, and how it ends when it ends later.

Note: what a refund does to its charge. `amount_refunded` counts a refund from the
moment it is asked for, pending ones too, and falls when one fails or is canceled.
"""

from demo.stripe_simulator import problem
from demo.stripe_simulator.charges import Charges
from demo.stripe_simulator.faults import Faults, RefundPlan
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.parts import Parts

UNFINISHED = ("pending", "requires_action")
# What may become of a refund, by what it is now.
MOVES = {
    "pending": ("requires_action", "succeeded", "failed", "canceled"),
    "requires_action": ("pending", "succeeded", "failed", "canceled"),
    "succeeded": ("failed",),
}
BY_CARD = {
    "refund_pending": RefundPlan("pending", "processing"),
    "refund_fails": RefundPlan("succeeded"),
}
USUAL_REASONS = {
    "canceled": "merchant_request",
    "failed": "expired_or_canceled_card",
}
ACTION_SECONDS = 45 * 86_400
DISPUTED_REASON = "charge_for_pending_refund_disputed"


class Outcomes:
    """Moves refunds from one status to the next."""

    def __init__(self, parts: Parts, charges: Charges, faults: Faults) -> None:
        """Keep the parts and take over refunds that settle later."""
        self.settle_seconds = 2.0
        self._state = parts.state
        self._events = parts.events
        self._jobs = parts.jobs
        self._clock = parts.clock
        self._charges = charges
        self._faults = faults
        parts.jobs.register("refund", self._settle)

    def begin(self, refund: JsonObject, charge: JsonObject) -> None:
        """Give a new refund its first status, and plan its end."""
        ordered = self._faults.take_refund_plan()
        plan = ordered or BY_CARD.get(charge["_effect"], RefundPlan("succeeded"))
        refund["status"] = plan.status
        self._explain(refund, plan.pending_reason)
        # Without funds nothing has left the balance yet.
        if refund.get("pending_reason") != "insufficient_funds":
            self._take(refund)
        self._state.save(refund)
        if ordered is None and charge["_effect"] in BY_CARD:
            due_at = self._clock.now() + self.settle_seconds
            self._jobs.schedule("refund", refund["id"], due_at)

    def finish(self, refund_id: str, status: str, reason: str = "") -> JsonObject:
        """Let a refund become something else, and tell the shop.

        Raises:
            ApiError: A refund of this status cannot become that.
        """
        refund = self._state.get(refund_id, "refund")
        if status not in MOVES.get(refund["status"], ()):
            message = f"A refund that is {refund['status']} cannot become {status}."
            raise problem.refused(message, param="status")
        refund["status"] = status
        self._explain(refund, "processing")
        if status in USUAL_REASONS:
            self._give_back(refund, reason or USUAL_REASONS[status])
        else:
            self._take(refund)
        self._state.save(refund)
        self._tell(refund)
        return refund

    def fail_pending(self, charge_id: str) -> None:
        """Let unfinished refunds of a charge fail, as a dispute of it does."""
        refunds = self._state.select(
            "refund", [("json_extract(body, '$.charge') = ?", [charge_id])]
        )
        for refund in refunds:
            if refund["status"] in UNFINISHED:
                self.finish(refund["id"], "failed", DISPUTED_REASON)

    def _settle(self, refund_id: str) -> None:
        """Bring the late result that the card stands for."""
        refund = self._state.get(refund_id, "refund")
        status = "failed" if refund["_effect"] == "refund_fails" else "succeeded"
        if status in MOVES.get(refund["status"], ()):
            self.finish(refund_id, status)

    def _explain(self, refund: JsonObject, pending_reason: str) -> None:
        """Say why a refund waits, and for whom; a finished one waits for nobody."""
        refund.pop("pending_reason", None)
        refund.pop("next_action", None)
        if refund["status"] == "pending":
            refund["pending_reason"] = pending_reason or "processing"
        if refund["status"] == "requires_action":
            charge = self._state.get(refund["charge"], "charge")
            email = charge["billing_details"]["email"]
            refund["next_action"] = _next_action(email, self._clock.seconds())

    def _take(self, refund: JsonObject) -> None:
        """Take the money from the balance, once."""
        if not refund["balance_transaction"]:
            kind = "refund" if refund["_is_card"] else "payment_refund"
            moved = self._charges.record(kind, -refund["amount"], 0, refund)
            refund["balance_transaction"] = moved

    def _give_back(self, refund: JsonObject, reason: str) -> None:
        charge = self._state.get(refund["charge"], "charge")
        charge["amount_refunded"] -= refund["amount"]
        charge["refunded"] = False
        self._state.save(charge)
        refund["failure_reason"] = reason
        if refund["balance_transaction"]:
            back = self._charges.record("refund_failure", refund["amount"], 0, refund)
            refund["failure_balance_transaction"] = back

    def _tell(self, refund: JsonObject) -> None:
        if refund["status"] == "failed":
            self._events.emit("refund.failed", refund)
        self._events.emit("charge.refund.updated", refund)
        self._events.emit("refund.updated", refund)


def _next_action(email: str, now: int) -> JsonObject:
    """Return what the customer must do: name a bank account, as a mail asks."""
    sent = {"email_sent_at": now, "email_sent_to": email}
    details = {"email_sent": sent, "expires_at": now + ACTION_SECONDS}
    return {"type": "display_details", "display_details": details}
