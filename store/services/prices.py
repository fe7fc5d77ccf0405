"""What items cost in a currency: their own price, or their price list's."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, FilteredRelation, Q, QuerySet

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


def join_prices(*, items: QuerySet[Item, Item], currency: str) -> QuerySet[Item, Item]:
    """Have a query of items bring their prices in a currency along, for `shown_price`.

    The statement stays one. A shop of one currency has nothing to join.
    """
    if len(conf.CURRENCIES) == 1:
        return items
    return items.annotate(
        listed=FilteredRelation("prices", condition=Q(prices__currency=currency)),
        listed_currency=F("listed__currency"),
        listed_amount=F("listed__amount"),
        listed_engraving_amount=F("listed__engraving_amount"),
    )


def shown_price(*, item: Item, currency: str) -> ListedPrice:
    """Return the price to show: in the currency, else in the item's own.

    The item comes from a query that `join_prices` prepared for the same currency.
    """
    listed = getattr(item, "listed_currency", None)
    if item.currency == currency or listed is None:
        return _own_price(item)
    return ListedPrice(
        money.Money(getattr(item, "listed_amount", 0), listed),
        money.Money(getattr(item, "listed_engraving_amount", 0), listed),
    )


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
