"""Rows of the store for tests: plain functions, everything else by default.

A piece gets a full chain and goes through the publish gate, as in the admin. Numbers
of documents and firms are made up.
"""

import datetime
import hashlib
import io
import itertools
from collections.abc import Sequence

from django.core.files.base import ContentFile
from django.db.models import OuterRef, Subquery
from PIL import Image

from donations.models import Pledge
from store.models import (
    Certificate,
    Collection,
    CollectionImage,
    CustodyEvent,
    Item,
    ItemImage,
    Piece,
    Stone,
)
from store.services import catalog
from tests import donations_factories

AT = datetime.datetime(2026, 3, 2, 9, 30, tzinfo=datetime.UTC)

_serial = itertools.count(1)

# Kind, year and month, place, country, actor: a way that the gate accepts.
CHAIN = (
    ("mined", "2018-06-11", "Udachnaya pipe, Yakutia", "RU", "Severny Uval Mine"),
    ("sorted", "2018-09-01", "Mirny, Yakutia", "RU", "Meridian Sorting"),
    ("cut", "2019-02-01", "Smolensk", "RU", "Table Bay Cutting"),
    ("polished", "2019-03-01", "Smolensk", "RU", "Table Bay Cutting"),
    ("graded", "2019-05-20", "New York", "US", "Example Gem Laboratory"),
    ("set", "2020-02-14", "New York", "US", "Hollow Oak Workshop"),
)


def make_pledge(**terms: object) -> Pledge:
    """Return a published pledge of 10% that runs today; `terms` change its version."""
    return donations_factories.make_pledge_version(**terms).pledge


def make_collection(
    *,
    pledge: Pledge | None = None,
    slug: str = "diamonds-that-care",
    is_published: bool = True,
    **fields: object,
) -> Collection:
    """Return a collection, published unless said otherwise."""
    values: dict[str, object] = {
        "name": "Diamonds That Care",
        "tagline": "Natural brown diamonds, each with its own papers.",
        "description": "Chosen for their brown.\n\nOne tenth goes to a good cause.",
        "published_at": AT if is_published else None,
    }
    return Collection.objects.create(
        slug=slug, pledge=pledge or make_pledge(), **(values | fields)
    )


def make_item(
    *,
    collection: Collection | None = None,
    is_published: bool = True,
    **fields: object,
) -> Item:
    """Return an item at $2,499.00, published unless said otherwise."""
    number = next(_serial)
    values: dict[str, object] = {
        "slug": f"aya-{number}",
        "name": "Aya ring",
        "kind": "ring",
        "metal": "14k rose gold",
        "shade": "C5",
        "stone_summary": "0.61 ct round brilliant",
        "description": "Six prongs hold one cognac stone.",
        "dimensions": "Band 1.8 mm wide",
        "care": "Warm water and a soft brush.",
        "price_amount": 249900,
        "currency": "USD",
        "position": number,
        "published_at": AT if is_published else None,
    }
    return Item.objects.create(
        collection=collection or make_collection(), **(values | fields)
    )


def make_piece(
    *,
    item: Item | None = None,
    serial_number: str = "",
    size: str = "6½",
    is_on_sale: bool = True,
    **stone: object,
) -> Piece:
    """Return a piece with one stone and a full chain, on sale unless said otherwise."""
    piece = Piece.objects.create(
        item=item or make_item(),
        serial_number=serial_number or f"DTC-{next(_serial):06}",
        size=size,
        limits="We do not know which miner found the rough.",
    )
    make_stone(piece=piece, **stone)
    make_chain(piece=piece)
    if is_on_sale:
        catalog.put_on_sale(piece_ids=[piece.pk], at=AT)
        piece.refresh_from_db()
    return piece


