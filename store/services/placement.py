"""Orders as they are placed: the rows that a quote becomes, and whether they still fit.

An order is compared with the rows that would be written now, column by column, so
that whatever is chosen one day is compared too.
"""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Model

from store.conf import conf
from store.domain.choices import Choices
from store.models import Line, Order, PaymentAttempt
from store.services import holds, quotes, sessions, vouchers

_TOKEN_BYTES = 16
_NUMBER_ALPHABET = "BCDFGHJKMNPQRSTVWXZ23456789"
_NUMBER_LENGTH = 8


@transaction.atomic
def create_order(
    *,
    quote: quotes.Quote,
    email: str,
    choices: Choices,
    at: datetime,
    locale: str,
) -> PaymentAttempt:
    """Hold the pieces and write order, lines, the voucher's use and the first attempt.

    Raises:
        PiecesGoneError: a piece is held or sold.
        VoucherRefusedError: somebody else took the voucher's last use.
        IntegrityError: the cart has a pending order already.
    """
    order = Order.objects.create(
        **_order_columns(quote, email, choices),
        number="".join(secrets.choice(_NUMBER_ALPHABET) for _ in range(_NUMBER_LENGTH)),
        token=secrets.token_urlsafe(_TOKEN_BYTES),
        gift_token=secrets.token_urlsafe(_TOKEN_BYTES) if choices.is_gift else None,
        cart_id=quote.goods.lines[0].cart_id,
        donation_amount=sum(line.donation_amount for line in quote.lines),
        placed_at=at,
    )
    piece_ids = [line.piece_id for line in quote.goods.lines]
    holds.claim_pieces(order=order, piece_ids=piece_ids, at=at)
    if quote.goods.voucher is not None:
        vouchers.use_voucher(voucher=quote.goods.voucher, order=order, at=at)
    Line.objects.bulk_create(
        _line(order, position, line) for position, line in enumerate(quote.lines, 1)
    )
    return sessions.create_attempt(order=order, at=at, locale=locale)


def fits(*, order: Order, quote: quotes.Quote, email: str, choices: Choices) -> bool:
    """Tell whether an order is the one that this quote would become."""
    wanted = {line.cart_line.piece_id: _amounts(line) for line in quote.lines}
    lines = {line.piece_id: line for line in order.lines.all()}
    return (
        _has(order, _order_columns(quote, email, choices))
        and lines.keys() == wanted.keys()
        and all(_has(line, wanted[piece_id]) for piece_id, line in lines.items())
    )


def _order_columns(quote: quotes.Quote, email: str, choices: Choices) -> dict[str, Any]:
    voucher, shipment = quote.goods.voucher, quote.delivery.chosen
    return {
        "email": email,
        "currency": quote.currency,
        "total_amount": quote.price.total.amount,
        "discount_amount": quote.price.discount.amount,
        "voucher_code": voucher.code if voucher else "",
        "shipping_name": shipment.option.name if shipment.option else "",
        "shipping_amount": shipment.price.amount,
        "is_insured": shipment.is_insured,
        "tax_name": quote.rate.name if quote.rate else "",
        "tax_amount": quote.price.tax.amount,
        "is_tax_included": conf.PRICES_INCLUDE_TAX,
        "is_tax_awaited": conf.AUTOMATIC_TAX,
        "is_gift": choices.is_gift,
        "gift_note": choices.gift_note.strip() if choices.is_gift else "",
        "address_country": quote.delivery.place.country,
        "address_region": quote.delivery.place.region,
    }


def _amounts(line: quotes.QuotedLine) -> dict[str, Any]:
    return {
        "engraving": line.cart_line.engraving,
        "price_amount": line.price.price.amount,
        "engraving_amount": line.price.engraving.amount,
        "discount_amount": line.price.discount.amount,
        "tax_amount": line.price.tax.amount,
        "added_tax_amount": line.price.added_tax.amount,
        "total_amount": line.price.total.amount,
    }


def _line(order: Order, position: int, line: quotes.QuotedLine) -> Line:
    piece = line.cart_line.piece
    if piece.certificate is None:  # The database refuses this for a piece on sale.
        raise holds.PiecesGoneError([piece.serial_number])
    return Line(
        **_amounts(line),
        order=order,
        position=position,
        piece=piece,
        item_name=piece.item.name,
        size=piece.size,
        certificate=piece.certificate,
        certificate_digest=piece.certificate.digest,
        pledge_version_id=line.terms.pledge_version_id if line.terms else None,
        donation_base_amount=line.base_amount,
        donation_amount=line.donation_amount,
    )


def _has(row: Model, columns: Mapping[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in columns.items())
