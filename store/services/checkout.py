"""Turn a cart into an order and a payment page: hold, order first, then Stripe.

Note: order first. Everything we promise (pieces, prices, certificates, pledge,
donation) and the idempotency key are committed before Stripe is called, so a crash
between the two leaves a row that a sweep can finish, never money without an order.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError

from store.domain import choices as chosen
from store.domain.order import AttemptStatus, HoldStatus, OrderStatus
from store.gateways import base as gateways
from store.models import Cart, CartLine, Order, PaymentAttempt
from store.services import goods, holds, payments, placement, quotes, sessions

Choices = chosen.Choices
NOTHING_CHOSEN = Choices()

# Stripe's word where a total is less than it lets somebody pay; what it converts before
# it pays us needs more than our table says.
_TOO_SMALL = "amount_too_small"
# A page about to close is not worth being sent to.
_SHORTEST_PAYMENT = timedelta(minutes=2)
# Stripe opens no page for less.
_SHORTEST_SESSION = timedelta(minutes=30)


class CartEmptyError(Exception):
    """There is nothing in the cart to check out."""


class OrderExistsError(Exception):
    """The cart became an order that wants no other payment; show `order_token`."""

    def __init__(self, order_token: str) -> None:
        """Keep the token of the order."""
        super().__init__(type(self).__name__)
        self.order_token = order_token


class AlreadyPaidError(OrderExistsError):
    """The cart's order was paid meanwhile."""


class AwaitingPaymentError(OrderExistsError):
    """The cart's order waits for a bank; its pieces are kept until the bank answers."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where the customer goes next, and where they come back to."""

    order_token: str
    payment_url: str


@dataclass(frozen=True, slots=True)
class _Wish:
    """What a customer asks for, computed: the order that they would get now."""

    quote: quotes.Quote
    email: str
    choices: Choices
    at: datetime
    locale: str

    @property
    def cart_id(self) -> int:
        """Return the cart that it comes from."""
        return self.quote.goods.lines[0].cart_id


def start_checkout(
    *,
    cart_token: str | None,
    email: str,
    at: datetime,
    locale: str = "auto",
    choices: Choices = NOTHING_CHOSEN,
) -> Checkout:
    """Hold the cart's pieces, record the order, and return its payment page.

    Submitting the same cart again returns the same page; a changed cart, or another
    choice, closes the old page first. Without a token there is no cart yet.

    Raises:
        CartEmptyError: the cart has no pieces.
        Cart.DoesNotExist: the token names no cart; somebody made it up.
        RefusedError: a choice, the voucher or the total cannot be sold so.
        PiecesGoneError: a piece is held or sold.
        OrderExistsError: the order was paid meanwhile, or waits for a bank.
        GatewayError: Stripe refused or cannot be reached; nothing was charged.
    """
    wish = _read_wish(cart_token, email, choices, at, locale)
    attempt = _resume(wish) or _place(wish)
    return Checkout(attempt.order.token, _payment_url(attempt, at))


def place_order(
    *,
    cart_token: str,
    email: str,
    at: datetime,
    locale: str = "auto",
    choices: Choices = NOTHING_CHOSEN,
) -> PaymentAttempt:
    """Hold the pieces and commit order, lines and the first attempt, without Stripe.

    Raises:
        CartEmptyError: the cart has no pieces.
        Cart.DoesNotExist: the token names no cart.
        RefusedError: a choice, the voucher or the total cannot be sold so.
        PiecesGoneError: a piece is held or sold.
    """
    return _place(_read_wish(cart_token, email, choices, at, locale))


def _read_wish(
    cart_token: str | None, email: str, choices: Choices, at: datetime, locale: str
) -> _Wish:
    quote = quotes.quote_cart(lines=_read_lines(cart_token), choices=choices, at=at)
    if quote.faults:
        raise quote.faults[0]
    return _Wish(quote, email, choices, at, locale)


def _read_lines(cart_token: str | None) -> list[CartLine]:
    if cart_token is None:
        raise CartEmptyError
    lines = goods.read_lines(token=cart_token)
    if not lines:
        Cart.objects.get(token=cart_token)
        raise CartEmptyError
    return lines


def _resume(wish: _Wish) -> PaymentAttempt | None:
    """Return the cart's open attempt when it still fits; otherwise close it."""
    _check_awaited(wish)
    attempt = _find_pending(wish)
    if attempt is None or _fits(attempt, wish):
        return attempt
    if payments.close_attempt(attempt=attempt, at=wish.at):
        return None
    raise _existing(attempt.order_id)


def _check_awaited(wish: _Wish) -> None:
    """Lead to the order that waits for a bank with a piece of this very cart."""
    pieces = [line.piece_id for line in wish.quote.goods.lines]
    waiting = Order.objects.filter(
        cart=wish.cart_id,
        status=OrderStatus.AWAITING_PAYMENT,
        holds__piece__in=pieces,
        holds__status=HoldStatus.ACTIVE,
    ).first()
    if waiting is not None:
        raise AwaitingPaymentError(waiting.token)


def _find_pending(wish: _Wish) -> PaymentAttempt | None:
    return (
        PaymentAttempt.objects.filter(
            order__cart=wish.cart_id, order__status=OrderStatus.PENDING
        )
        .select_related("order")
        .order_by("-number")
        .first()
    )


def _fits(attempt: PaymentAttempt, wish: _Wish) -> bool:
    is_open = attempt.status == AttemptStatus.OPEN
    needed = _SHORTEST_PAYMENT if is_open else _SHORTEST_SESSION
    return attempt.expires_at > wish.at + needed and placement.fits(
        order=attempt.order, quote=wish.quote, email=wish.email, choices=wish.choices
    )


def _existing(order_id: int) -> OrderExistsError:
    """Tell what became of an order whose page could not be closed."""
    order = Order.objects.get(pk=order_id)
    if order.status == OrderStatus.AWAITING_PAYMENT:
        return AwaitingPaymentError(order.token)
    return AlreadyPaidError(order.token)


def _place(wish: _Wish) -> PaymentAttempt:
    try:
        return _create(wish)
    except IntegrityError:
        rival = _find_pending(wish)
    if rival is None:
        pieces = [line.piece for line in wish.quote.goods.lines]
        raise holds.PiecesGoneError([piece.serial_number for piece in pieces])
    # A second click on the same cart got here first: its order is ours too, if it is
    # the same order.
    return _resume(wish) or _create(wish)


def _create(wish: _Wish) -> PaymentAttempt:
    return placement.create_order(
        quote=wish.quote,
        email=wish.email,
        choices=wish.choices,
        at=wish.at,
        locale=wish.locale,
    )


def _payment_url(attempt: PaymentAttempt, at: datetime) -> str:
    if attempt.status == AttemptStatus.OPEN:
        return attempt.url
    try:
        return sessions.open_session(attempt=attempt, at=at).url
    except (gateways.DeclinedError, gateways.MisconfiguredError) as error:
        # Stripe made no page, and the same call will not: free the pieces now.
        payments.abandon_attempt(attempt=attempt)
        if error.code == _TOO_SMALL:
            raise quotes.TotalRefusedError("total", "too_small") from error
        raise
