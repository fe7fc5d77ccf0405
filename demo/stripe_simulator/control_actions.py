"""What can be ordered on the control page or by a program, in words.

The table is the help as well: nothing is ordered that is not explained here.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from demo.stripe_simulator.faults import DeliveryFaults
from demo.stripe_simulator.simulator import Simulator

Values = Mapping[str, Any]
Run = Callable[[str, Values], Any]
DELIVERY_FIELDS = ", ".join(field.name for field in dataclasses.fields(DeliveryFaults))


@dataclasses.dataclass(frozen=True, slots=True)
class Action:
    """One address below `/control/`, what it does, and the fields it reads."""

    address: str
    does: str
    fields: str = ""


class Actions:
    """Some of the orders, carried out by one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        """Keep the simulator."""
        self._simulator = simulator

    def runs(self) -> dict[str, Run]:
        """Return what each order does, by its address."""
        raise NotImplementedError


# In the order of the page.
ACTIONS = (
    Action(
        "sessions/<id>/pay",
        "Pay a Session with a card number, debit_ok or debit_fail.",
        "card, step (pass, fail: the answer to 3D Secure)",
    ),
    Action("sessions/<id>/expire", "End an open Session now.", ""),
    Action("sessions/<id>/settle", "Bring the result of a bank debit now.", ""),
    Action("captures", "Bring all balance transactions that are on their way.", ""),
    Action(
        "charges/<id>/refund",
        "Refund a charge past the shop, as in the Dashboard.",
        "amount (all that is left when empty)",
    ),
    Action(
        "refunds/plan",
        "Let the next refunds begin like this, whatever the card.",
        "status (pending, requires_action, succeeded), pending_reason "
        "(processing, insufficient_funds, charge_pending), times",
    ),
    Action(
        "refunds/<id>/finish",
        "Let a refund become something else.",
        "status (succeeded, failed, canceled, pending, requires_action), reason",
    ),
    Action("refunds/settle", "Bring the results of all refunds that come later.", ""),
    Action(
        "charges/<id>/dispute",
        "Let the bank take a charge back, or a part of it.",
        "amount, reason, status (needs_response, under_review, "
        "warning_needs_response, warning_under_review)",
    ),
    Action("charges/<id>/warn", "Let the bank inquire; no money moves.", "amount"),
    Action("disputes/open", "Bring the disputes that paid cards stand for.", ""),
    Action("disputes/<id>/respond", "Hand in evidence, as in the Dashboard.", ""),
    Action(
        "disputes/<id>/escalate",
        "Turn an inquiry into a dispute that takes the money.",
        "",
    ),
    Action(
        "disputes/<id>/close",
        "Win or lose a dispute; an inquiry just ends.",
        "won (true, false)",
    ),
    Action(
        "accounts",
        "Connect an account that gets transfers, or change what is named of it.",
        "id, country, payouts_enabled, transfers (active, inactive, pending)",
    ),
    Action(
        "accounts/<id>/spend",
        "Let a connected account spend its balance: reversals find nothing there.",
        "currency, amount (all it has when empty)",
    ),
    Action("platform", "Let the platform be at home in another country.", "country"),
    Action(
        "transfers/<id>/reverse",
        "Take a transfer back past the shop, as in the Dashboard.",
        "amount (all that is left when empty)",
    ),
    Action("events/<id>/resend", "Send an event once more.", ""),
    Action("deliver", "Try everything owed now, whatever the time.", ""),
    Action(
        "mode",
        "Let things happen by themselves, or only when ordered.",
        "mode (auto, manual)",
    ),
    Action(
        "connected",
        "Send an event of a connected account to the connect endpoints.",
        "type, account",
    ),
    Action(
        "endpoints",
        "Add an endpoint, or give a known one other secrets; several sign "
        "side by side.",
        "url, secrets, event_types, is_connect",
    ),
    Action("endpoints/remove", "Send nothing more to an endpoint.", "url"),
    Action(
        "faults",
        "Order an accident of the API, for calls that begin with match; * is any id.",
        "match, times, accident; or instead of accident: status, when "
        "(before, after, stored), type, code, delay_seconds, should_retry, "
        "answer (error, reset, truncated)",
    ),
    Action(
        "deliveries",
        "Order accidents of deliveries, in place of those ordered before.",
        DELIVERY_FIELDS,
    ),
    Action("faults/clear", "Forget all accidents.", ""),
    Action(
        "clock",
        "Move the clock; what is due by then happens.",
        "move_seconds, move_days, set_to (2026-11-20T12:00), reset",
    ),
    Action(
        "import",
        "Take over past payments: send a body of JSON lines, one payment each, with "
        "the type application/jsonl.",
        "session, order, amount, currency, email, created, expires_at, intent, charge, "
        "paid_at, fee, name, address, refunds",
    ),
    Action("reset", "Forget everything.", ""),
)
