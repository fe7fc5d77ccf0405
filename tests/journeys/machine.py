"""Everything that can happen to a shop's money, one step at a time, in any order.

A state machine for Hypothesis: shoppers, banks, staff, Stripe's Dashboard, networks
and crashes take turns. After every step `auditor` gives its second opinion; at the end
of a story everything that was left behind is picked up, and Stripe, orders, pieces,
mails and ledger must agree.

One story is one transaction that is rolled back at its end: nudges, which go out after
a commit, are all lost, so whatever happens comes from events and sweeps.
"""

import contextlib
import json
import time
from datetime import timedelta

import time_machine
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from demo.stripe_simulator import signing
from demo.stripe_simulator.payments import Submission
from store.domain.order import IllegalMoveError
from store.gateways import base as gateways
from store.models import (
    Difference,
    Line,
    Order,
    Payment,
    PaymentAttempt,
    Return,
    WebhookEvent,
)
from store.services import (
    carts,
    checkout,
    disputes,
    holds,
    payments,
    refunds,
    returns,
    sessions,
    webhook_events,
)
from store.services.reconciliation import actions, runs
from tests.journeys import auditor, beat, purchases, world

SECRET = "whsec_0123456789abcdef"
PIECES = 4
REFUSALS = (
    carts.PieceNotForSaleError,
    checkout.OrderExistsError,
    checkout.CartEmptyError,
    disputes.PaymentNotYetKnownError,
    gateways.GatewayError,
    holds.PiecesGoneError,
    refunds.RefundRefusedError,
    returns.ReturnRefusedError,
    IllegalMoveError,
)
METHODS = (
    purchases.CARD,
    purchases.CARD,
    purchases.DECLINED_CARD,
    "4000000000007726",
    "4000000000005126",
    purchases.BANK_DEBIT,
    purchases.FAILING_BANK_DEBIT,
)

which = world.which


class CrashError(BaseException):
    """The process is gone; no `except Exception` may stop that."""


