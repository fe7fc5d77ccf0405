"""What happens to a shop's money without the shop: banks, Dashboard, accidents.

The half of the state machine in `machine` that only Stripe's simulator takes part in.
"""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from demo.stripe_simulator.faults import ApiFault
from tests.journeys import expectations

CALLS = (
    "POST /v1/checkout/sessions",
    "GET /v1/checkout/sessions",
    "POST /v1/refunds",
    "GET /v1/refunds",
    "GET /v1/disputes",
    "GET /v1/charges",
)

which = st.integers(0, 99)


class World(RuleBasedStateMachine):
    """One story; `simulator` is set by the test."""

    simulator = None

    @precondition(lambda self: self.charges())
    @rule(which=which, percent=st.integers(1, 100))
    def refund_at_the_dashboard(self, which, percent):
        """Somebody refunds at Stripe and tells nobody here."""
        charge = self.pick(self.charges(), which)
        left = charge["amount_captured"] - charge["amount_refunded"]
        if left and not charge["disputed"]:
            amount = max(left * percent // 100, 1)
            self.simulator.refund_at_dashboard(charge["id"], amount)

    @precondition(lambda self: self.charges())
    @rule(which=which, percent=st.integers(1, 100))
    def dispute(self, which, percent):
        """A customer's bank wants money back."""
        charge = self.pick(self.charges(), which)
        left = charge["amount_captured"] - charge["amount_refunded"]
        if left and not charge["disputed"]:
            amount = max(left * percent // 100, 1)
            self.simulator.dispute(charge["id"], amount=amount)

    @precondition(lambda self: self.simulator.objects("dispute"))
    @rule(which=which, won=st.booleans())
    def close_a_dispute(self, which, won):
        """The bank has decided."""
        dispute = self.pick(self.simulator.objects("dispute"), which)
        if dispute["status"] not in expectations.CLOSED:
            self.simulator.close_dispute(dispute["id"], won=won)

    @rule(which=which)
    def decide_at_the_bank(self, which):
        """Debits, refunds and captures that were on their way arrive."""
        for session in self.simulator.sessions():
            if which % 2:
                self.simulator.settle_bank(session["id"])
        self.simulator.settle_refunds()
        self.simulator.finish_captures()

    @precondition(lambda self: self.simulator.sessions())
    @rule(which=which)
    def expire(self, which):
        """A page closes because its time is over."""
        session = self.pick(self.simulator.sessions(), which)
        if session["status"] == "open":
            self.simulator.expire(session["id"])

    @rule(call=st.sampled_from(CALLS), when=st.sampled_from(["before", "after"]))
    def break_stripe(self, call, when):
        """One of the next calls to Stripe fails, before or after its work."""
        fault = ApiFault(call, status=500, when=when, should_retry=False)
        self.simulator.faults.add(fault)

    def charges(self):
        """Return the charges that took money."""
        charges = self.simulator.objects("charge")
        return [charge for charge in charges if charge["paid"]]

    @staticmethod
    def pick(things, which):
        """Return one of the things."""
        listed = list(things)
        return listed[which % len(listed)]
