"""Carts as shoppers see them: pieces, sums, and what stands in the way of an order."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch

from donations.domain import money
from donations.services import pledges
from store.domain import pricing, refusal
from store.domain.choices import Choices
from store.models import CartLine, ItemImage, Piece
from store.services import quotes

NOTHING_CHOSEN = Choices()


@dataclass(frozen=True, slots=True)
class CartLineView:
    """One piece in a cart at today's price, and what we give if it is bought.

    With terms and no donation the pledge's cap is reached.

    `price` is the piece alone; `engraving_price` and `discount` are None where there
    is none. A piece that is not offered in the cart's currency is not available.
    """

    piece: Piece
    image: ItemImage | None
    price: money.Money
    donation: money.Money | None
    terms: pledges.Terms | None
    is_available: bool
    engraving: str = ""
    engraving_price: money.Money | None = None
    discount: money.Money | None = None


@dataclass(frozen=True, slots=True)
class CartSummary:
    """A cart as the shopper sees it; the sums are None when it is empty.

    `subtotal` is the pieces with their engravings, `total` is everything in. `quote`
    has the rest: the ways of shipping, the tax, the voucher and the faults.
    """

    lines: tuple[CartLineView, ...]
    voucher_code: str = ""
    quote: quotes.Quote | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to check out."""
        return not self.lines

    @property
    def is_available(self) -> bool:
        """Tell whether every piece can still be bought."""
        return all(line.is_available for line in self.lines)

    @property
    def is_payable(self) -> bool:
        """Tell whether an order could be placed now, if nothing else were chosen."""
        return self.is_available and not self.is_empty and not self.faults

    @property
    def faults(self) -> tuple[refusal.RefusedError, ...]:
        """Return what stands in the way of an order, each with its field and rule."""
        return self.quote.faults if self.quote else ()

    @property
    def subtotal(self) -> money.Money | None:
        """Return what the pieces and engravings come to before any discount."""
        if self.quote is None:
            return None
        return pricing.add_gross(self.quote.price.lines, self.quote.currency)

    @property
    def discount(self) -> money.Money | None:
        """Return what the voucher takes off; None when it takes nothing."""
        return _some(self.quote.price.discount) if self.quote else None

    @property
    def total(self) -> money.Money | None:
        """Return what the customer would pay, everything in."""
        return self.quote.price.total if self.quote else None

    @property
    def donation(self) -> money.Money | None:
        """Return what we would give; None when that is nothing."""
        return _some(self.quote.donation) if self.quote else None


def read_cart(
    *, token: str | None, at: datetime, choices: Choices = NOTHING_CHOSEN
) -> CartSummary:
    """Return a cart at the prices and pledges of the moment, with what was chosen."""
    lines = _read_lines(token) if token else []
    if not lines:
        return CartSummary(())
    quote = quotes.quote_cart(lines=lines, choices=choices, at=at)
    priced = {line.cart_line.pk: line for line in quote.lines}
    views = (_view(line, priced.get(line.pk)) for line in lines)
    return CartSummary(tuple(views), lines[0].cart.voucher_code, quote)


def _read_lines(token: str) -> list[CartLine]:
    return list(
        CartLine.objects.filter(cart__token=token)
        .with_availability()
        .select_related("cart", "piece__item__collection", "piece__certificate")
        .prefetch_related(
            Prefetch(
                "piece__item__images",
                queryset=ItemImage.objects.order_by("position", "id"),
            )
        )
        .order_by("added_at", "id")
    )


def _view(line: CartLine, quoted: quotes.QuotedLine | None) -> CartLineView:
    if quoted is None:
        return CartLineView(
            piece=line.piece,
            image=_first_image(line),
            price=line.piece.item.price,
            donation=None,
            terms=None,
            is_available=False,
            engraving=line.engraving,
        )
    given = money.Money(quoted.given_amount, quoted.price.price.currency)
    return CartLineView(
        piece=line.piece,
        image=_first_image(line),
        price=quoted.price.price,
        donation=_some(given),
        terms=quoted.terms,
        is_available=line.is_available,
        engraving=line.engraving,
        engraving_price=_some(quoted.price.engraving),
        discount=_some(quoted.price.discount),
    )


def _first_image(line: CartLine) -> ItemImage | None:
    images = list(line.piece.item.images.all())
    return images[0] if images else None


def _some(amount: money.Money) -> money.Money | None:
    return amount if amount.amount else None