class Shop(world.World):
    """One story: the world goes on, and the shop has to keep up."""

    def __init__(self):
        super().__init__()
        self._fatal_step = 0
        self._late = timedelta()
        self._begun = timezone.now() - timedelta(hours=1)
        self._stack = contextlib.ExitStack()
        self._stack.enter_context(transaction.atomic())
        self._stack.callback(transaction.set_rollback, rollback=True)
        self.simulator.reset()
        self.simulator.deliveries.mode = "manual"
        self.pieces = purchases.offer_pieces(PIECES, weights=(50, 30, 20))

    # --- Shoppers -----------------------------------------------------------------

    @rule(which=which, is_pair=st.booleans())
    def shop(self, which, is_pair):
        """Somebody puts a piece or two in a cart and goes to pay."""
        chosen = {which % PIECES, (which + 1) % PIECES if is_pair else which % PIECES}
        self._try(lambda: purchases.check_out(*[self.pieces[n] for n in chosen]))

    @precondition(lambda self: self.simulator.sessions())
    @rule(which=which, method=st.sampled_from(METHODS))
    def pay(self, which, method):
        """Somebody pays on an open page, or tries to."""
        session = self.pick(self.simulator.sessions(), which)
        self.simulator.submit(session["id"], Submission(method))

    @precondition(lambda self: PaymentAttempt.objects.exists())
    @rule(which=which)
    def open_another_page(self, which):
        """A second page of the same order is open in another tab."""
        order = self.pick(Order.objects.order_by("pk"), which)
        self._try(lambda: self._open_page(order))

    def _open_page(self, order):
        at = timezone.now()
        attempt = sessions.create_attempt(order=order, at=at, locale="auto")
        sessions.open_session(attempt=attempt, at=at)

    @precondition(lambda self: Payment.objects.exists())
    @rule(which=which)
    def ask_for_a_return(self, which):
        """A customer wants to send a piece back."""
        line = self.pick(Line.objects.filter(order__payments__gt=0), which)
        self._try(
            lambda: returns.request_return(
                order_token=line.order.token,
                line_ids=[line.pk],
                reason="It does not fit.",
                at=timezone.now(),
            )
        )

    # --- Staff --------------------------------------------------------------------

    @precondition(lambda self: Return.objects.exists())
    @rule(which=which, answer=st.sampled_from(["approve", "decline", "receive"]))
    def answer_a_return(self, which, answer):
        """Staff approves or declines a return, or has the piece back."""
        one = self.pick(Return.objects.order_by("pk"), which)
        told = {"return_id": one.pk, "decided_by_id": None, "at": timezone.now()}
        act = {
            "approve": lambda: returns.approve_return(answer="Of course.", **told),
            "decline": lambda: returns.decline_return(answer="Too late.", **told),
            "receive": lambda: returns.receive_return(
                restock_ids=[x.line_id for x in one.lines.all()], **told
            ),
        }[answer]
        self._try(act)

    @precondition(lambda self: Payment.objects.exists())
    @rule(which=which, percent=st.integers(1, 120), by_line=st.booleans())
    def refund(self, which, percent, by_line):
        """Staff gives back a piece's price, or some amount."""
        payment = self.pick(Payment.objects.order_by("pk"), which)
        line = self.pick(payment.order.lines.order_by("pk"), which)
        wish = (
            refunds.Wish(line_ids=(line.pk,), restock_ids=(line.pk,))
            if by_line
            else refunds.Wish(amount=max(payment.amount * percent // 100, 1))
        )
        self._try(
            lambda: refunds.request_refund(
                payment_id=payment.pk,
                wish=wish,
                origin="staff",
                reason="As agreed",
                at=timezone.now(),
            )
        )

    @precondition(lambda self: PaymentAttempt.objects.unfinished().exists())
    @rule(which=which)
    def let_go(self, which):
        """The pieces of an order are freed, and its page is paid all the same."""
        attempt = self.pick(PaymentAttempt.objects.unfinished().order_by("pk"), which)
        self._try(lambda: payments.abandon_attempt(attempt=attempt))

    @rule(step=st.integers(1, 40))
    def doom(self, step):
        """The next act of ours ends at this statement, as by a power cut."""
        self._fatal_step = step

    # --- Workers --------------------------------------------------------------------

    @precondition(lambda self: self.simulator.objects("event"))
    @rule(which=which, times=st.integers(1, 3))
    def deliver(self, which, times):
        """An event arrives, late, early or once more, and a worker acts on it."""
        event = self.pick(self.simulator.objects("event"), which)
        for _ in range(times):
            self._try(lambda: self._receive(event))

    def _receive(self, event):
        body = json.dumps(event).encode()
        at = int(time.time())
        gateway = gateways.get_gateway()
        seen = gateway.read_event(body, signing.sign(body, (SECRET,), at))
        webhook_events.store_event(event=seen, at=timezone.now())
        pk = WebhookEvent.objects.get(event_id=seen.id).pk
        webhook_events.process_event(webhook_event_id=pk, at=timezone.now())

    @rule(sweep=st.sampled_from(beat.SWEEPS))
    def sweep(self, sweep):
        """Beat looks for what was left behind, in one place."""
        self._late += purchases.LATER
        with time_machine.travel(timezone.now() + self._late, tick=True):
            self._try(sweep)

    # --- What must hold -------------------------------------------------------------

    @invariant()
    def nothing_is_broken(self):
        """At every moment."""
        broken = auditor.find_broken(self.simulator)
        assert not broken, broken

    def teardown(self):
        """At the end everything is picked up, and all the books agree."""
        try:
            self._fatal_step = 0
            self.simulator.faults.clear()
            for _ in range(2):
                self.decide_at_the_bank(1)
                self._late += purchases.TOMORROW
                beat.sweep_after(self._late)
                self._reconcile()
            self.nothing_is_broken()
            open_ends = auditor.find_open_ends(self.simulator)
            assert not open_ends, open_ends
            left = [str(one) for one in Difference.objects.open()]
            assert not left, left
        finally:
            self._stack.close()

    def _reconcile(self):
        """Compare with Stripe as every night does, and let staff mend what is found."""
        now = timezone.now() + self._late
        runs.reconcile(since=self._begun, until=now, at=now)
        for difference in Difference.objects.open():
            with contextlib.suppress(actions.NoActionError, *REFUSALS):
                actions.act(difference_id=difference.pk, by_id=None, at=now)

    def _try(self, act):
        """Act as one process would: refusals surprise nobody, a crash ends it."""
        with contextlib.suppress(*REFUSALS, CrashError):
            if not self._fatal_step:
                act()
                return
            with self._doomed():
                act()

    @contextlib.contextmanager
    def _doomed(self):
        left, self._fatal_step = self._fatal_step, 0

        def watch(execute, sql, params, many, context):
            nonlocal left
            left -= 1
            if left == 0:
                raise CrashError(sql)
            return execute(sql, params, many, context)

        with connection.execute_wrapper(watch):
            yield
