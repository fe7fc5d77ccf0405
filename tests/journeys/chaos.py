"""Shoppers, banks, networks and workers that do anything at any moment, by one seed."""

import random

from django.utils import timezone

from demo.stripe_simulator.faults import ApiFault, DeliveryFaults
from demo.stripe_simulator.payments import Submission
from store.gateways import base as gateways
from store.models import Order, Piece, WebhookEvent
from store.services import carts, checkout, holds, payments, webhook_events
from tests.journeys import beat, purchases

REFUSALS = (
    carts.PieceNotForSaleError,
    checkout.AlreadyPaidError,
    checkout.CartEmptyError,
    gateways.GatewayError,
    holds.PiecesGoneError,
)
CALLS = (
    "POST /v1/checkout/sessions",
    "GET /v1/checkout/sessions",
    "POST /v1/refunds",
    "GET /v1/refunds",
)
CARDS = (
    *[purchases.CARD] * 4,
    "4000000000000077",
    "4000002760003184",
    "4000008400001629",
    purchases.DECLINED_CARD,
    "4000000000009995",
    "4000000000007726",
    purchases.BANK_DEBIT,
    purchases.FAILING_BANK_DEBIT,
)
# Fewer pieces than this, and several shoppers want the same one.
SCARCE = 3


class Chaos:
    """One run; equal seeds make equal choices."""

    def __init__(self, simulator, seed):
        self._random = random.Random(seed)
        self._simulator = simulator
        self._pieces = []
        self._carts = []
        self._moves = (
            *[self._shop] * 6,
            *[self._pay] * 8,
            *[self._click_again] * 2,
            *[self._deliver] * 3,
            *[self._work] * 4,
            self._change_cart,
            self._break_stripe,
            self._let_go,
            self._settle_bank,
            self._sweep,
        )

    def run(self, orders):
        """Make moves until so many orders were placed, then let everything end."""
        self._pieces = purchases.offer_pieces(max(orders // 2, 4), weights=(50, 30, 20))
        while Order.objects.count() < orders:
            self._restock(orders)
            self._choose(self._moves)()
        self._end()

    def _choose(self, choices):
        return self._random.choice(choices)

    def _restock(self, orders):
        """Offer more when nearly everything is held or sold."""
        if Piece.objects.on_sale().count() < SCARCE:
            left = list(Piece.objects.on_sale())
            self._pieces = [*left, *purchases.offer_pieces(max(orders // 10, 3))]

    def _try(self, act, *arguments):
        """Do what may be refused; nobody is surprised then."""
        try:
            return act(*arguments)
        except REFUSALS:
            return None

    def _shop(self):
        chosen = self._random.sample(self._pieces, self._choose((1, 1, 2)))
        cart = self._try(purchases.fill_cart, *chosen)
        if cart:
            self._carts.append(cart)
            self._try(purchases.check_out_cart, cart)

    def _click_again(self):
        if self._carts:
            self._try(purchases.check_out_cart, self._choose(self._carts))

    def _change_cart(self):
        if self._carts:
            cart, piece = self._choose(self._carts), self._choose(self._pieces)
            self._try(purchases.add_to_cart, cart, piece)
            self._try(purchases.check_out_cart, cart)

    def _pay(self):
        sessions = [one["id"] for one in self._simulator.sessions()]
        if sessions:
            step = self._choose(("pass", "pass", "fail", None))
            submission = Submission(self._choose(CARDS), step=step)
            self._simulator.submit(self._choose(sessions[-12:]), submission)

    def _settle_bank(self):
        for session in self._simulator.sessions():
            if self._random.random() < 0.3:
                self._simulator.settle_bank(session["id"])

    def _let_go(self):
        """Free the pieces of an order whose customer pays after all, if they can."""
        order = Order.objects.filter(status="pending").order_by("-pk").first()
        if order is None or order.attempts.get().session_id is None:
            return
        payments.abandon_attempt(attempt=order.attempts.get())
        if self._choose((True, False)):
            self._try(purchases.check_out, *[x.piece for x in order.lines.all()])
        self._simulator.faults.clear()
        purchases.pay(self._simulator, order)
        purchases.confirm(order)

    def _break_stripe(self):
        # An error that Stripe stored stays for a day: each makes every sweep slower.
        when = self._choose((*["before"] * 5, *["after"] * 5, "stored"))
        status = self._choose((500, 500, 429, 409))
        call = self._choose(CALLS)
        self._simulator.faults.add(
            ApiFault(call, status=status, when=when, should_retry=False)
        )

    def _deliver(self):
        self._simulator.faults.delivery = DeliveryFaults(
            duplicate=self._choose((0, 0, 1, 2)),
            shuffle=self._choose((True, False)),
            drop=self._choose(([], [], ["*"], ["checkout.session.completed"])),
        )
        self._simulator.deliver(workers=2)

    def _work(self):
        """Let a worker act on a few stored events, done ones among them."""
        events = list(WebhookEvent.objects.order_by("pk").values_list("pk", flat=True))
        for pk in self._random.sample(events, min(len(events), 5)):
            self._try(self._process, pk)

    @staticmethod
    def _process(pk):
        webhook_events.process_event(webhook_event_id=pk, at=timezone.now())

    def _sweep(self):
        beat.sweep_after(purchases.LATER)

    def _end(self):
        """Everything works again, every page closes, every bank makes up its mind."""
        self._simulator.faults.clear()
        for session in self._simulator.sessions():
            self._simulator.settle_bank(session["id"])
        for days in (1, 2, 3, 4):
            beat.sweep_after(days * purchases.TOMORROW)
            self._simulator.settle_refunds()
