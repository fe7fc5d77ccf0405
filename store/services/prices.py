"""What items cost in a currency: their own price, or their price list's."""

from collections.abc import Iterable
from dataclasses import dataclass

from donations.domain import money
from store.conf import conf
from store.domain import refusal
from store.models import Item, ItemPrice


class CurrencyMismatchError(refusal.RefusedError):
    """A cart has one currency, and a piece is not offered in it.

    `rule` is `mixed`. Buy what is in the cart first, or empty it.
    """


@dataclass(frozen=True, slots=True)
class ListedPrice:
    """What a piece of an item costs, and what an engraving adds to it."""

    price: money.Money
    engraving: money.Money


def default_currency() -> str:
    """Return the currency of a shopper who has chosen none."""
    return conf.CURRENCIES[0]


def list_prices(*, items: Iterable[Item], currency: str) -> dict[int, ListedPrice]:
    """Return the prices of many items in a currency, with one statement at most.

    An item that is not offered in the currency is left out.
    """
    wanted = {item.pk: item for item in items}
    own = {
        pk: _own_price(item) for pk, item in wanted.items() if item.currency == currency
    }
    others = wanted.keys() - own.keys()
    return {**own, **(_find_prices(others, currency) if others else {})}


def price_of(*, item: Item, currency: str) -> ListedPrice | None:
    """Return the price of one item; None when it is not offered in the currency."""
    return list_prices(items=[item], currency=currency).get(item.pk)


def list_shown_prices(
    *, items: Iterable[Item], currency: str
) -> dict[int, ListedPrice]:
    """Return a price for every item: in the currency, else in the item's own."""
    listed = list(items)
    own = {item.pk: _own_price(item) for item in listed}
    return {**own, **list_prices(items=listed, currency=currency)}


def _own_price(item: Item) -> ListedPrice:
    return ListedPrice(item.price, money.Money(item.engraving_amount, item.currency))


def _find_prices(item_ids: Iterable[int], currency: str) -> dict[int, ListedPrice]:
    rows = ItemPrice.objects.filter(item__in=item_ids, currency=currency)
    return {
        row.item_id: ListedPrice(
            row.price, money.Money(row.engraving_amount, row.currency)
        )
        for row in rows
    }
