"""Keyset pages of a collection's items."""

import pytest

from store.views import listing
from tests import store_factories

pytestmark = pytest.mark.django_db


def _read_all(collection, wishes):
    """Walk through every page and return what each showed."""
    pages, cursor = [], ""
    while True:
        page = listing.read_page(collection=collection, wishes=wishes, cursor=cursor)
        pages.append([item.pk for item in page.items])
        cursor = page.next_cursor
        if not cursor:
            return pages


@pytest.mark.parametrize("sort", ["curated", "newest", "price", "-price"])
def test_pages_show_every_item_once(collection, sort):
    """Walking through the pages shows every item exactly once, in the order chosen."""
    store_factories.make_many_items(collection=collection, count=60)

    pages = _read_all(collection, {"sort": sort})

    assert [len(page) for page in pages] == [24, 24, 12]
    shown = [pk for page in pages for pk in page]
    ups = sorted(shown)
    assert shown == (ups if sort in {"curated", "price"} else ups[::-1])


def test_equal_prices_are_not_lost(collection):
    """Items at one price are told apart by their number, across pages too."""
    for _ in range(30):
        store_factories.make_item(collection=collection, price_amount=100)

    pages = _read_all(collection, {"sort": "price"})

    assert len({pk for page in pages for pk in page}) == 30


def test_total_counts_every_page(collection):
    """The total is of all that matches, whichever page is shown."""
    store_factories.make_many_items(collection=collection, count=30)

    first = listing.read_page(collection=collection, wishes={})
    second = listing.read_page(
        collection=collection, wishes={}, cursor=first.next_cursor
    )

    assert (first.total, second.total) == (30, 30)


def test_counting_stops_at_a_limit(collection, monkeypatch):
    """Beyond the limit a page says that there are more, and counts no further."""
    monkeypatch.setattr(listing, "MOST_COUNTED", 10)
    store_factories.make_many_items(collection=collection, count=30)

    assert listing.read_page(collection=collection, wishes={}).total == 11


def test_several_metals_match_each(collection):
    """An item of several metals is found under each of them."""
    trio = store_factories.make_item(
        collection=collection, metal="14k rose gold and recycled platinum"
    )

    for metal in ("rose-gold", "platinum"):
        page = listing.read_page(collection=collection, wishes={"metal": [metal]})
        assert [item.pk for item in page.items] == [trio.pk]


def test_unpublished_items_stay_hidden(collection):
    """An item that is not published is neither shown nor counted."""
    store_factories.make_item(collection=collection, is_published=False)

    page = listing.read_page(collection=collection, wishes={})

    assert (page.items, page.total, page.next_cursor) == ((), 0, "")
