"""What can be ordered about money: payments, refunds, disputes."""

import dataclasses

from demo.stripe_simulator import control_fields
from demo.stripe_simulator.control_actions import Action, Actions, Values
from demo.stripe_simulator.control_fields import ControlError
from demo.stripe_simulator.faults import RefundPlan
from demo.stripe_simulator.json_types import JsonObject


class Payments(Actions):
    """What buyers and their banks do."""

    def list(self) -> "list[Action]":
        """Return the actions."""
        s = self._simulator
        return [
            Action(
                "sessions/<id>/pay",
                "Pay a Session with a card number, debit_ok or debit_fail.",
                "card, step (pass, fail: the answer to 3D Secure)",
                self._pay,
            ),
            Action(
                "sessions/<id>/expire",
                "End an open Session now.",
                "",
                lambda i, _: s.expire(i),
            ),
            Action(
                "sessions/<id>/settle",
                "Bring the result of a bank debit now.",
                "",
                lambda i, _: s.settle_bank(i),
            ),
            Action(
                "captures",
                "Bring all balance transactions that are on their way.",
                "",
                lambda *_: s.finish_captures(),
            ),
        ]

    def _pay(self, session_id: str, values: Values) -> JsonObject:
        card = str(values.get("card", "4242424242424242"))
        step = values.get("step")
        if step not in (None, "pass", "fail"):
            raise ControlError("step is pass or fail")
        return dataclasses.asdict(self._simulator.pay(session_id, card, step=step))


class Refunds(Actions):
    """What becomes of refunds."""

    def list(self) -> "list[Action]":
        """Return the actions."""
        s = self._simulator
        return [
            Action(
                "charges/<id>/refund",
                "Refund a charge past the shop, as in the Dashboard.",
                "amount (all that is left when empty)",
                self._refund,
            ),
            Action(
                "refunds/plan",
                "Let the next refunds begin like this, whatever the card.",
                "status (pending, requires_action, succeeded), pending_reason "
                "(processing, insufficient_funds, charge_pending), times",
                self._plan,
            ),
            Action(
                "refunds/<id>/finish",
                "Let a refund become something else.",
                "status (succeeded, failed, canceled, pending, requires_action), "
                "reason",
                self._finish,
            ),
            Action(
                "refunds/settle",
                "Bring the results of all refunds that come later.",
                "",
                lambda *_: s.settle_refunds(),
            ),
        ]

    def _refund(self, charge_id: str, values: Values) -> JsonObject:
        amount = control_fields.whole(values, "amount")
        return self._simulator.refund_at_dashboard(charge_id, amount)

    def _plan(self, _: str, values: Values) -> None:
        self._simulator.faults.refunds = control_fields.fill(RefundPlan, values)

    def _finish(self, refund_id: str, values: Values) -> JsonObject:
        status, reason = str(values.get("status", "")), str(values.get("reason", ""))
        return self._simulator.finish_refund(refund_id, status, reason=reason)


class Disputes(Actions):
    """What banks ask and take back."""

    def list(self) -> "list[Action]":
        """Return the actions."""
        s = self._simulator
        return [
            Action(
                "charges/<id>/dispute",
                "Let the bank take a charge back, or a part of it.",
                "amount, reason, status (needs_response, under_review, "
                "warning_needs_response, warning_under_review)",
                self._dispute,
            ),
            Action(
                "charges/<id>/warn",
                "Let the bank inquire; no money moves.",
                "amount",
                lambda i, v: s.warn(i, control_fields.whole(v, "amount")),
            ),
            Action(
                "disputes/open",
                "Bring the disputes that paid cards stand for.",
                "",
                lambda *_: s.open_disputes(),
            ),
            Action(
                "disputes/<id>/respond",
                "Hand in evidence, as in the Dashboard.",
                "",
                lambda i, _: s.respond(i),
            ),
            Action(
                "disputes/<id>/escalate",
                "Turn an inquiry into a dispute that takes the money.",
                "",
                lambda i, _: s.escalate(i),
            ),
            Action(
                "disputes/<id>/close",
                "Win or lose a dispute; an inquiry just ends.",
                "won (true, false)",
                self._close,
            ),
        ]

    def _dispute(self, charge_id: str, values: Values) -> JsonObject:
        amount = control_fields.whole(values, "amount")
        status = str(values.get("status") or "needs_response")
        reason = str(values.get("reason") or "fraudulent")
        return self._simulator.dispute(charge_id, amount, status=status, reason=reason)

    def _close(self, dispute_id: str, values: Values) -> JsonObject:
        won = control_fields.truth(values.get("won", ""))
        return self._simulator.close_dispute(dispute_id, won=won)
