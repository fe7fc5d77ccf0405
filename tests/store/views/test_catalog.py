"""Home, collection and help pages."""

import html
import re

import pytest
from django.db import connection

from store.domain.order import PieceStatus
from store.models import Piece
from store.views import listing
from tests import store_factories

pytestmark = pytest.mark.django_db

ADDRESS = "/collections/diamonds-that-care/"
MANY = "/collections/many/"
MOST_STATEMENTS = 6
FILTERS = (
    "",
    "?sort=-price&kind=ring&available=on",
    "?sort=newest&metal=rose-gold",
    "?sort=price&after=3000000~29000",
)


class TestHome:
    """The first page."""

    def test_shows_live_collections(self, client, piece):
        """The home page names a published collection, its promise and its items."""
        page = client.get("/").content.decode()

        assert "Diamonds That Care" in page
        assert 'We give <strong class="money">10%</strong> of every price' in page
        assert "Aya ring" in page

    def test_hides_unpublished_collections(self, client, db):
        """A collection that is not published appears nowhere."""
        store_factories.make_collection(name="Next spring", is_published=False)

        page = client.get("/").content.decode()

        assert "Next spring" not in page
        assert "No collection is on show right now" in page

    def test_opens_with_the_hero(self, client, collection):
        """The first wide picture opens the page and is fetched first."""
        store_factories.make_collection_image(collection=collection)

        page = client.get("/").content.decode()

        assert page.count('fetchpriority="high"') == 1
        assert "Three rings on pale limestone." in page

    def test_sets_no_cookie(self, client, piece):
        """A visitor who only looks around gets no cookie and a page fit to share."""
        response = client.get("/")

        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")


class TestCollection:
    """The list of a collection's items."""

    def test_shows_cards(self, client, piece):
        """A card says what the item is, its price and its donation in money."""
        page = client.get(ADDRESS).content.decode()

        assert "0.61 ct round brilliant, C5, 14k rose gold" in page
        assert "$2,499.00" in page
        assert "gives $249.90" in page
        assert "1 item" in page

    def test_keeps_sold_items_visible(self, client, item):
        """An item without a free piece stays in the list and is marked as sold."""
        page = client.get(ADDRESS).content.decode()

        assert "Aya ring" in page
        assert _read_tags(page) == ["Sold"]

    def test_held_is_not_sold(self, client, piece):
        """An item whose last piece somebody is paying for may come back: it is held."""
        Piece.objects.update(status=PieceStatus.HELD)

        assert _read_tags(client.get(ADDRESS).content.decode()) == ["Held"]

    def test_filters_from_the_address(self, client, collection):
        """Kind, shade and metal in the address narrow the list."""
        store_factories.make_item(collection=collection, name="Kept", kind="ring")
        store_factories.make_item(
            collection=collection, name="Gone", kind="necklace", metal="platinum"
        )

        page = client.get(f"{ADDRESS}?kind=ring&shade=C5&metal=rose-gold")

        assert "Kept" in page.content.decode()
        assert "Gone" not in page.content.decode()

    def test_filters_what_is_available(self, client, piece, collection):
        """The filter “available now” leaves out what is sold."""
        store_factories.make_item(collection=collection, name="All sold")

        page = client.get(f"{ADDRESS}?available=on").content.decode()

        assert "Aya ring" in page
        assert "All sold" not in page

    def test_offers_removable_chips(self, client, item):
        """Each filter in use is a link to the list without it, order kept."""
        page = client.get(f"{ADDRESS}?kind=ring&shade=C5&sort=price").content.decode()

        assert f'href="{ADDRESS}?shade=C5&amp;sort=price"' in page
        assert f'href="{ADDRESS}?kind=ring&amp;sort=price"' in page

    def test_drops_unknown_filters(self, client, item):
        """An unknown choice in an old link is ignored, not an error."""
        page = client.get(f"{ADDRESS}?shade=C9&sort=best").content.decode()

        assert "Aya ring" in page

    def test_offers_a_way_out_of_nothing(self, client, item):
        """An empty result says so and links to the whole list."""
        page = client.get(f"{ADDRESS}?kind=bracelet").content.decode()

        assert "No piece matches all of these filters." in page
        assert f'<a href="{ADDRESS}">see every piece</a>' in page

    def test_loads_more_by_a_link(self, client, collection):
        """The next page is a real link that keeps the filters."""
        store_factories.make_many_items(collection=collection, count=120)
        page = client.get(f"{ADDRESS}?kind=ring").content.decode()

        link = re.search(r'href="([^"]+)" rel="next"', page.replace("\n", " "))
        assert link
        after = client.get(ADDRESS + html.unescape(link[1])).content.decode()

        assert "30 items" in page
        assert "30 items" in after
        assert "Item 96<" in page
        assert "Item 96<" not in after
        assert "Item 100<" in after
        assert 'rel="next"' not in after

    def test_rounds_a_long_count(self, client, collection, monkeypatch):
        """A very long list says that there are more, not how many."""
        monkeypatch.setattr(listing, "MOST_COUNTED", 10)
        store_factories.make_many_items(collection=collection, count=30)

        assert "More than 10 items" in client.get(ADDRESS).content.decode()

    def test_names_the_canonical_list(self, client, item):
        """A filtered list names the whole one as the page to index."""
        page = client.get(f"{ADDRESS}?kind=ring").content.decode()

        assert f'<link rel="canonical" href="https://shop.example{ADDRESS}">' in page

    def test_refuses_an_invented_page(self, client, item):
        """A place to go on from that no page handed out is answered with 404."""
        for cursor in ("nonsense", "1~x", "~", "a~1"):
            assert client.get(ADDRESS, {"after": cursor}).status_code == 404
        query = {"sort": "newest", "after": "2026-03-02~1"}
        assert client.get(ADDRESS, query).status_code == 404

    def test_hides_an_unpublished_collection(self, client, db):
        """A collection that is not published is answered with 404."""
        store_factories.make_collection(slug="next", is_published=False)

        assert client.get("/collections/next/").status_code == 404

    def test_sizes_every_image(self, client, piece, find_images):
        """Images carry width and height; the first comes first, the rest when seen."""
        store_factories.make_item_image(
            item=store_factories.make_item(collection=piece.item.collection)
        )

        images = find_images(client.get(ADDRESS))

        assert len(images) == 2
        assert all('width="40" height="40"' in image for image in images)
        assert 'fetchpriority="high"' in images[0]
        assert 'loading="lazy"' in images[1]


