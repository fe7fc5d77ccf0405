"""Shoppers, banks and staff, who do anything at any moment.

They act through the services, as pages and the admin do, and pay at the simulator.
"""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import psycopg
from django.db import Error, connection
from django.utils import timezone
from kombu.exceptions import OperationalError
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from store.domain.order import IllegalMoveError
from store.gateways import base as gateways
from store.models import Line, Order, Payment, PaymentAttempt, Piece, Return
from store.services import (
    carts,
    checkout,
    holds,
    payments,
    refunds,
    returns,
    sessions,
)
from tests.bench.soak.stripe import Stripe
from tests.journeys import expectations, purchases


class NobodyThereError(Exception):
    """There is nothing yet that could be paid, refunded or disputed."""


# What a page or the admin says no to, or shows an error page for.
REFUSALS = (
    carts.PieceNotForSaleError,
    checkout.AlreadyPaidError,
    checkout.AwaitingPaymentError,
    checkout.CartEmptyError,
    gateways.GatewayError,
    holds.PiecesGoneError,
    refunds.RefundRefusedError,
    returns.ReturnRefusedError,
    IllegalMoveError,
    NobodyThereError,
    Error,
    psycopg.Error,
    PoolTimeout,
    OperationalError,
    RedisError,
)
CARDS = (
    *[purchases.CARD] * 12,
    "4000000000000077",
    "4000002760003184",
    "4000008400001629",
    purchases.DECLINED_CARD,
    "4000000000009995",
    "4000000000007726",
    "4000000000005126",
    "4000000000000259",
    "4000000000001976",
    purchases.BANK_DEBIT,
    purchases.FAILING_BANK_DEBIT,
)
# Fewer pieces than this, and several shoppers want the same one.
SCARCE = 6
RECENT = 12


