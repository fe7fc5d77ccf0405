"""Turn a cart into an order and a payment page: hold, order first, then Stripe.

Note: order first. Everything we promise (pieces, prices, certificates, pledge,
donation) and the idempotency key are committed before Stripe is called, so a crash
between the two leaves a row that a sweep can finish, never money without an order.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from donations.services import pledges
from store.domain import pricing
from store.domain.order import AttemptStatus, OrderStatus
from store.gateways import base as gateways
from store.models import Cart, CartLine, Line, Order, PaymentAttempt
from store.services import giving, holds, payments, sessions

_TOKEN_BYTES = 16
_NUMBER_ALPHABET = "BCDFGHJKMNPQRSTVWXZ23456789"
_NUMBER_LENGTH = 8
# A page about to close is not worth being sent to.
_SHORTEST_PAYMENT = timedelta(minutes=2)
# Stripe opens no page for less.
_SHORTEST_SESSION = timedelta(minutes=30)


class CartEmptyError(Exception):
    """There is nothing in the cart to check out."""


class AlreadyPaidError(Exception):
    """The cart's order was paid meanwhile; show `order_token` instead."""

    def __init__(self, order_token: str) -> None:
        """Keep the token of the paid order."""
        super().__init__("already paid")
        self.order_token = order_token


@dataclass(frozen=True, slots=True)
class Checkout:
    """Where the customer goes next, and where they come back to."""

    order_token: str
    payment_url: str


@dataclass(frozen=True, slots=True)
class _Draft:
    """One line before it has an order."""

    cart_line: CartLine
    price: pricing.LinePrice
    terms: pledges.Terms | None
    base_amount: int
    donation_amount: int


def start_checkout(
    *, cart_token: str | None, email: str, at: datetime, locale: str = "auto"
) -> Checkout:
    """Hold the cart's pieces, record the order, and return its payment page.

    Submitting the same cart again returns the same page; a changed cart closes the
    old page first. Without a token there is no cart yet.

    Raises:
        CartEmptyError: the cart has no pieces.
        Cart.DoesNotExist: the token names no cart; somebody made it up.
        PiecesGoneError: a piece is held or sold.
        AlreadyPaidError: the order was paid meanwhile.
        GatewayError: Stripe refused or cannot be reached; nothing was charged.
    """
    lines = _read_lines(cart_token)
    attempt = _resume(lines, email, at) or _place_order(lines, email, at, locale)
    return Checkout(attempt.order.token, _payment_url(attempt, at))


def place_order(
    *, cart_token: str, email: str, at: datetime, locale: str = "auto"
) -> PaymentAttempt:
    """Hold the pieces and commit order, lines and the first attempt, without Stripe.

    Raises:
        CartEmptyError: the cart has no pieces.
        Cart.DoesNotExist: the token names no cart.
        PiecesGoneError: a piece is held or sold.
    """
    lines = _read_lines(cart_token)
    return _place_order(lines, email, at, locale)


def _read_lines(cart_token: str | None) -> list[CartLine]:
    if cart_token is None:
        raise CartEmptyError
    lines = list(
        CartLine.objects.filter(cart__token=cart_token)
        .select_related("piece__item__collection", "piece__certificate")
        .order_by("added_at", "id")
    )
    if not lines:
        Cart.objects.get(token=cart_token)
        raise CartEmptyError
    return lines


def _resume(
    lines: Sequence[CartLine], email: str, at: datetime
) -> PaymentAttempt | None:
    """Return the cart's open attempt when it still fits; otherwise close it."""
    attempt = (
        PaymentAttempt.objects.filter(
            order__cart=lines[0].cart_id, order__status=OrderStatus.PENDING
        )
        .select_related("order")
        .order_by("-number")
        .first()
    )
    if attempt is None or _fits(attempt, lines, email, at):
        return attempt
    if payments.close_attempt(attempt=attempt, at=at):
        return None
    raise AlreadyPaidError(attempt.order.token)


def _fits(
    attempt: PaymentAttempt, lines: Sequence[CartLine], email: str, at: datetime
) -> bool:
    held = set(attempt.order.lines.values_list("piece_id", "price_amount"))
    wanted = {(line.piece_id, line.piece.item.price_amount) for line in lines}
    return (
        held == wanted
        and attempt.order.email == email
        and attempt.expires_at > at + _time_needed(attempt)
    )


