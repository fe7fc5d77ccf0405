"""Disputes: the buyer's bank asks, takes the money, and sometimes gives it back.

Note: inquiries. A dispute whose status begins with `warning_` is a question of the
bank: it moves no money and the charge can still be refunded. It ends by itself after
120 days or when the charge is refunded in full, or is escalated to a dispute that takes
the money.

A bank may dispute what was refunded already. It gives that part back in the end, even
of a dispute that is lost.
"""

from demo.stripe_simulator import problem
from demo.stripe_simulator.charges import Charges
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.parts import Parts
from demo.stripe_simulator.refund_outcomes import Outcomes

DISPUTE_FEE = 1500
RESPONSE_SECONDS = 9 * 86_400
INQUIRY_SECONDS = 120 * 86_400
WARNED = "warning_needs_response"
OPEN = ("needs_response", "under_review", WARNED, "warning_under_review")
REASONS = {
    "disputed": "fraudulent",
    "not_received": "product_not_received",
    "inquired": "general",
}


class Disputes:
    """The disputes of the account."""

    def __init__(self, parts: Parts, charges: Charges, refunds: Outcomes) -> None:
        """Keep the parts and take over what disputes do later."""
        self.open_seconds = 2.0
        self._state = parts.state
        self._workshop = parts.workshop
        self._events = parts.events
        self._jobs = parts.jobs
        self._clock = parts.clock
        self._charges = charges
        self._refunds = refunds
        parts.jobs.register("dispute", self._open_by_card)
        parts.jobs.register("dispute_end", self._lose_unanswered)
        parts.jobs.register("inquiry_end", self._end_inquiry)

    def expect(self, charge: JsonObject) -> None:
        """Plan the dispute that the card of a charge stands for, if it does."""
        if charge["_effect"] in REASONS:
            due_at = self._clock.now() + self.open_seconds
            self._jobs.schedule("dispute", charge["id"], due_at)

    def open(
        self,
        charge_id: str,
        amount: int | None = None,
        *,
        status: str = "needs_response",
        reason: str = "fraudulent",
    ) -> JsonObject:
        """Dispute a charge, in part when an amount is named.

        Raises:
            ApiError: There is no such charge, the amount is no part of it, or no
                dispute begins with this status.
        """
        charge = self._state.get(charge_id, "charge")
        if status not in OPEN:
            message = f"A dispute begins as one of {', '.join(OPEN)}."
            raise problem.invalid(message, param="status")
        fields = _fields(charge, _disputed_amount(charge, amount))
        fields |= {"reason": reason, "status": status}
        dispute = self._workshop.create("du", "dispute", fields)
        self._state.save(charge | {"disputed": True})
        self._await_answer(dispute)
        self._events.emit("charge.dispute.created", dispute)
        if not _is_warning(dispute):
            self._take_money(dispute)
        return dispute

    def respond(self, dispute_id: str) -> JsonObject:
        """Hand evidence in, as the merchant does in the Dashboard."""
        dispute = self._get_open(dispute_id)
        is_warning = _is_warning(dispute)
        dispute["status"] = "warning_under_review" if is_warning else "under_review"
        dispute["evidence_details"] |= {"has_evidence": True, "submission_count": 1}
        dispute["evidence_details"]["submission_method"] = "manual"
        self._state.save(dispute)
        self._events.emit("charge.dispute.updated", dispute)
        return dispute

    def escalate(self, dispute_id: str) -> JsonObject:
        """Turn an inquiry into a dispute that takes the money."""
        dispute = self._get_open(dispute_id)
        if not _is_warning(dispute):
            raise problem.refused(f"{dispute_id} is no inquiry.", param="dispute")
        dispute["status"] = "needs_response"
        self._await_answer(dispute)
        self._events.emit("charge.dispute.updated", dispute)
        self._take_money(dispute)
        return dispute

    def close(self, dispute_id: str, *, won: bool) -> JsonObject:
        """End a dispute; money comes back when it is won. An inquiry just ends.

        Raises:
            ApiError: It is closed already.
        """
        dispute = self._get_open(dispute_id)
        if _is_warning(dispute):
            dispute["status"] = "warning_closed"
        else:
            dispute["status"] = "won" if won else "lost"
            self._give_back(dispute, won=won)
        self._state.save(dispute)
        self._events.emit("charge.dispute.closed", dispute)
        return dispute

    def end_inquiries(self, charge: JsonObject) -> None:
        """End the inquiries about a charge: its buyer has everything back."""
        about = [("json_extract(body, '$.charge') = ?", [charge["id"]])]
        for dispute in self._state.select("dispute", about):
            if _is_warning(dispute) and dispute["status"] in OPEN:
                self.close(dispute["id"], won=True)

    def _get_open(self, dispute_id: str) -> JsonObject:
        dispute = self._state.get(dispute_id, "dispute")
        if dispute["status"] not in OPEN:
            message = f"This dispute is closed: {dispute['status']}."
            raise problem.refused(message, param="dispute")
        return dispute

    def _await_answer(self, dispute: JsonObject) -> None:
        """Say by when evidence must come, and plan what happens without it."""
        is_warning = _is_warning(dispute)
        now = self._clock.seconds()
        dispute["evidence_details"] = _evidence_details(now + RESPONSE_SECONDS)
        dispute["is_charge_refundable"] = is_warning
        self._state.save(dispute)
        kind = "inquiry_end" if is_warning else "dispute_end"
        wait = INQUIRY_SECONDS if is_warning else RESPONSE_SECONDS
        self._jobs.schedule(kind, dispute["id"], now + wait)

    def _take_money(self, dispute: JsonObject) -> None:
        charge = self._state.get(dispute["charge"], "charge")
        charge["_charged_back"] += dispute["amount"]
        self._state.save(charge)
        self._refunds.fail_pending(charge["id"])
        self._move(dispute, -dispute["amount"], DISPUTE_FEE)
        self._events.emit("charge.dispute.funds_withdrawn", dispute)

    def _give_back(self, dispute: JsonObject, *, won: bool) -> None:
        """Return all of a dispute that is won, else what the buyer got twice."""
        charge = self._state.get(dispute["charge"], "charge")
        taken, refunded = charge["_charged_back"], charge["amount_refunded"]
        twice = max(taken + refunded - charge["amount_captured"], 0)
        amount = dispute["amount"] if won else min(dispute["amount"], twice)
        if not amount:
            return
        charge["_charged_back"] -= amount
        self._state.save(charge)
        self._move(dispute, amount, 0)
        self._events.emit("charge.dispute.funds_reinstated", dispute)

    def _move(self, dispute: JsonObject, amount: int, fee: int) -> None:
        moved = self._charges.record("adjustment", amount, fee, dispute)
        transaction = self._state.get(moved, "balance_transaction")
        dispute["balance_transactions"].append(transaction)
        self._state.save(dispute)

    def _open_by_card(self, charge_id: str) -> None:
        charge = self._state.get(charge_id, "charge")
        effect = charge["_effect"]
        status = WARNED if effect == "inquired" else "needs_response"
        if not charge["disputed"]:
            self.open(charge_id, status=status, reason=REASONS[effect])

    def _lose_unanswered(self, dispute_id: str) -> None:
        if self._state.get(dispute_id, "dispute")["status"] == "needs_response":
            self.close(dispute_id, won=False)

    def _end_inquiry(self, dispute_id: str) -> None:
        dispute = self._state.get(dispute_id, "dispute")
        if _is_warning(dispute) and dispute["status"] in OPEN:
            self.close(dispute_id, won=True)


def _is_warning(dispute: JsonObject) -> bool:
    return str(dispute["status"]).startswith("warning_")


def _disputed_amount(charge: JsonObject, amount: int | None) -> int:
    """Return what is disputed: what is left of the charge, unless told otherwise."""
    most = int(charge["amount_captured"]) - int(charge["_charged_back"])
    unrefunded = int(charge["amount_captured"]) - int(charge["amount_refunded"])
    asked = (min(unrefunded, most) or most) if amount is None else amount
    if not 1 <= asked <= most:
        message = f"A dispute is over 1 to {most} of this charge."
        raise problem.invalid(message, param="amount")
    return asked


def _fields(charge: JsonObject, amount: int) -> JsonObject:
    return {
        "amount": amount,
        "charge": charge["id"],
        "currency": charge["currency"],
        "network_reason_code": "10.4",
        "payment_intent": charge["payment_intent"],
    }


def _evidence_details(due_by: int) -> JsonObject:
    return {
        "due_by": due_by,
        "enhanced_eligibility": {},
        "has_evidence": False,
        "past_due": False,
        "submission_count": 0,
        "submission_method": "not_submitted",
    }