class TestCollectionAtSize:
    """The same page for fourteen items and for fifty thousand."""

    def test_takes_few_statements(self, shopper_with_cart, read_statements, piece):
        """A page takes at most six statements, cart and session included."""
        _make_many(piece, 14)

        for query in FILTERS:
            statements = read_statements(
                shopper_with_cart, f"/collections/many/{query}"
            )

            assert len(statements) <= MOST_STATEMENTS, statements

    @pytest.mark.slow
    def test_stays_the_same_at_size(self, shopper_with_cart, read_statements, piece):
        """Among fifty thousand it takes no more, and reads by index alone."""
        _make_many(piece, 50_000)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

        for query in FILTERS:
            statements = read_statements(
                shopper_with_cart, f"/collections/many/{query}"
            )

            assert len(statements) <= MOST_STATEMENTS, statements
            assert not any("OFFSET" in statement for statement in statements)
            listing = next(text for text in statements if "counted" in text)
            assert "Seq Scan on store_" not in _explain(listing)


def _read_tags(page):
    tags = re.findall(r'<span class="tag">(.*?)</span>', page, re.DOTALL)
    return [tag.strip() for tag in tags]


def _make_many(piece, count):
    collection = store_factories.make_collection(
        slug="many", pledge=piece.item.collection.pledge
    )
    store_factories.make_many_items(collection=collection, count=count)


def _explain(statement):
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {statement}")
        return "\n".join(row[0] for row in cursor.fetchall())


class TestHelp:
    """Shipping, returns and contact."""

    def test_tells_the_three_things(self, client):
        """The page has a place for shipping, returns and contact."""
        page = client.get("/help/").content.decode()

        for name in ("shipping", "returns", "contact"):
            assert f'<section id="{name}">' in page
        assert "United States" in page
        assert "help@shop.example" in page

    def test_is_linked_from_every_page(self, client, piece):
        """Every page links shipping, returns and contact by these words, in order."""
        for address in ("/", ADDRESS, "/items/aya/", "/cart/", "/help/"):
            page = client.get(address).content.decode()
            places = [page.index(f">{word}</a>") for word in ("Shipping", "Returns")]

            assert places == sorted(places)
            assert ">Contact</a>" in page
