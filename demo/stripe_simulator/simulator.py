"""Puts the simulator together; what tests and the control page hold in hand."""

import logging
import pathlib
from collections.abc import Sequence
from typing import Literal

from demo.stripe_simulator.accounts import Accounts
from demo.stripe_simulator.api import Api, Call
from demo.stripe_simulator.charges import Charges
from demo.stripe_simulator.clock import Clock
from demo.stripe_simulator.contract import schema
from demo.stripe_simulator.contract.check import Contract, ContractError
from demo.stripe_simulator.deliveries import Attempt, Deliveries
from demo.stripe_simulator.disputes import WARNED, Disputes
from demo.stripe_simulator.endpoints import Endpoint
from demo.stripe_simulator.events import Events
from demo.stripe_simulator.faults import Faults, RefundPlan
from demo.stripe_simulator.idempotency import Keys
from demo.stripe_simulator.jobs import Jobs
from demo.stripe_simulator.json_types import JsonObject
from demo.stripe_simulator.listing import Expansion
from demo.stripe_simulator.parts import Parts
from demo.stripe_simulator.past import Past
from demo.stripe_simulator.payments import Outcome, Payments, Submission
from demo.stripe_simulator.refund_outcomes import Outcomes
from demo.stripe_simulator.refunds import Refunds
from demo.stripe_simulator.reversals import Reversals
from demo.stripe_simulator.routes import Rooms, Routes
from demo.stripe_simulator.sessions import Sessions
from demo.stripe_simulator.state import State
from demo.stripe_simulator.transfers import Transfers
from demo.stripe_simulator.workshop import Workshop, public

LATE_JOBS = ("bank", "capture", "refund", "dispute", "dispute_end", "inquiry_end")

logger = logging.getLogger(__name__)


