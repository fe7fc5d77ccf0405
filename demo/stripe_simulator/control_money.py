"""What can be ordered about money: payments, refunds, disputes."""

import dataclasses

from demo.stripe_simulator import control_fields
from demo.stripe_simulator.control_actions import Actions, Run, Values
from demo.stripe_simulator.control_fields import ControlError
from demo.stripe_simulator.faults import RefundPlan
from demo.stripe_simulator.json_types import JsonObject


class Payments(Actions):
    """What buyers and their banks do."""

    def runs(self) -> dict[str, Run]:
        """Return what each order does, by its address."""
        s = self._simulator
        return {
            "sessions/<id>/pay": self._pay,
            "sessions/<id>/expire": lambda i, _: s.expire(i),
            "sessions/<id>/settle": lambda i, _: s.settle_bank(i),
            "captures": lambda *_: s.finish_captures(),
        }

    def _pay(self, session_id: str, values: Values) -> JsonObject:
        card = str(values.get("card", "4242424242424242"))
        step = values.get("step")
        if step not in (None, "pass", "fail"):
            raise ControlError("step is pass or fail")
        return dataclasses.asdict(self._simulator.pay(session_id, card, step=step))


class Refunds(Actions):
    """What becomes of refunds."""

    def runs(self) -> dict[str, Run]:
        """Return what each order does, by its address."""
        s = self._simulator
        return {
            "charges/<id>/refund": self._refund,
            "refunds/plan": self._plan,
            "refunds/<id>/finish": self._finish,
            "refunds/settle": lambda *_: s.settle_refunds(),
        }

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

    def runs(self) -> dict[str, Run]:
        """Return what each order does, by its address."""
        s = self._simulator
        return {
            "charges/<id>/dispute": self._dispute,
            "charges/<id>/warn": lambda i, v: s.warn(
                i, control_fields.whole(v, "amount")
            ),
            "disputes/open": lambda *_: s.open_disputes(),
            "disputes/<id>/respond": lambda i, _: s.respond(i),
            "disputes/<id>/escalate": lambda i, _: s.escalate(i),
            "disputes/<id>/close": self._close,
        }

    def _dispute(self, charge_id: str, values: Values) -> JsonObject:
        amount = control_fields.whole(values, "amount")
        status = str(values.get("status") or "needs_response")
        reason = str(values.get("reason") or "fraudulent")
        return self._simulator.dispute(charge_id, amount, status=status, reason=reason)

    def _close(self, dispute_id: str, values: Values) -> JsonObject:
        won = control_fields.truth(values.get("won", ""))
        return self._simulator.close_dispute(dispute_id, won=won)
