"""What the control page shows and what its API tells."""

import dataclasses
import datetime
from typing import Any

from demo.stripe_simulator import accidents, disputes, money, refund_outcomes
from demo.stripe_simulator.accounts import CAPABILITIES
from demo.stripe_simulator.control_actions import ACTIONS
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.simulator import Simulator
from demo.stripe_simulator.workshop import public

SHOWN = 8
# Days ahead, and what is due by then.
SPANS = (
    (1, "A day: keys forgotten"),
    (4, "4 days: bank debits"),
    (9, "9 days: disputes lost"),
    (31, "31 days: events gone"),
)
DELIVERY_CHOICES = {
    "shuffle": "In any order",
    "bad_signature": "With a wrong signature",
    "old_secret": "Signed with an old secret",
    "livemode": "As if from live mode",
}


class ControlPage:
    """Reads the simulator for people and for programs."""

    def __init__(self, simulator: Simulator) -> None:
        """Keep the simulator."""
        self._simulator = simulator

    def overview(self) -> dict[str, Any]:
        """Return what a program needs to know."""
        s = self._simulator
        plan = s.faults.refunds
        return {
            "calls": len(s.calls),
            "clock": self._now().isoformat(),
            "clock_offset_seconds": s.clock.offset_seconds,
            "delivery_faults": dataclasses.asdict(s.faults.delivery),
            "endpoints": self._endpoints(),
            "faults": [dataclasses.asdict(fault) for fault in s.faults.api],
            "mode": s.deliveries.mode,
            "pending_deliveries": s.deliveries.pending(),
            "refund_plan": dataclasses.asdict(plan) if plan else None,
            "violations": len(s.violations),
        }

    def violations(self) -> dict[str, Any]:
        """Return what broke the contract, in words."""
        texts = [str(error) for error in self._simulator.violations]
        return {"count": len(texts), "violations": texts}

    def accidents(self) -> dict[str, str]:
        """Return the accidents that have a name, and what happens."""
        return {name: words for name, (words, _) in accidents.ACCIDENTS.items()}

    def values(self) -> dict[str, Any]:
        """Return what the page is made of."""
        state = self._simulator.state
        overview = self.overview()
        return {
            **overview,
            **self._money(),
            **self._connected(),
            "accidents": self.accidents().items(),
            "actions": ACTIONS,
            "calls": self._simulator.calls[-SHOWN:][::-1],
            "clock_offset_seconds": round(self._simulator.clock.offset_seconds),
            "delivery_choices": [
                (name, words, overview["delivery_faults"][name])
                for name, words in DELIVERY_CHOICES.items()
            ],
            "events": state.select("event", limit=SHOWN),
            "now": f"{self._now():%Y-%m-%d %H:%M:%S} UTC",
            "spans": SPANS,
            "url": self._simulator.workshop.public_url,
            "violations": [str(e) for e in self._simulator.violations[-SHOWN:]],
        }

    def _money(self) -> dict[str, Any]:
        """Return the rows that tell of money, newest first."""
        select = self._simulator.state.select
        found = [_session_row(s) for s in select("checkout.session", limit=SHOWN)]
        charges = [c for c in select("charge", limit=SHOWN) if c["paid"]]
        return {
            "charges": [_charge_row(charge) for charge in charges],
            "disputes": [_dispute_row(d) for d in select("dispute", limit=SHOWN)],
            "refunds": [_refund_row(r) for r in select("refund", limit=SHOWN)],
            "sessions": found,
        }

    def _connected(self) -> dict[str, Any]:
        """Return the rows that tell of connected accounts, newest first."""
        s = self._simulator
        accounts = s.state.select("account", limit=SHOWN)
        return {
            "accounts": [
                public(account) | {"balances": _balances(s.accounts.balances(account))}
                for account in accounts
            ],
            "capabilities": CAPABILITIES,
            "platform": s.accounts.platform(),
            "transfers": [
                _transfer_row(t) for t in s.state.select("transfer", limit=SHOWN)
            ],
        }

    def _endpoints(self) -> list[dict[str, Any]]:
        """Return where events go; the secrets stay here."""
        return [
            {
                "event_types": sorted(endpoint.event_types),
                "is_connect": endpoint.is_connect,
                "secrets": len(endpoint.secrets),
                "url": endpoint.url,
            }
            for endpoint in self._simulator.deliveries.endpoints
        ]

    def _now(self) -> datetime.datetime:
        now = self._simulator.clock.now()
        return datetime.datetime.fromtimestamp(now, datetime.UTC)


def _row(obj: JsonObject, name: str = "amount") -> JsonObject:
    row: JsonObject = public(obj)
    return row | {"shown_amount": money.show(obj[name], obj["currency"])}


def _session_row(session: JsonObject) -> JsonObject:
    return _row(session, "amount_total") | {"awaits_bank": "_bank_debit" in session}


def _charge_row(charge: JsonObject) -> JsonObject:
    refunded = money.show(charge["amount_refunded"], charge["currency"])
    return _row(charge) | {"shown_refunded": refunded}


def _refund_row(refund: JsonObject) -> JsonObject:
    moves = refund_outcomes.MOVES.get(refund["status"], ())
    reason = refund.get("pending_reason") or refund.get("failure_reason") or ""
    return _row(refund) | {"moves": moves, "why": reason.replace("_", " ")}


def _balances(balances: dict[str, int]) -> list[JsonObject]:
    return [
        {"currency": currency, "shown": money.show(left, currency), "left": left}
        for currency, left in balances.items()
    ]


def _transfer_row(transfer: JsonObject) -> JsonObject:
    back = money.show(transfer["amount_reversed"], transfer["currency"])
    return _row(transfer) | {"shown_reversed": back}


def _dispute_row(dispute: JsonObject) -> JsonObject:
    status = dispute["status"]
    due_by = dispute["evidence_details"]["due_by"]
    due_on = datetime.datetime.fromtimestamp(due_by, datetime.UTC)
    is_open = status in disputes.OPEN
    return _row(dispute) | {
        "due_on": f"{due_on:%Y-%m-%d}" if is_open else "",
        "is_open": is_open,
        "is_warning": status.startswith("warning_"),
        "shown_status": status.replace("_", " "),
    }