class Simulator:
    """A Stripe account that exists only here."""

    def __init__(
        self,
        *,
        public_url: str,
        endpoints: Sequence[Endpoint] = (),
        state_file: pathlib.Path | None = None,
        past_file: pathlib.Path | None = None,
        seed: str = "",
    ) -> None:
        """Open the state and connect the parts."""
        self._seed = seed
        self._past_file = past_file
        self.violations: list[ContractError] = []
        folder = state_file.parent if state_file else None
        self.contract = Contract(schema.load(folder))
        self.state = State(state_file)
        self.clock = Clock(self.state)
        self.faults = Faults()
        self.jobs = Jobs(self.state, self.clock)
        self.deliveries = Deliveries(self.state, self.clock, self.faults)
        self.deliveries.endpoints = list(endpoints)
        self.workshop = Workshop(
            self.contract.schemas, self.state, self.clock, public_url
        )
        self.events = Events(self.workshop, self.deliveries, self.contract, self.report)
        self._connect_money()
        self._connect_api()
        self._sow()

    def _connect_money(self) -> None:
        parts = Parts(self.state, self.workshop, self.events, self.jobs, self.clock)
        self.checkout = Sessions(parts)
        self.charges = Charges(parts)
        self.outcomes = Outcomes(parts, self.charges, self.faults)
        self.disputes = Disputes(parts, self.charges, self.outcomes)
        self.refunds = Refunds(parts, self.outcomes, self.disputes)
        self.accounts = Accounts(parts)
        self.transfers = Transfers(parts, self.charges, self.accounts)
        self.reversals = Reversals(parts, self.charges, self.accounts)
        self.past = Past(parts, self.charges)
        self.payments = Payments(parts, self.checkout, self.charges, self.disputes)

    def _connect_api(self) -> None:
        rooms = Rooms(
            self.checkout,
            self.refunds,
            self.accounts,
            self.transfers,
            self.reversals,
        )
        self.api = Api(
            state=self.state,
            workshop=self.workshop,
            contract=self.contract,
            events=self.events,
            faults=self.faults,
            keys=Keys(self.state, self.clock),
            routes=Routes(self.state, rooms, self.clock.seconds),
            expansion=Expansion(self.state, self.checkout.lines),
            tick=self.tick,
        )

    @property
    def calls(self) -> list[Call]:
        """The calls to the API, oldest first."""
        return list(self.api.calls)

    def report(self, error: ContractError) -> None:
        """Write down a violation of the contract, loudly."""
        self.violations.append(error)
        logger.error("Stripe contract violated: %s", error)

    def _sow(self) -> None:
        if self._seed:
            self.workshop.sow(self._seed)

    def follow_past(self) -> None:
        """Take over what the file of the past holds, when it is new or has changed."""
        if self._past_file:
            self.past.follow(self._past_file)

    def reset(self) -> None:
        """Forget everything: objects, faults, clock, logs."""
        self.state.reset()
        self.faults.clear()
        self.api.calls.clear()
        self.violations.clear()
        self.deliveries.attempts.clear()
        self._sow()

    def tick(self) -> None:
        """Let happen what is due; in manual mode only Sessions expire."""
        late = LATE_JOBS if self.deliveries.mode == "auto" else ()
        self.jobs.run_due("expire", *late)

    def sessions(self) -> list[JsonObject]:
        """Return the Checkout Sessions, oldest first."""
        return self.objects("checkout.session")

    def objects(self, kind: str) -> list[JsonObject]:
        """Return the objects of a kind as the API shows them, oldest first."""
        found = self.state.select(kind, oldest_first=True)
        return [public(obj) for obj in found]

    def pay(
        self,
        session_id: str,
        card: str = "4242424242424242",
        *,
        step: Literal["pass", "fail"] | None = None,
        email: str = "buyer@example.com",
        address: JsonObject | None = None,
    ) -> Outcome:
        """Pay a Session as the hosted page does."""
        submission = Submission(card, email=email, address=address, step=step)
        return self.submit(session_id, submission)

    def submit(self, session_id: str, submission: Submission) -> Outcome:
        """Take what a buyer sends on the hosted page.

        Raises:
            ApiError: There is no such Session.
        """
        with self.state.transaction():
            self.tick()
            return self.payments.pay(session_id, submission)

    def quote(self, session_id: str, submission: Submission) -> int:
        """Return what a Session comes to for this buyer, tax and shipping included."""
        with self.state.transaction():
            return self.payments.quote(session_id, submission)

    def expire(self, session_id: str) -> JsonObject:
        """Expire an open Session, as Stripe does when its time is over."""
        with self.state.transaction():
            return self.checkout.expire(session_id)

    def settle_bank(self, session_id: str) -> None:
        """Bring the result of a bank debit."""
        with self.state.transaction():
            self.payments.settle_bank(session_id)

    def finish_captures(self) -> None:
        """Bring all balance transactions now, each with `charge.updated`."""
        self.jobs.run_all("capture")

    def settle_refunds(self) -> None:
        """Bring the result of all refunds that settle later."""
        self.jobs.run_all("refund")

    def refund_at_dashboard(
        self, charge_id: str, amount: int | None = None
    ) -> JsonObject:
        """Refund a charge as the merchant does in the Dashboard, past the shop.

        Raises:
            ApiError: The charge is refunded, disputed, or holds less.
        """
        params: JsonObject = {"charge": charge_id}
        if amount is not None:
            params["amount"] = amount
        with self.state.transaction():
            return self.refunds.create(params)

    def plan_refunds(
        self, status: str = "pending", *, pending_reason: str = "", times: int = 1
    ) -> None:
        """Let the next refunds begin as pending or requires_action."""
        self.faults.refunds = RefundPlan(status, pending_reason, times)

    def finish_refund(
        self, refund_id: str, status: str, *, reason: str = ""
    ) -> JsonObject:
        """Let a refund become succeeded, failed, canceled, pending, requires_action.

        Raises:
            ApiError: A refund of its present status cannot become that.
        """
        with self.state.transaction():
            return self.outcomes.finish(refund_id, status, reason)

    def dispute(
        self,
        charge_id: str,
        amount: int | None = None,
        *,
        status: str = "needs_response",
        reason: str = "fraudulent",
    ) -> JsonObject:
        """Let the buyer's bank dispute a charge, in part when an amount is named."""
        with self.state.transaction():
            return self.disputes.open(charge_id, amount, status=status, reason=reason)

    def open_disputes(self) -> None:
        """Bring the disputes that cards stand for, which come after the payment."""
        self.jobs.run_all("dispute")

    def warn(self, charge_id: str, amount: int | None = None) -> JsonObject:
        """Let the buyer's bank inquire about a charge; no money moves."""
        return self.dispute(charge_id, amount, status=WARNED, reason="general")

    def respond(self, dispute_id: str) -> JsonObject:
        """Hand in evidence, as the merchant does in the Dashboard."""
        with self.state.transaction():
            return self.disputes.respond(dispute_id)

    def escalate(self, dispute_id: str) -> JsonObject:
        """Turn an inquiry into a dispute that takes the money."""
        with self.state.transaction():
            return self.disputes.escalate(dispute_id)

    def close_dispute(self, dispute_id: str, *, won: bool) -> JsonObject:
        """End a dispute, or an inquiry, which is neither won nor lost."""
        with self.state.transaction():
            return self.disputes.close(dispute_id, won=won)

    def connect_account(
        self,
        account_id: str = "acct_beneficiary",
        country: str | None = None,
        *,
        payouts_enabled: bool | None = None,
        transfers: str | None = None,
    ) -> JsonObject:
        """Connect an account that gets transfers, or change what is named of it.

        A new one is in the US, pays out, and its capability `transfers` is active.
        """
        asked = {"country": country, "payouts_enabled": payouts_enabled}
        with self.state.transaction():
            return self.accounts.connect(account_id, **asked, transfers=transfers)

    def spend_connected_balance(
        self, account_id: str, currency: str, amount: int | None = None
    ) -> None:
        """Let a connected account spend what it has, so that reversals fail."""
        with self.state.transaction():
            self.accounts.spend(account_id, currency, amount)

    def happen_elsewhere(
        self,
        event_type: str = "checkout.session.completed",
        account: str = "acct_of_somebody",
    ) -> JsonObject:
        """Let something happen on a connected account, for connect endpoints."""
        with self.state.transaction():
            return self.events.emit_elsewhere(event_type, account)

    def deliver(self, *, workers: int = 1) -> list[Attempt]:
        """Try every delivery owed, in this thread or in several at once."""
        return self.deliveries.deliver(workers=workers)
