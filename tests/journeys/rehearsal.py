"""Plays the scenarios against a Stripe: the simulator, or a sandbox of Stripe's own."""

import time
import uuid
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace

import pytest
import stripe
from django.utils import timezone

from demo.stripe_simulator.payments import Submission
from store.gateways import base
from store.gateways.stripe import StripeGateway
from store.models import Order
from tests.journeys import beat, purchases

HOUR = timedelta(hours=1)
PATIENCE_SECONDS = 90
LOOK_AGAIN_SECONDS = 2


@dataclass(frozen=True, slots=True)
class Taken:
    """A payment that was taken."""

    intent_id: str
    charge_id: str
    amount: int


class SimulatedTill:
    """Takes money at the simulator, on its page; hurries what takes time."""

    cards = {
        "good": "4242424242424242",
        "disputed": "4000000000000259",
        "slow refund": "4000000000007726",
        "failing refund": "4000000000005126",
    }

    def __init__(self, simulator):
        self.simulator = simulator

    def take(self, card, amount, desk):
        """Pay a page of this amount."""
        page = desk.open_page(key=f"till-{uuid.uuid4()}", amount=amount)
        self.simulator.submit(page.id, Submission(self.cards[card]))
        paid = desk.look_at_page(page=page)
        return Taken(paid.intent_id, paid.charge_id, paid.amount)

    def wait(self):
        """Bring about at once what Stripe takes its time for."""
        self.simulator.finish_captures()
        self.simulator.open_disputes()
        self.simulator.settle_refunds()


class SandboxTill:
    """Takes money in a sandbox by the API, with Stripe's own test payment methods."""

    methods = {
        "good": "pm_card_visa",
        "disputed": "pm_card_createDispute",
        "slow refund": "pm_card_pendingRefund",
        "failing refund": "pm_card_refundFail",
    }

    def __init__(self, key):
        self.client = stripe.StripeClient(key, max_network_retries=2)

    def take(self, card, amount, desk):
        """Create and confirm a PaymentIntent."""
        intent = self.client.v1.payment_intents.create(
            {
                "amount": amount,
                "currency": "usd",
                "payment_method": self.methods[card],
                "confirm": True,
                "automatic_payment_methods": {
                    "enabled": True,
                    "allow_redirects": "never",
                },
                "metadata": {"order": desk.order},
            },
            {"idempotency_key": f"till-{uuid.uuid4()}"},
        )
        return Taken(intent.id, str(intent.latest_charge), intent.amount)

    def wait(self):
        """Give Stripe a moment."""
        time.sleep(LOOK_AGAIN_SECONDS)


class Desk:
    """Every act of a scenario, through the port that the shop itself uses."""

    def __init__(self, till):
        self.till = till
        self.gateway = StripeGateway()
        self.order = str(uuid.uuid4())
        self.began_at = timezone.now()

    def open_page(self, *, key, amount):
        """Open a payment page under a key of this scenario."""
        return self.gateway.start_session(
            base.SessionRequest(
                idempotency_key=f"rehearsal-{self.order}-{key}",
                order=self.order,
                email="rehearsal@example.com",
                currency="USD",
                lines=(base.SessionLine("Aya ring", "Rehearsal", amount),),
                success_url="https://shop.example/orders/rehearsal/",
                cancel_url="https://shop.example/cart/",
                expires_at=self.began_at + HOUR,
                shipping_countries=("US",),
                locale="auto",
            )
        )

    def look_at_page(self, *, page):
        """Fetch a page as it is now."""
        return self.gateway.fetch_session(page.id)

    def look_at_nothing(self):
        """Fetch a page that nobody opened."""
        return self.gateway.fetch_session("cs_test_nobody")

    def close_page(self, *, page):
        """Expire a page."""
        return self.gateway.expire_session(page.id)

    def count_pages(self):
        """Count the pages of this scenario's order."""
        return SimpleNamespace(
            count=len(self.gateway.find_sessions(order=self.order, **self._since()))
        )

    def find_event(self, *, of, kind):
        """Find the event of an object in the list that is kept for 30 days."""
        listed = self.gateway.list_events(
            types=[kind], since=self.began_at - HOUR, is_undelivered=False
        )
        return next((event for event in listed if event.object_id == of.id), None)

    def pay(self, *, card, amount):
        """Have somebody pay."""
        return self.till.take(card, amount, self)

    def give_back(self, *, payment, key, amount):
        """Refund a payment, in part or in full."""
        return self.gateway.refund(
            base.RefundRequest(
                idempotency_key=f"rehearsal-{self.order}-refund-{key}",
                intent_id=payment.intent_id,
                amount=amount,
                currency="USD",
                order=self.order,
                reference=f"rehearsal-{key}",
            )
        )

    def look_at_refund(self, *, refund):
        """Fetch a refund as it is now."""
        return self.gateway.fetch_refund(refund.id)

    def count_refunds(self, *, payment):
        """Count the refunds of a payment."""
        return SimpleNamespace(count=len(self.gateway.find_refunds(payment.intent_id)))

    def look_at_charge(self, *, payment):
        """Fetch the charge of a payment."""
        return self.gateway.fetch_charge(payment.charge_id)

    def find_dispute(self, *, payment):
        """Find the dispute of a payment."""
        listed = self.gateway.list_disputes(**self._since())
        return next((one for one in listed if one.intent_id == payment.intent_id), None)

    def find_balance_change(self, *, payment):
        """Find a payment in Stripe's own books."""
        listed = self.gateway.list_balance_changes(**self._since())
        return next((one for one in listed if one.source_id == payment.charge_id), None)

    def list_missing_scopes(self):
        """Ask what the key may not do."""
        return SimpleNamespace(scopes=tuple(self.gateway.list_missing_scopes()))

    def place_order(self):
        """Check out one piece in our own shop, up to Stripe's page."""
        return purchases.check_out(*purchases.offer_pieces(1))

    def close_order_page(self, *, placed):
        """Expire an order's page at Stripe, and hear nothing of it."""
        return self.gateway.expire_session(purchases.session_of(placed))

    def sweep(self):
        """Run our sweeps, as after some minutes."""
        beat.sweep_after(purchases.LATER)

    def look_at_order(self, *, placed):
        """Read an order and its piece as they are now."""
        order = Order.objects.get(pk=placed.pk)
        piece = order.lines.get().piece
        return SimpleNamespace(status=order.status, piece=piece.status)

    def _since(self):
        now = timezone.now()
        return {"since": self.began_at - HOUR, "until": now + HOUR}


def play(steps, desk):
    """Play one scenario; the first step that ends otherwise fails the test."""
    known = {"order": desk.order}
    for step in steps:
        given = {name: _resolve(value, known) for name, value in step.given.items()}
        act = getattr(desk, step.act)
        if step.refused:
            with pytest.raises(step.refused):
                act(**given)
            continue
        brings = {name: _resolve(value, known) for name, value in step.brings.items()}
        known[step.name] = _act_until(step, lambda: act(**given), brings, desk.till)  # noqa: B023  called at once


def _act_until(step, act, brings, till):
    """Act, again and again where Stripe is slow, and return what came of it."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        result = act()
        found = {name: getattr(result, name, None) for name in brings}
        if found == brings:
            return result
        if not step.is_slow or time.monotonic() > end:
            raise AssertionError(f"{step}: {found}")
        till.wait()


def _resolve(value, known):
    """Return what a text that begins with $ stands for; anything else as it is."""
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    name, _, attribute = value[1:].partition(".")
    return getattr(known[name], attribute) if attribute else known[name]
