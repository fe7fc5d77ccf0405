"""Buying without a browser: carts, checkouts and payments through services and Stripe.

Everything here goes the way a shopper's request goes; only the pages are left out.
"""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from demo.stripe_simulator.payments import Submission
from store.models import Collection, Order, PaymentAttempt, Piece
from store.services import carts, checkout, payments
from tests import donations_factories, store_factories

CARD = "4242424242424242"
DECLINED_CARD = "4000000000000002"
BANK_DEBIT = "debit_ok"
FAILING_BANK_DEBIT = "debit_fail"
EMAIL = "customer@shop.example"
# Long enough for every sweep to think that nudges and webhooks were lost.
LATER = timedelta(minutes=11)
# By then every payment page has closed.
AFTER_CLOSING = timedelta(minutes=45)
TOMORROW = timedelta(hours=20)


def offer_pieces(count: int, *, weights: tuple[int, ...] = (1,)) -> list[Piece]:
    """Put some pieces of a new item of the test's collection on sale.

    The collection gives 10%, to as many beneficiaries as there are weights.
    """
    collection = Collection.objects.first()
    if collection is None:
        version = donations_factories.make_pledge_version(weights=weights)
        collection = store_factories.make_collection(pledge=version.pledge)
    item = store_factories.make_item(collection=collection)
    return [store_factories.make_piece(item=item) for _ in range(count)]


def fill_cart(*pieces: Piece) -> str:
    """Put pieces in a new cart and return its token."""
    token = None
    for piece in pieces:
        token = add_to_cart(token, piece)
    assert token
    return token


def add_to_cart(token: str | None, piece: Piece) -> str:
    """Put a piece in a cart, or in a new one, and return its token."""
    return carts.add_piece(
        token=token, serial_number=piece.serial_number, at=timezone.now()
    )


def check_out(*pieces: Piece) -> Order:
    """Check out a new cart with these pieces, up to the payment page."""
    return check_out_cart(fill_cart(*pieces))


def check_out_cart(token: str) -> Order:
    """Check out a cart, up to the payment page."""
    started = checkout.start_checkout(cart_token=token, email=EMAIL, at=timezone.now())
    return Order.objects.get(token=started.order_token)


def check_out_late(simulator, *pieces: Piece) -> Order:
    """Sell pieces whose first customer pays after all, but too late; return his order.

    The pieces' second customer has paid them by then.
    """
    late = check_out(*pieces)
    payments.abandon_attempt(attempt=late.attempts.get())
    confirm(buy(simulator, *pieces))
    pay(simulator, late)
    confirm(late)
    return late


def check_out_each(pieces: list[Piece]) -> list[Order]:
    """Check out one order for each piece."""
    return [check_out(piece) for piece in pieces]


def session_of(order: Order) -> str:
    """Return the identifier of the order's payment page."""
    return str(order.attempts.get().session_id)


def pay(simulator, order: Order, method: str = CARD):
    """Pay an order as its customer does on the payment page."""
    return simulator.submit(session_of(order), Submission(method))


def buy(simulator, *pieces: Piece) -> Order:
    """Check out and pay, and hear nothing of it yet."""
    order = check_out(*pieces)
    pay(simulator, order)
    return order


def confirm(order: Order) -> payments.Outcome:
    """Read the order's payment page and act on it."""
    return payments.confirm_payment(session_id=session_of(order), at=timezone.now())


def open_attempts() -> QuerySet[PaymentAttempt]:
    """Return the attempts that have a payment page."""
    return PaymentAttempt.objects.exclude(session_id=None)
