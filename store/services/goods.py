"""What the pieces of a cart come to: prices in its currency, engravings, voucher."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from donations.domain import money
from store.domain import engraving, pricing, refusal
from store.models import CartLine, Voucher
from store.services import prices, vouchers


@dataclass(frozen=True, slots=True)
class Goods:
    """The lines that are offered in the cart's currency, at discounted prices.

    `unpriced` are the others: they are in no sum.
    """

    currency: str
    lines: tuple[CartLine, ...]
    prices: tuple[pricing.LinePrice, ...]
    unpriced: tuple[CartLine, ...]
    voucher: Voucher | None

    @property
    def total(self) -> money.Money:
        """Return what they come to, before tax is added."""
        return pricing.add_net(self.prices, self.currency)


def read_lines(*, token: str) -> list[CartLine]:
    """Return the lines of a cart in their order, with cart, piece and item."""
    return list(
        CartLine.objects.filter(cart__token=token)
        .select_related("cart", "piece__item__collection", "piece__certificate")
        .order_by("added_at", "id")
    )


def price_goods(
    *, lines: Sequence[CartLine], at: datetime, faults: list[refusal.RefusedError]
) -> Goods:
    """Price the lines of a cart; what is refused joins `faults`.

    The lines carry their cart, piece and item.
    """
    listed = _list_goods(lines, faults)
    code = lines[0].cart.voucher_code
    if code and listed.lines:
        with refusal.collect(faults):
            listed = _discount(listed, code, at)
    return listed


def check_voucher(*, lines: Sequence[CartLine], code: str, at: datetime) -> Voucher:
    """Return the voucher with this code if it lowers the price of these lines now.

    Raises:
        VoucherRefusedError: it does not.
    """
    listed = _list_goods(lines, [])
    voucher = vouchers.find_voucher(code=code, cart_id=lines[0].cart_id, at=at)
    vouchers.discount_lines(voucher=voucher, lines=listed.lines, listed=listed.prices)
    return voucher


def _list_goods(lines: Sequence[CartLine], faults: list[refusal.RefusedError]) -> Goods:
    currency = lines[0].cart.currency or lines[0].piece.item.currency
    items = [line.piece.item for line in lines]
    offers = prices.list_prices(items=items, currency=currency)
    offered = [line for line in lines if line.piece.item_id in offers]
    unpriced = [line for line in lines if line.piece.item_id not in offers]
    if unpriced:
        faults.append(prices.CurrencyMismatchError("currency", "mixed"))
    return Goods(
        currency=currency,
        lines=tuple(offered),
        prices=tuple(
            _price_line(line, offers[line.piece.item_id], faults) for line in offered
        ),
        unpriced=tuple(unpriced),
        voucher=None,
    )


def _price_line(
    line: CartLine, offer: prices.ListedPrice, faults: list[refusal.RefusedError]
) -> pricing.LinePrice:
    with refusal.collect(faults):
        # The item may have changed since the text was accepted.
        engraving.check_engraving(
            line.engraving, length=line.piece.item.engraving_length
        )
    return pricing.list_line(offer.price, offer.engraving if line.engraving else None)


def _discount(listed: Goods, code: str, at: datetime) -> Goods:
    voucher = vouchers.find_voucher(code=code, cart_id=listed.lines[0].cart_id, at=at)
    discounted = vouchers.discount_lines(
        voucher=voucher, lines=listed.lines, listed=listed.prices
    )
    return replace(listed, prices=tuple(discounted), voucher=voucher)