def _time_needed(attempt: PaymentAttempt) -> timedelta:
    is_open = attempt.status == AttemptStatus.OPEN
    return _SHORTEST_PAYMENT if is_open else _SHORTEST_SESSION


def _place_order(
    lines: Sequence[CartLine], email: str, at: datetime, locale: str
) -> PaymentAttempt:
    drafts = _draft(lines, at)
    try:
        with transaction.atomic():
            order = _create_order(drafts, email, at)
            piece_ids = [draft.cart_line.piece_id for draft in drafts]
            holds.claim_pieces(order=order, piece_ids=piece_ids, at=at)
            Line.objects.bulk_create(_lines(order, drafts))
            return sessions.create_attempt(order=order, at=at, locale=locale)
    except IntegrityError:
        # A second click on the same cart got here first: its order is ours too.
        return _sibling(lines)


def _sibling(lines: Sequence[CartLine]) -> PaymentAttempt:
    attempt = (
        PaymentAttempt.objects.filter(
            order__cart=lines[0].cart_id, order__status=OrderStatus.PENDING
        )
        .select_related("order")
        .first()
    )
    if attempt is None:
        raise holds.PiecesGoneError([line.piece.serial_number for line in lines])
    return attempt


def _draft(lines: Sequence[CartLine], at: datetime) -> list[_Draft]:
    promises = pledges.list_terms(
        pledge_ids={line.piece.item.collection.pledge_id for line in lines},
        on=at.date(),
    )
    return [
        _draft_line(line, promises.get(line.piece.item.collection.pledge_id))
        for line in lines
    ]


def _draft_line(line: CartLine, promise: pledges.Terms | None) -> _Draft:
    price = pricing.undiscounted(line.piece.item.price)
    terms = giving.fitting_terms(terms=promise, price=price.price)
    base_amount, donation_amount = (
        pledges.quote_line(
            terms=terms, gross=price.price, discount=price.discount, tax=price.tax
        )
        if terms
        else (0, 0)
    )
    return _Draft(line, price, terms, base_amount, donation_amount)


def _create_order(drafts: Sequence[_Draft], email: str, at: datetime) -> Order:
    total = pricing.order_total(draft.price for draft in drafts)
    return Order.objects.create(
        number="".join(secrets.choice(_NUMBER_ALPHABET) for _ in range(_NUMBER_LENGTH)),
        token=secrets.token_urlsafe(_TOKEN_BYTES),
        cart_id=drafts[0].cart_line.cart_id,
        email=email,
        currency=total.currency,
        total_amount=total.amount,
        donation_amount=sum(draft.donation_amount for draft in drafts),
        placed_at=at,
    )


def _lines(order: Order, drafts: Sequence[_Draft]) -> list[Line]:
    return [_line(order, n, draft) for n, draft in enumerate(drafts, start=1)]


def _line(order: Order, position: int, draft: _Draft) -> Line:
    piece = draft.cart_line.piece
    if piece.certificate is None:  # The database refuses this for a piece on sale.
        raise holds.PiecesGoneError([piece.serial_number])
    return Line(
        order=order,
        position=position,
        piece=piece,
        item_name=piece.item.name,
        size=piece.size,
        price_amount=draft.price.price.amount,
        discount_amount=draft.price.discount.amount,
        tax_amount=draft.price.tax.amount,
        total_amount=draft.price.total.amount,
        certificate=piece.certificate,
        certificate_digest=piece.certificate.digest,
        pledge_version_id=draft.terms.pledge_version_id if draft.terms else None,
        donation_base_amount=draft.base_amount,
        donation_amount=draft.donation_amount,
    )


def _payment_url(attempt: PaymentAttempt, at: datetime) -> str:
    if attempt.status == AttemptStatus.OPEN:
        return attempt.url
    try:
        return sessions.open_session(attempt=attempt, at=at).url
    except (gateways.DeclinedError, gateways.MisconfiguredError):
        # Stripe made no page, and the same call will not: free the pieces now.
        payments.abandon_attempt(attempt=attempt)
        raise
