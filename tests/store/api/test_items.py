"""Items in the API: cursor pages, filters, search, and what one item shows."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from store.domain.order import PieceStatus
from store.models import Item, ItemImage, Piece
from tests.store_factories import (
    AT,
    make_collection,
    make_item,
    make_item_image,
    make_many_items,
    make_piece,
    make_pledge,
)

pytestmark = pytest.mark.django_db

LIST = "/api/v1/items/"


@pytest.fixture
def collection():
    """A published collection."""
    return make_collection()


def _walk(client, address):
    """Return the names on all pages, following `next`."""
    names = []
    while address:
        answer = client.get(address).json()
        names += [item["name"] for item in answer["results"]]
        address = answer["next"]
    return names


def _names(client, **query):
    answer = client.get(LIST, query)
    assert answer.status_code == 200, answer.content
    return [item["name"] for item in answer.json()["results"]]


def test_an_item_in_a_list(client, collection):
    """A list shows price, what we give of it, the picture and whether it can be had."""
    item = make_item(collection=collection, name="Aya ring", slug="aya")
    image = make_item_image(item=item, alt_text="Aya ring.")
    make_piece(item=item)

    (shown,) = client.get(LIST).json()["results"]

    assert shown["price"] == {"amount": 249900, "currency": "USD"}
    assert shown["donation"] == {"amount": 24990, "currency": "USD"}
    assert shown["is_available"] is True
    assert shown["url"] == "https://shop.example/items/aya/"
    assert shown["picture"]["url"] == f"https://shop.example{image.file.url}"
    assert (shown["picture"]["width"], shown["picture"]["height"]) == (40, 40)


def test_renditions_carry_full_addresses(client, collection):
    """Each format lists its sizes, with addresses that work anywhere."""
    make_item_image(item=make_item(collection=collection))
    ItemImage.objects.update(
        renditions={"avif": [[320, "a-320.avif"]], "jpeg": [[640, "a-640.jpg"]]},
        rendered_at=AT,
    )

    (shown,) = client.get(LIST).json()["results"]

    assert shown["picture"]["renditions"]["avif"] == [
        {"width": 320, "url": "https://shop.example/media/a-320.avif"}
    ]
    assert shown["picture"]["url"] == "https://shop.example/media/a-640.jpg"


@pytest.mark.parametrize("ordering", ["curated", "newest", "price", "-price"])
def test_pages_lose_and_repeat_nothing(client, collection, ordering):
    """Following `next` shows every item once, though all have one price and place."""
    for number in range(7):
        make_item(collection=collection, name=f"Item {number}", position=1)

    names = _walk(client, f"{LIST}?page_size=2&ordering={ordering}")

    assert sorted(names) == [f"Item {number}" for number in range(7)]


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("curated", ["Second", "First", "Third"]),
        ("price", ["First", "Second", "Third"]),
        ("-price", ["Third", "Second", "First"]),
    ],
)
def test_orders_hold_over_pages(client, collection, ordering, expected):
    """The order goes on from page to page."""
    make_item(collection=collection, name="First", price_amount=1, position=2)
    make_item(collection=collection, name="Second", price_amount=2, position=1)
    make_item(collection=collection, name="Third", price_amount=3, position=3)

    assert _walk(client, f"{LIST}?page_size=1&ordering={ordering}") == expected


def test_next_keeps_the_filters(client, collection):
    """A following page is narrowed like the first."""
    for kind in ("ring", "ring", "necklace", "bracelet"):
        make_item(collection=collection, name=kind, kind=kind)

    names = _walk(client, f"{LIST}?kind=ring&kind=necklace&page_size=1")

    assert names == ["ring", "ring", "necklace"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"kind": "ring"}, ["Aya ring"]),
        ({"kind": ["ring", "earrings"]}, ["Aya ring", "Thari studs"]),
        ({"shade": "C3"}, ["Thari studs"]),
        ({"metal": "rose gold"}, ["Aya ring"]),
        ({"price_min": "150000"}, ["Aya ring"]),
        ({"price_max": "150000"}, ["Thari studs"]),
        ({"search": "STUDS platinum"}, ["Thari studs"]),
        ({"search": "studs gold"}, []),
        ({"available": "true"}, ["Aya ring"]),
        ({"collection": "diamonds-that-care"}, ["Aya ring", "Thari studs"]),
        ({"collection": "other"}, []),
    ],
)
def test_filters_narrow(client, collection, query, expected):
    """Each filter keeps what it names; one name twice widens."""
    make_piece(item=make_item(collection=collection, name="Aya ring", kind="ring"))
    make_item(
        collection=collection,
        name="Thari studs",
        kind="earrings",
        shade="C3",
        metal="recycled platinum",
        price_amount=112000,
    )

    assert _names(client, **query) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"kind": "hat"}, "kind"),
        ({"price_min": "cheap"}, "price_min"),
        ({"ordering": "random"}, "ordering"),
        ({"page_size": "0"}, "page_size"),
        ({"page_size": "1000"}, "page_size"),
        ({"page_size": "٣"}, "page_size"),
        ({"cursor": "nonsense"}, "cursor"),
        ({"cursor": "WyJwcmljZSIsMSwxXQ"}, "cursor"),
        ({"cursor": "WyJjdXJhdGVkIiwieCIsMSwxXQ"}, "cursor"),
        ({"cursor": "WzFd"}, "cursor"),
        ({"cursor": "é"}, "cursor"),
        ({"cursor": "WyJjdXJhdGVkIixudWxsLDEsMV0"}, "cursor"),
        ({"cursor": "WyJjdXJhdGVkIiwxLDFd"}, "cursor"),
        ({"cursor": "eyJhIjoxfQ"}, "cursor"),
        ({"cursor": "WyJuZXdlc3QiLCJuZXZlciIsMV0", "ordering": "newest"}, "cursor"),
    ],
)
def test_bad_input_names_the_field(client, collection, query, field):
    """What cannot be used gets a problem that names the field and the rule."""
    answer = client.get(LIST, query)

    problem = answer.json()
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert (problem["status"], problem["code"]) == (400, "invalid")
    assert list(problem["fields"]) == [field]
    assert problem["fields"][field][0]


def test_drafts_are_not_listed(client, collection):
    """Unpublished items, and items of unpublished collections, are not there."""
    draft = make_item(collection=collection, is_published=False)
    hidden = make_item(
        collection=make_collection(
            slug="hidden", pledge=collection.pledge, is_published=False
        )
    )

    assert _names(client) == []
    for item in (draft, hidden):
        assert client.get(f"{LIST}{item.slug}/").status_code == 404


def test_list_costs_four_queries_at_any_size(client, collection):
    """Items, pictures, terms and their beneficiaries: no OFFSET, no row by row."""
    make_many_items(collection=collection, count=60)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        following = client.get(LIST).json()["next"]
        client.get(following)

    statements = [query["sql"] for query in queries]
    assert len(statements) <= 2 * 4
    assert [sql for sql in statements if "OFFSET" in sql or "COUNT(" in sql] == []


@pytest.mark.parametrize(
    ("columns", "index"),
    [
        (("-published_at", "-id"), "store_item_all_newest"),
        (("price_amount", "id"), "store_item_all_price"),
        (("-price_amount", "-id"), "store_item_all_price"),
    ],
)
def test_lists_of_all_items_have_an_index(collection, columns, index):
    """Without a collection, too, a page is read in order and not sorted out of all."""
    make_many_items(collection=collection, count=60)

    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
    plan = Item.objects.order_by(*columns)[:25].explain()

    assert index in plan


def test_an_item_shows_its_pieces(client, collection):
    """Each piece has its size, status, certificate and stones; drafts are left out."""
    item = make_item(collection=collection, slug="aya")
    piece = make_piece(item=item, serial_number="DTC-1", size="6½")
    sold = make_piece(item=item, serial_number="DTC-2")
    Piece.objects.filter(pk=sold.pk).update(status=PieceStatus.SOLD)
    make_piece(item=item, serial_number="DTC-3", is_on_sale=False)

    shown = client.get(f"{LIST}aya/").json()

    assert [one["serial_number"] for one in shown["pieces"]] == ["DTC-1", "DTC-2"]
    assert [one["status"] for one in shown["pieces"]] == ["on_sale", "sold"]
    certificate = shown["pieces"][0]["certificate"]
    assert certificate["digest"] == piece.certificate.digest
    assert certificate["url"].endswith(f"/certificates/{piece.certificate.number}/")
    assert shown["pieces"][0]["stones"][0]["kind"] == "natural"


def test_an_item_carries_the_giving_terms(client, collection):
    """The label says what is promised, to whom, and until when."""
    item = make_item(collection=collection)

    giving = client.get(f"{LIST}{item.slug}/").json()["giving"]

    assert giving["share"] == "10%"
    assert giving["beneficiaries"] == [
        {
            "name": "Feeding America",
            "register": "US-EIN",
            "register_id": "36-3673599",
        }
    ]
    assert "not a tax-deductible gift" in giving["disclosure"]
    assert giving["url"].startswith("https://shop.example/impact/")


def test_no_fixed_promise_in_another_currency(client):
    """An item that its pledge cannot be reckoned for shows no donation."""
    pledge = make_pledge(share_fixed_amount=1000)
    make_item(collection=make_collection(pledge=pledge), currency="EUR")

    (shown,) = client.get(LIST).json()["results"]

    assert shown["donation"] is None


def test_an_item_costs_few_queries(client, collection, django_assert_max_num_queries):
    """One item with ten pieces: item, pictures, pieces, terms and beneficiaries."""
    item = make_item(collection=collection)
    for _ in range(10):
        make_piece(item=item)

    with django_assert_max_num_queries(5):
        client.get(f"{LIST}{item.slug}/")
