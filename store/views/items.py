"""The item page: gallery, price, giving, pieces, and the journey of each piece."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from donations.services import pledges
from store.conf import conf
from store.models import Certificate, Item, Piece
from store.services import giving, prices, shipping
from store.views import currency_cookie, offers

# An item has a handful of pieces; a page of more would help nobody choose.
_MOST_PIECES = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """One piece a shopper can look at, and choose when it is free."""

    piece: Piece
    certificate: Certificate
    document: dict[str, Any]
    status_words: str
    is_chosen: bool


@require_safe
@currency_cookie.vary_by_currency
def show_item(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one item with its pieces; sold ones stay visible and say so."""
    currency = currency_cookie.find_currency(request)
    item = _find_item(slug, currency)
    listed = prices.shown_price(item=item, currency=currency)
    promise = pledges.get_terms(
        pledge_id=item.collection.pledge_id, on=timezone.localdate()
    )
    terms = giving.fitting_terms(terms=promise, price=listed.price)
    choices = _choices(item)
    context = {
        "item": item,
        "listed": listed,
        "shown_currency": currency,
        "is_offered": len(conf.CURRENCIES) == 1 or listed.price.currency == currency,
        "paragraphs": [text for text in item.description.split("\n\n") if text],
        "images": item.images.order_by("position", "id"),
        "promise": promise,
        "terms": terms,
        "donation": giving.quote_donation(terms=terms, price=listed.price),
        "choices": choices,
        "shown": choices[0].document if choices else None,
        "can_add": any(choice.piece.is_on_sale for choice in choices),
        "told_first": _told_first(choices),
        "stock_words": _stock_words(choices),
        "countries": shipping.list_countries(),
        **offers.describe_offer(),
        "canonical_url": conf.SITE_URL + item.get_absolute_url(),
    }
    return render(request, "store/item.html", context)


def _find_item(slug: str, currency: str) -> Item:
    items = Item.objects.published().select_related("collection")
    return get_object_or_404(
        prices.join_prices(items=items, currency=currency), slug=slug
    )


def _choices(item: Item) -> list[Choice]:
    pieces = item.pieces.shown().select_related("certificate").order_by("serial_number")
    listed = sorted(pieces[:_MOST_PIECES], key=_size_key)
    free = [piece for piece in listed if piece.is_on_sale]
    only = free[0] if len(free) == 1 else None
    return [
        _choice(piece, piece.certificate, is_chosen=piece is only)
        for piece in listed
        if piece.certificate
    ]


def _choice(piece: Piece, certificate: Certificate, *, is_chosen: bool) -> Choice:
    return Choice(
        piece=piece,
        certificate=certificate,
        document=json.loads(certificate.text),
        status_words=_status_words(piece),
        is_chosen=is_chosen,
    )


def _status_words(piece: Piece) -> str:
    if piece.is_sold:
        return gettext("Sold")
    return "" if piece.is_on_sale else gettext("Held for somebody who is paying")


def _stock_words(choices: Sequence[Choice]) -> str:
    free = sum(choice.piece.is_on_sale for choice in choices)
    if len(choices) == 1 and free:
        return gettext("One of one")
    if not free:
        return gettext("The pieces")
    return ngettext(
        "Choose your piece: %(count)s available",
        "Choose your piece: %(count)s available",
        free,
    ) % {"count": free}


def _told_first(choices: Sequence[Choice]) -> Choice | None:
    """Return the piece whose journey is open when the page opens: a free one."""
    free = (choice for choice in choices if choice.piece.is_on_sale)
    return next(free, next(iter(choices), None))


def _size_key(piece: Piece) -> tuple[float, str]:
    """Sort sizes as numbers: 5, 5½, 10; sizes without a number come first."""
    found = re.match(r"\d+(\.\d+)?", piece.size)
    number = float(found[0]) if found else 0.0
    return number + 0.5 * ("½" in piece.size), piece.size
