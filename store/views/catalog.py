"""Pages to look around: home, a collection, help. They only read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_safe

from donations.services import pledges
from store.conf import conf
from store.forms import FilterForm
from store.models import Collection, CollectionImage
from store.models.catalog import Shade
from store.services import shipping
from store.views import currency_cookie, listing, offers

_MOST_COLLECTIONS = 12
_ITEMS_ON_HOME = 4
_MOST_STORIES = 6


@dataclass(frozen=True, slots=True)
class Block:
    """One live collection on the home page; only the newest shows some items."""

    collection: Collection
    terms: pledges.Terms | None
    cards: Sequence[listing.Card]


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in use, and the address of the page without it."""

    label: str
    url: str


@require_safe
@currency_cookie.vary_by_currency
def show_home(request: HttpRequest) -> HttpResponse:
    """Show the live collections, the promise, and the stones' way in pictures."""
    currency = currency_cookie.find_currency(request)
    collections = list(
        Collection.objects.published().order_by("-published_at", "-id")[
            :_MOST_COLLECTIONS
        ]
    )
    images = CollectionImage.objects.filter(collection__in=collections)
    pictures = list(images.order_by("-collection__published_at", "position", "id"))
    context = {
        "hero": next(iter(_pick(pictures, CollectionImage.Role.HERO)), None),
        "story": _pick(pictures, CollectionImage.Role.STORY)[:_MOST_STORIES],
        "blocks": _blocks(collections, currency),
        "shown_currency": currency,
        "shades": Shade.values,
    }
    return render(request, "store/home.html", context)


@require_safe
@currency_cookie.vary_by_currency
def show_collection(request: HttpRequest, slug: str) -> HttpResponse:
    """Show one page of a collection's items, filtered and sorted by the address."""
    collection = get_object_or_404(Collection.objects.published(), slug=slug)
    form = FilterForm(request.GET)
    form.is_valid()
    wishes = form.wishes()
    currency = currency_cookie.find_currency(request)
    page = _read_page(collection, wishes, request.GET.get("after", ""), currency)
    terms = pledges.get_terms(pledge_id=collection.pledge_id, on=timezone.localdate())
    context = {
        "collection": collection,
        "paragraphs": [text for text in collection.description.split("\n\n") if text],
        "terms": terms,
        "form": form,
        "wishes": wishes,
        "chips": _chips(collection, form, wishes),
        "cards": listing.make_cards(
            items=page.items,
            terms={collection.pk: terms} if terms else {},
            currency=currency,
        ),
        "shown_currency": currency,
        "count_words": _count_words(page.total),
        "next_url": _next_url(request, page.next_cursor),
        "canonical_url": conf.SITE_URL + collection.get_absolute_url(),
    }
    return render(request, "store/collection.html", context)


@require_safe
def show_help(request: HttpRequest) -> HttpResponse:
    """Say how we ship, take back, and can be reached."""
    context = {
        "countries": shipping.list_countries(),
        **offers.describe_offer(),
        "support_email": conf.SUPPORT_EMAIL,
    }
    return render(request, "store/help.html", context)


def _pick(
    pictures: Sequence[CollectionImage], role: CollectionImage.Role
) -> list[CollectionImage]:
    return [picture for picture in pictures if picture.role == role]


def _blocks(collections: Sequence[Collection], currency: str) -> list[Block]:
    promises = pledges.list_terms(
        pledge_ids={collection.pledge_id for collection in collections},
        on=timezone.localdate(),
    )
    return [
        Block(
            collection=collection,
            terms=promises.get(collection.pledge_id),
            cards=[] if number else _first_cards(collection, promises, currency),
        )
        for number, collection in enumerate(collections)
    ]


def _first_cards(
    collection: Collection, promises: Mapping[int, pledges.Terms], currency: str
) -> list[listing.Card]:
    page = listing.read_page(collection=collection, wishes={}, currency=currency)
    promise = promises.get(collection.pledge_id)
    return listing.make_cards(
        items=page.items[:_ITEMS_ON_HOME],
        terms={collection.pk: promise} if promise else {},
        currency=currency,
    )


def _read_page(
    collection: Collection, wishes: Mapping[str, Any], cursor: str, currency: str
) -> listing.Page:
    try:
        return listing.read_page(
            collection=collection, wishes=wishes, cursor=cursor, currency=currency
        )
    except listing.BadCursorError as error:
        raise Http404(str(error)) from error


def _chips(
    collection: Collection, form: FilterForm, wishes: Mapping[str, Any]
) -> list[Chip]:
    address = collection.get_absolute_url()
    return [
        Chip(label, f"{address}?{rest}" if rest else address)
        for label, rest in form.without_each(wishes)
    ]


def _count_words(total: int) -> str:
    if total > listing.MOST_COUNTED:
        most = number_format(listing.MOST_COUNTED, force_grouping=True)
        return gettext("More than %(count)s items") % {"count": most}
    return ngettext("%(count)s item", "%(count)s items", total) % {"count": total}


def _next_url(request: HttpRequest, cursor: str) -> str:
    if not cursor:
        return ""
    query = request.GET.copy()
    query["after"] = cursor
    return f"?{query.urlencode()}"
