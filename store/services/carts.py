"""Carts: what a shopper gathers. Being in a cart holds nothing yet."""

import secrets
from datetime import datetime

from django.db import transaction

from store.domain.engraving import check_engraving
from store.models import Cart, CartLine, Item, Piece
from store.services import cart_summaries, goods, prices

# Under this name a shopper's session keeps the token of their cart.
SESSION_KEY = "cart"
_TOKEN_BYTES = 16

# Reading a cart is part of this module's contract; it fills a module of its own.
CartLineView = cart_summaries.CartLineView
CartSummary = cart_summaries.CartSummary
read_cart = cart_summaries.read_cart
CurrencyMismatchError = prices.CurrencyMismatchError


class PieceNotForSaleError(Exception):
    """The piece is unknown, held by somebody, sold, or not on sale yet."""


def open_cart(*, at: datetime) -> str:
    """Make an empty cart and return its token."""
    return _open_cart(None, at).token


def add_piece(
    *,
    token: str | None,
    serial_number: str,
    at: datetime,
    currency: str = "",
    engraving: str = "",
) -> str:
    """Put a piece in the cart, making the cart if need be, and return its token.

    The first piece decides the cart's currency: the one that was asked for if the
    item is offered in it, else the item's own. A piece that is there already keeps
    its engraving; `engrave_piece` changes it.

    Raises:
        PieceNotForSaleError: the piece cannot be bought now.
        CurrencyMismatchError: the cart has another currency.
        EngravingRefusedError: the text cannot be engraved on this item.
    """
    with transaction.atomic():
        piece = _find_free_piece(serial_number)
        text = check_engraving(engraving, length=piece.item.engraving_length)
        cart = _open_cart(token, at)
        _keep_currency(cart, piece.item, currency)
        CartLine.objects.get_or_create(
            cart=cart, piece=piece, defaults={"added_at": at, "engraving": text}
        )
        return cart.token


def engrave_piece(*, token: str | None, serial_number: str, engraving: str) -> bool:
    """Set or, with a blank text, remove an engraving; tell whether the piece is there.

    Raises:
        EngravingRefusedError: the text cannot be engraved on this item.
    """
    lines = CartLine.objects.filter(
        cart__token=token, piece__serial_number=serial_number
    )
    line = lines.select_related("piece__item").first()
    if line is None:
        return False
    text = check_engraving(engraving, length=line.piece.item.engraving_length)
    return bool(lines.update(engraving=text))


def remove_piece(*, token: str | None, serial_number: str) -> bool:
    """Take a piece out of the cart; tell whether it was there."""
    removed, _ = CartLine.objects.filter(
        cart__token=token, piece__serial_number=serial_number
    ).delete()
    return bool(removed)


def set_voucher(*, token: str | None, code: str, at: datetime) -> bool:
    """Note a voucher's code on the cart; False when there is no cart, or it is empty.

    A refused code is not kept; one that was there before stays.

    Raises:
        VoucherRefusedError: the voucher does not apply to this cart now.
    """
    lines = goods.read_lines(token=token) if token else []
    if not lines:
        return False
    voucher = goods.check_voucher(lines=lines, code=code, at=at)
    carts = Cart.objects.filter(pk=lines[0].cart_id)
    return bool(carts.update(voucher_code=voucher.code, changed_at=at))


def remove_voucher(*, token: str | None, at: datetime) -> bool:
    """Forget the voucher's code; tell whether there was one."""
    carts = Cart.objects.filter(token=token).exclude(voucher_code="")
    return bool(carts.update(voucher_code="", changed_at=at))


def change_currency(*, token: str | None, currency: str, at: datetime) -> bool:
    """Have the cart priced in another currency; False when it is not there, or empty.

    Raises:
        CurrencyMismatchError: a piece is not offered in it; nothing changed.
    """
    lines = goods.read_lines(token=token) if token else []
    if not lines:
        return False
    items = {line.piece.item_id: line.piece.item for line in lines}
    offered = prices.list_prices(items=items.values(), currency=currency)
    if offered.keys() != items.keys():
        raise CurrencyMismatchError("currency", "mixed")
    carts = Cart.objects.filter(pk=lines[0].cart_id)
    return bool(carts.update(currency=currency, changed_at=at))


def count_pieces(*, token: str | None) -> int:
    """Count the pieces in a cart; an unknown or missing token has none."""
    if not token:
        return 0
    return CartLine.objects.filter(cart__token=token).count()


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


def _keep_currency(cart: Cart, item: Item, asked: str) -> None:
    """Refuse a second currency (payments.md M3); the first piece brings the first."""
    first = cart.lines.select_related("piece__item").order_by("added_at", "id").first()
    if first is None:
        is_offered = asked and prices.price_of(item=item, currency=asked)
        chosen = asked if is_offered else item.currency
        Cart.objects.filter(pk=cart.pk).update(currency=chosen)
        return
    current = cart.currency or first.piece.item.currency
    if asked not in {"", current} or not prices.price_of(item=item, currency=current):
        raise CurrencyMismatchError("currency", "mixed")
