"""Carts and orders for tests, made by the services as a shopper makes them."""

import dataclasses

from demo.stripe_simulator.faults import ApiFault
from store.models import Order, PaymentAttempt
from store.services import carts, checkout, sessions
from tests.store_factories import make_item, make_piece

EMAIL = "customer@example.com"


@dataclasses.dataclass(frozen=True, slots=True)
class Placed:
    """An order whose payment page is open."""

    cart_token: str
    checkout: checkout.Checkout
    order: Order
    attempt: PaymentAttempt

    @property
    def session_id(self):
        """Return the id of the open Checkout Session."""
        return self.attempt.session_id

    def now(self):
        """Return the order's status as it stands now."""
        return Order.objects.values_list("status", flat=True).get(pk=self.order.pk)


def make_cart(*pieces, at):
    """Return the token of a cart with these pieces."""
    token = None
    for piece in pieces:
        token = carts.add_piece(token=token, serial_number=piece.serial_number, at=at)
    return token


def place_order(*pieces, at, email=EMAIL):
    """Check out a cart of these pieces, or of a new one, up to the payment page."""
    cart_token = make_cart(*(pieces or [make_piece(item=make_item())]), at=at)
    return check_out(cart_token, at=at, email=email)


def check_out(cart_token, *, at, email=EMAIL):
    """Check out a cart up to the payment page."""
    started = checkout.start_checkout(cart_token=cart_token, email=email, at=at)
    order = Order.objects.get(token=started.order_token)
    return Placed(cart_token, started, order, order.attempts.get())


def make_attempt(order, *, at):
    """Return one more attempt at paying an order; its page is not open yet."""
    return sessions.create_attempt(order=order, at=at, locale="auto")


def lose_stripe(simulator, *, when="before"):
    """Let the next opening of a page fail once, before or after the work."""
    fault = ApiFault("POST /v1/checkout/sessions", 503, when=when, should_retry=False)
    simulator.faults.add(fault)


def statuses(model):
    """Return the statuses of all rows, oldest first."""
    return list(model.objects.order_by("pk").values_list("status", flat=True))
