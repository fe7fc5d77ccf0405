"""Carts: what a shopper gathers. Being in a cart holds nothing yet."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Prefetch

from donations.domain import money
from donations.services import pledges
from store.models import Cart, CartLine, ItemImage, Piece
from store.services import giving

# Under this name a shopper's session keeps the token of their cart.
SESSION_KEY = "cart"
_TOKEN_BYTES = 16


class PieceNotForSaleError(Exception):
    """The piece is unknown, held by somebody, sold, or not on sale yet."""


class CurrencyMismatchError(Exception):
    """A cart holds pieces of one currency; finish or empty it first."""


@dataclass(frozen=True, slots=True)
class CartLineView:
    """One piece in a cart at today's price, and what we give if it is bought."""

    piece: Piece
    image: ItemImage | None
    price: money.Money
    donation: money.Money | None
    terms: pledges.Terms | None
    is_available: bool


@dataclass(frozen=True, slots=True)
class CartSummary:
    """A cart as the shopper sees it; both sums are None when it is empty."""

    lines: tuple[CartLineView, ...]
    total: money.Money | None
    donation: money.Money | None

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to check out."""
        return not self.lines

    @property
    def is_available(self) -> bool:
        """Tell whether every piece can still be bought."""
        return all(line.is_available for line in self.lines)


def add_piece(*, token: str | None, serial_number: str, at: datetime) -> str:
    """Put a piece in the cart, making the cart if need be, and return its token.

    Raises:
        PieceNotForSaleError: the piece cannot be bought now.
        CurrencyMismatchError: the cart holds another currency.
    """
    with transaction.atomic():
        piece = _find_free_piece(serial_number)
        cart = _open_cart(token, at)
        _check_currency(cart, piece)
        CartLine.objects.get_or_create(
            cart=cart, piece=piece, defaults={"added_at": at}
        )
        return cart.token


def remove_piece(*, token: str | None, serial_number: str) -> bool:
    """Take a piece out of the cart; tell whether it was there."""
    removed, _ = CartLine.objects.filter(
        cart__token=token, piece__serial_number=serial_number
    ).delete()
    return bool(removed)


def count_pieces(*, token: str | None) -> int:
    """Count the pieces in a cart; an unknown or missing token has none."""
    if not token:
        return 0
    return CartLine.objects.filter(cart__token=token).count()


def read_cart(*, token: str | None, on: date) -> CartSummary:
    """Return a cart at the prices and pledges of the day `on`."""
    lines = _read_lines(token) if token else []
    terms = pledges.list_terms(
        pledge_ids={line.piece.item.collection.pledge_id for line in lines}, on=on
    )
    views = tuple(_view(line, terms) for line in lines)
    return CartSummary(
        lines=views,
        total=_add(view.price for view in views),
        donation=_add(view.donation for view in views if view.donation),
    )


def _find_free_piece(serial_number: str) -> Piece:
    piece = (
        Piece.objects.on_sale()
        .filter(
            serial_number=serial_number,
            item__published_at__isnull=False,
            item__collection__published_at__isnull=False,
        )
        .select_related("item")
        .first()
    )
    if piece is None:
        raise PieceNotForSaleError(serial_number)
    return piece


def _open_cart(token: str | None, at: datetime) -> Cart:
    cart = Cart.objects.filter(token=token).first() if token else None
    if cart is None:
        return Cart.objects.create(
            token=secrets.token_urlsafe(_TOKEN_BYTES), created_at=at, changed_at=at
        )
    Cart.objects.filter(pk=cart.pk).update(changed_at=at)
    return cart


def _check_currency(cart: Cart, piece: Piece) -> None:
    other = CartLine.objects.filter(cart=cart).exclude(
        piece__item__currency=piece.item.currency
    )
    if other.exists():
        raise CurrencyMismatchError(piece.item.currency)


def _read_lines(token: str) -> list[CartLine]:
    return list(
        CartLine.objects.filter(cart__token=token)
        .with_availability()
        .select_related("piece__item__collection", "piece__certificate")
        .prefetch_related(
            Prefetch(
                "piece__item__images",
                queryset=ItemImage.objects.order_by("position", "id"),
            )
        )
        .order_by("added_at", "id")
    )


def _view(line: CartLine, terms: dict[int, pledges.Terms]) -> CartLineView:
    item = line.piece.item
    promise = giving.fitting_terms(
        terms=terms.get(item.collection.pledge_id), price=item.price
    )
    images = list(item.images.all())
    return CartLineView(
        piece=line.piece,
        image=images[0] if images else None,
        price=item.price,
        donation=giving.quote_donation(terms=promise, price=item.price),
        terms=promise,
        is_available=line.is_available,
    )


def _add(amounts: Iterable[money.Money]) -> money.Money | None:
    listed = list(amounts)
    return sum(listed[1:], start=listed[0]) if listed else None
