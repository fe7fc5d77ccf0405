"""One page of a collection's items: filters, order, and keyset pages.

A page begins after the last item of the one before it, so page 500 costs what page 1
costs. Nothing here knows of requests.
"""

import datetime
import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, IntegerField, OuterRef, Q, QuerySet, Subquery

from donations.domain import money
from donations.services import pledges
from store.models import Collection, Item, ItemImage, Piece
from store.models.catalog import ItemQuerySet
from store.services import giving, prices

PAGE_SIZE = 24
# Counting stops here: the number matters to a shopper, its last digits do not.
MOST_COUNTED = 1000

# Column and tie-breaker of each order; both go the same way.
_ORDERS = {
    "curated": ("position", "id"),
    "newest": ("-published_at", "-id"),
    "price": ("price_amount", "id"),
    "-price": ("-price_amount", "-id"),
}
_MARK = "~"


class BadCursorError(ValueError):
    """The place to go on from is not one that a page handed out.

    An address was typed or cut: answer as for any page that does not exist.
    """


@dataclass(frozen=True, slots=True)
class Card:
    """One item in a list: its first picture and what we give for one piece."""

    item: Item
    image: ItemImage | None
    price: money.Money
    donation: money.Money | None
    is_available: bool
    is_held: bool
    is_first: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some items in order, how many match in all, and where the next page starts."""

    items: tuple[Item, ...]
    total: int
    next_cursor: str


class _CountOf(Subquery):
    """Count a subquery's rows in the same statement."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) counted)"
    output_field = IntegerField()


def read_page(
    *,
    collection: Collection,
    wishes: Mapping[str, Any],
    cursor: str = "",
    currency: str = "",
) -> Page:
    """Return the items after `cursor` that match the shopper's `wishes`.

    They carry their prices in `currency` for `make_cards`; the order by price is that
    of their own. `total` is counted to one more than `MOST_COUNTED` and no further.
    One query.

    Raises:
        BadCursorError: the cursor was not made by this function.
    """
    order = _ORDERS[wishes.get("sort") or "curated"]
    matching = _matching(collection, wishes).order_by(*order).values("pk")
    shown = _after(matching, order, cursor)[: PAGE_SIZE + 1]
    # Availability is asked of the rows shown: beside the filters the planner would
    # rather read every piece there is.
    found = (
        Item.objects.filter(pk__in=shown)
        .with_availability()
        .annotate(
            total=_CountOf(matching[: MOST_COUNTED + 1]), is_held=_has_held_piece()
        )
    )
    priced = prices.join_prices(items=found, currency=currency)
    rows = list(priced.order_by(*order))
    return Page(
        items=tuple(rows[:PAGE_SIZE]),
        total=getattr(rows[0], "total", 0) if rows else 0,
        next_cursor=_cursor(rows[PAGE_SIZE - 1], order) if rows[PAGE_SIZE:] else "",
    )


def make_cards(
    *, items: Sequence[Item], terms: Mapping[int, pledges.Terms], currency: str
) -> list[Card]:
    """Return a card for each item; one query for all of their pictures.

    `terms` maps a collection's key to its terms of today. The items were read for the
    same `currency`.
    """
    images = _first_images(items)
    shown = {
        item.pk: prices.shown_price(item=item, currency=currency).price
        for item in items
    }
    return [
        Card(
            item=item,
            image=images.get(item.pk),
            price=shown[item.pk],
            donation=giving.quote_donation(
                terms=terms.get(item.collection_id), price=shown[item.pk]
            ),
            is_available=getattr(item, "is_available", False),
            is_held=getattr(item, "is_held", False),
            is_first=position == 0,
        )
        for position, item in enumerate(items)
    ]


def _has_held_piece() -> Exists:
    return Exists(Piece.objects.held().filter(item=OuterRef("pk")))


def _matching(collection: Collection, wishes: Mapping[str, Any]) -> ItemQuerySet:
    items = Item.objects.filter(collection=collection, published_at__isnull=False)
    for name in ("kind", "shade"):
        if wishes.get(name):
            items = items.filter(**{f"{name}__in": wishes[name]})
    if wishes.get("metal"):
        items = items.filter(functools.reduce(operator.or_, _metals(wishes["metal"])))
    return items.available() if wishes.get("available") else items


def _metals(families: Sequence[str]) -> list[Q]:
    # Plain `contains`: of `icontains` the planner knows no statistics and reads all.
    names = [family.replace("-", " ") for family in families]
    return [
        Q(metal__contains=spelling)
        for name in names
        for spelling in (name, name.capitalize())
    ]


def _after(
    items: QuerySet[Item, Any], order: tuple[str, str], cursor: str
) -> QuerySet[Item, Any]:
    """Keep what follows the cursor; the first condition is the index's range."""
    if not cursor:
        return items
    column = order[0].removeprefix("-")
    later = "lt" if order[0].startswith("-") else "gt"
    place, pk = _parse(cursor, column)
    return items.filter(**{f"{column}__{later}e": place}).filter(
        Q(**{f"{column}__{later}": place}) | Q(**{f"pk__{later}": pk})
    )


def _parse(cursor: str, column: str) -> tuple[Any, int]:
    place, _, pk = cursor.rpartition(_MARK)
    try:
        value = _moment(place) if column == "published_at" else int(place)
        return value, int(pk)
    except ValueError as error:
        raise BadCursorError(cursor) from error


def _moment(text: str) -> datetime.datetime:
    moment = datetime.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def _cursor(item: Item, order: tuple[str, str]) -> str:
    place = getattr(item, order[0].removeprefix("-"))
    written = place.isoformat() if isinstance(place, datetime.datetime) else place
    return f"{written}{_MARK}{item.pk}"


def _first_images(items: Sequence[Item]) -> dict[int, ItemImage]:
    images = ItemImage.objects.filter(item__in=[item.pk for item in items])
    ordered = images.order_by("item_id", "-position", "-id")
    return {image.item_id: image for image in ordered}