def make_stone(*, piece: Piece, **fields: object) -> Stone:
    """Return a natural stone of 0.61 ct, graded by a laboratory."""
    values: dict[str, object] = {
        "position": 1,
        "kind": "natural",
        "basis": "laboratory",
        "cut": "round brilliant",
        "carat": "0.61",
        "shade": "C5",
        "color_words": "Fancy Brown",
        "clarity": "SI1",
        "laboratory": "Example Gem Laboratory",
        "report_number": "XGL-FICT-2207",
        "inscription": "DEMO XGL 2207",
    }
    return Stone.objects.create(piece=piece, **(values | fields))


def make_chain(
    *, piece: Piece, kinds: Sequence[str] = tuple(step[0] for step in CHAIN)
) -> list[CustodyEvent]:
    """Return the steps of `CHAIN` with these kinds, in order."""
    steps = [step for step in CHAIN if step[0] in kinds]
    return CustodyEvent.objects.bulk_create(
        _make_event(piece, number, step) for number, step in enumerate(steps, start=1)
    )


def make_picture(*, width: int = 40, height: int = 40) -> ContentFile:
    """Return a small JPEG file."""
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "#97663a").save(buffer, "JPEG")
    return ContentFile(buffer.getvalue(), name="picture.jpg")


def make_item_image(*, item: Item, **fields: object) -> ItemImage:
    """Return one picture of an item, without renditions."""
    values: dict[str, object] = {
        "file": make_picture(),
        "alt_text": "Aya ring on warm white paper.",
        "view": "front",
    }
    return ItemImage.objects.create(item=item, **(values | fields))


def make_collection_image(
    *, collection: Collection, **fields: object
) -> CollectionImage:
    """Return one wide picture of a collection."""
    values: dict[str, object] = {
        "file": make_picture(width=80, height=44),
        "alt_text": "Three rings on pale limestone.",
    }
    return CollectionImage.objects.create(collection=collection, **(values | fields))


def make_many_items(*, collection: Collection, count: int) -> None:
    """Fill a collection with items that each have one piece on sale, in sets.

    Certificates share one frozen text: only lists are read from these rows.
    """
    numbers = range(1, count + 1)
    items = Item.objects.bulk_create(
        (_make_numbered_item(collection, number) for number in numbers), batch_size=2000
    )
    pieces = Piece.objects.bulk_create(
        (Piece(item=item, serial_number=f"MANY-{item.pk}") for item in items),
        batch_size=2000,
    )
    Certificate.objects.bulk_create(
        (_make_numbered_certificate(piece) for piece in pieces), batch_size=2000
    )
    certificate = Certificate.objects.filter(piece=OuterRef("pk")).values("pk")[:1]
    Piece.objects.filter(item__collection=collection).update(
        certificate=Subquery(certificate), status="on_sale"
    )


def _make_event(piece: Piece, number: int, step: tuple[str, ...]) -> CustodyEvent:
    kind, day, place, country, actor = step
    document = f"FICTIONAL document {number} of {piece.serial_number}"
    return CustodyEvent(
        piece=piece,
        sequence=number,
        kind=kind,
        place=place,
        country=country,
        place_precision="this_place",
        happened_on=datetime.date.fromisoformat(day),
        date_precision="month" if day.endswith("-01") else "day",
        actor=actor,
        document=document,
        document_sha256=hashlib.sha256(document.encode()).hexdigest(),
        basis="document_held",
    )


def _make_numbered_item(collection: Collection, number: int) -> Item:
    return Item(
        collection=collection,
        slug=f"item-{number}",
        name=f"Item {number}",
        kind=("ring", "earrings", "necklace", "bracelet")[number % 4],
        metal=("14k rose gold", "14k yellow gold", "recycled platinum")[number % 3],
        shade=f"C{number % 7 + 1}",
        stone_summary="0.61 ct round brilliant",
        price_amount=100000 + number * 100,
        currency="USD",
        position=number,
        published_at=AT + datetime.timedelta(seconds=number),
    )


def _make_numbered_certificate(piece: Piece) -> Certificate:
    return Certificate(
        piece=piece,
        number=f"M{piece.pk}",
        text='{"events":[],"stones":[]}',
        digest="0" * 64,
        weakest_basis="not_known",
        issued_at=AT,
    )