class People:
    """Everybody who is not a machine; equal seeds make equal choices."""

    def __init__(self, chance: random.Random, stripe: Stripe) -> None:
        self._chance = chance
        self._stripe = stripe
        self._carts: list[str] = []
        self._pieces: list[Piece] = []
        self._orders = 0

    def moves(self) -> list[Callable[[], object]]:
        """Return what they do, the frequent things several times."""
        return [
            *[self.shop] * 8,
            *[self.pay] * 10,
            *[self.come_back] * 3,
            self.click_again,
            self.change_cart,
            self.let_go,
            self.open_another_page,
            *[self.refund] * 2,
            self.refund_at_the_dashboard,
            self.dispute,
            self.close_a_dispute,
            self.ask_for_a_return,
            *[self.answer_a_return] * 2,
        ]

    def do(self, act: Callable[[], object]) -> None:
        """Do something that may be refused; nobody is surprised then."""
        try:
            act()
        except REFUSALS:
            # A broken connection is for nobody to use again.
            connection.close()

    def count_orders(self) -> int:
        """Return how many orders there are, or were when the database answered."""
        with suppress(*REFUSALS):
            self._orders = Order.objects.count()
        return self._orders

    def shop(self) -> None:
        """Put a piece or two in a cart and go to pay."""
        self._offer()
        chosen = self._chance.sample(self._pieces, self._chance.choice((1, 1, 2)))
        cart = purchases.fill_cart(*chosen)
        self._carts = [*self._carts[-RECENT:], cart]
        purchases.check_out_cart(cart)

    def _offer(self) -> None:
        """Put more on sale when nearly everything is held or sold."""
        left = list(Piece.objects.on_sale().order_by("pk")[: 4 * SCARCE])
        if len(left) < SCARCE:
            left += purchases.offer_pieces(2 * SCARCE, weights=(50, 30, 20))
            self._pieces = []
        # Some are held or sold by now: their shoppers are refused, or come too late.
        self._pieces = [*self._pieces[: SCARCE // 2], *left]

    def click_again(self) -> None:
        """Go to pay once more with an older cart."""
        if self._carts:
            purchases.check_out_cart(self._chance.choice(self._carts))

    def change_cart(self) -> None:
        """Put another piece in an older cart, and go to pay."""
        if self._carts and self._pieces:
            cart = self._chance.choice(self._carts)
            purchases.add_to_cart(cart, self._chance.choice(self._pieces))
            purchases.check_out_cart(cart)

    def pay(self) -> None:
        """Pay on one of the latest pages, or try to."""
        session = self._pick(self._stripe.latest("checkout.session", RECENT))
        step = self._chance.choice(("pass", "pass", "fail", None))
        card = self._chance.choice(CARDS)
        self._stripe.order(f"sessions/{session['id']}/pay", card=card, step=step)

    def come_back(self) -> None:
        """Pay, and be back in the shop before the webhook or beside it."""
        session = self._pick(self._stripe.latest("checkout.session", RECENT))
        address = f"sessions/{session['id']}/pay"
        self._stripe.order(address, card=purchases.CARD, step="pass")
        payments.confirm_payment(session_id=session["id"], at=timezone.now())

    def let_go(self) -> None:
        """Free the pieces of an order whose customer may still pay."""
        attempt = self._recent(PaymentAttempt.objects.unfinished())
        payments.abandon_attempt(attempt=attempt)

    def open_another_page(self) -> None:
        """Ask for the latest order's page in a second tab."""
        order, at = self._recent(Order.objects.all()), timezone.now()
        attempt = sessions.create_attempt(order=order, at=at, locale="auto")
        sessions.open_session(attempt=attempt, at=at)

    def refund(self) -> None:
        """Give back a piece's price, or some amount, as staff does."""
        payment = self._recent(Payment.objects.all())
        line = self._pick(list(payment.order.lines.order_by("pk")))
        percent = self._chance.randint(1, 120)
        wish = (
            refunds.Wish(line_ids=(line.pk,), restock_ids=(line.pk,))
            if percent % 2
            else refunds.Wish(amount=max(payment.amount * percent // 100, 1))
        )
        refunds.request_refund(
            payment_id=payment.pk,
            wish=wish,
            origin="staff",
            reason="As agreed",
            at=timezone.now(),
        )

    def refund_at_the_dashboard(self) -> None:
        """Refund at Stripe and tell nobody here."""
        self._take_back("refund")

    def dispute(self) -> None:
        """Let a customer's bank want money back, or only ask."""
        self._take_back(self._chance.choice(("dispute", "dispute", "warn")))

    def close_a_dispute(self) -> None:
        """Let a bank decide."""
        dispute = self._pick(self._stripe.latest("dispute", RECENT))
        won = self._chance.choice((True, False))
        self._stripe.order(f"disputes/{dispute['id']}/close", won=won)

    def close_all_disputes(self) -> None:
        """Let every bank decide."""
        for dispute in self._stripe.objects("dispute"):
            if dispute["status"] not in expectations.CLOSED:
                won = self._chance.choice((True, False))
                self._stripe.order(f"disputes/{dispute['id']}/close", won=won)

    def ask_for_a_return(self) -> None:
        """Want to send a piece back."""
        line = self._recent(Line.objects.filter(order__payments__gt=0))
        returns.request_return(
            order_token=line.order.token,
            line_ids=[line.pk],
            reason="It does not fit.",
            at=timezone.now(),
        )

    def answer_a_return(self) -> None:
        """Approve or decline a return, or have the piece back."""
        one = self._recent(Return.objects.all())
        told = {"return_id": one.pk, "decided_by_id": None, "at": timezone.now()}
        answer = self._chance.choice(("approve", "approve", "decline", "receive"))
        if answer == "receive":
            back = [line.line_id for line in one.lines.all()]
            returns.receive_return(restock_ids=back, **told)
        elif answer == "approve":
            returns.approve_return(answer="Of course.", **told)
        else:
            returns.decline_return(answer="Too late.", **told)

    def _take_back(self, what: str) -> None:
        charge = self._pick(
            [one for one in self._stripe.latest("charge", 3 * RECENT) if one["paid"]]
        )
        left = charge["amount_captured"] - charge["amount_refunded"]
        percent = self._chance.choice((10, 33, 50, 100, 100))
        if left and not charge["disputed"]:
            amount = max(left * percent // 100, 1)
            self._stripe.order(f"charges/{charge['id']}/{what}", amount=amount)

    def _recent(self, rows: Any) -> Any:
        return self._pick(list(rows.order_by("-pk")[: 2 * RECENT]))

    def _pick(self, listed: list[Any]) -> Any:
        """Choose one; nobody comes when there is none."""
        if not listed:
            raise NobodyThereError
        return self._chance.choice(listed)
