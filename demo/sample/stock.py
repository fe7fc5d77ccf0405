"""Writes the sample's items with their pictures, pieces, stones and custody events.

Rows are inserted in bulk; whether a piece may be sold, its certificate and what
shoppers see are decided by the services, as they are for a merchandiser.
"""

import dataclasses
import datetime
import itertools
from collections.abc import Iterator, Sequence

from django.core.files.base import ContentFile
from django.db import transaction

from demo.sample import chains, chance, designs, documents, places
from demo.sample.designs import Design
from store.domain.certificate import Basis, EventKind, StoneKind
from store.models import Collection, CustodyEvent, Item, ItemImage, Piece, Stone
from store.services import catalog, pictures

CARE = (
    "Take it off for swimming and heavy work. Clean it with warm water, a drop of "
    "dish soap and a soft brush; we check the setting free of charge once a year."
)
# Serial numbers of pieces that lack a step: drafts that the publish gate refuses.
INCOMPLETE = {
    "DTC-0001-08": EventKind.GRADED,
    "DTC-0009-08": EventKind.CUT,
    "DTC-0012-07": EventKind.SET,
}
CLARITIES = ("VVS2", "VS1", "VS1", "VS2", "VS2", "SI1", "SI1")


@dataclasses.dataclass(frozen=True, slots=True)
class _Blank:
    """One piece before its rows exist; its chain may lack a step."""

    design: Design
    number: int
    serial_number: str
    size: str
    chain: chains.Chain


def add_pictured(
    collection: Collection, design: Design, *, at: datetime.datetime
) -> None:
    """Add one item of the catalogue: pictures, papers and all."""
    with transaction.atomic():
        item = _item(collection, design)
        item.save()
        for position, picture in enumerate(design.pictures, start=1):
            _add_picture(item, position, picture)
        _add_pieces([(design, item)], is_pictured=True, at=at)
        catalog.publish_items(item_ids=[item.pk], at=at)


def add_plain(
    collection: Collection, chosen: Sequence[Design], *, at: datetime.datetime
) -> None:
    """Add made-up items in one go; they share their models' pictures and renditions."""
    with transaction.atomic():
        items = Item.objects.bulk_create(_item(collection, one) for one in chosen)
        ItemImage.objects.bulk_create(_shared_pictures(chosen, items))
        pairs = list(zip(chosen, items, strict=True))
        _add_pieces(pairs, is_pictured=False, at=at)
        catalog.publish_items(item_ids=[item.pk for item in items], at=at)


def _item(collection: Collection, design: Design) -> Item:
    return Item(
        collection=collection,
        slug=design.slug,
        name=design.name,
        kind=design.kind,
        metal=design.metal,
        shade=design.shade,
        stone_summary=design.summary,
        description=design.description,
        dimensions=design.dimensions,
        care=CARE,
        price_amount=design.price,
        currency="USD",
        position=design.number,
    )


def _add_picture(item: Item, position: int, picture: designs.Picture) -> None:
    row = ItemImage.objects.create(
        item=item,
        position=position,
        file=ContentFile(picture.path.read_bytes(), name=picture.file),
        view=picture.view,
        alt_text=picture.alt_text,
    )
    pictures.owe_renditions(picture=row)


def _shared_pictures(
    chosen: Sequence[Design], items: Sequence[Item]
) -> Iterator[ItemImage]:
    """Yield pictures that show the files of the pictured items."""
    first = ItemImage.objects.filter(
        position=1, item__slug__in=designs.pictured_slugs()
    )
    known = {image.alt_text: image for image in first}
    for design, item in zip(chosen, items, strict=True):
        shown = known[design.pictures[0].alt_text]
        yield ItemImage(
            item=item,
            file=shown.file.name,
            width=shown.width,
            height=shown.height,
            view=shown.view,
            alt_text=shown.alt_text,
            renditions=shown.renditions,
            rendered_at=shown.rendered_at,
        )


def _add_pieces(
    pairs: Sequence[tuple[Design, Item]], *, is_pictured: bool, at: datetime.datetime
) -> None:
    """Add pieces; those of made-up items have short chains and no papers on file."""
    blanks = [
        blank
        for design, _ in pairs
        for blank in _blanks(design, is_short=not is_pictured)
    ]
    items = {design.number: item for design, item in pairs}
    pieces = Piece.objects.bulk_create(
        _piece(items[blank.design.number], blank) for blank in blanks
    )
    made = list(zip(pieces, blanks, strict=True))
    Stone.objects.bulk_create(
        itertools.chain.from_iterable(_stones(piece, blank) for piece, blank in made)
    )
    CustodyEvent.objects.bulk_create(
        itertools.chain.from_iterable(
            _events(piece, blank, has_papers=is_pictured) for piece, blank in made
        )
    )
    catalog.put_on_sale(
        piece_ids=[p.pk for p in pieces if p.serial_number not in INCOMPLETE], at=at
    )


def _blanks(design: Design, *, is_short: bool) -> Iterator[_Blank]:
    draw = chance.seeded("sizes", design.number)
    sizes = [*design.sizes, *draw.choices(design.sizes, k=design.pieces)]
    for n, size in enumerate(sizes[: design.pieces], start=1):
        serial_number = f"DTC-{design.number:04d}-{n:02d}"
        number = design.number * 100 + n
        chain = chains.make_chain(number, metal=design.metal, is_short=is_short)
        yield _Blank(
            design, number, serial_number, size, _without(chain, serial_number)
        )


def _without(chain: chains.Chain, serial_number: str) -> chains.Chain:
    """Return the chain without the step that an incomplete piece lacks."""
    lacking = INCOMPLETE.get(serial_number)
    steps = tuple(step for step in chain.steps if step.kind != lacking)
    return dataclasses.replace(chain, steps=steps)


def _piece(item: Item, blank: _Blank) -> Piece:
    return Piece(
        item=item,
        serial_number=blank.serial_number,
        size=blank.size,
        limits=_limits(blank),
    )


def _limits(blank: _Blank) -> str:
    """Say what nobody knows about the piece, in sentences."""
    small = blank.design.small
    sentences = [
        "We hold the papers named here; we did not see the stone being mined.",
        "The producer sorts the stones of several deposits together; this one comes "
        "from one of them."
        if blank.chain.is_from_a_sort
        else "",
        "The small stones are mixed and were not traced to a deposit."
        if small and small.count > 1
        else "",
    ]
    return " ".join(sentence for sentence in sentences if sentence)


def _stones(piece: Piece, blank: _Blank) -> Iterator[Stone]:
    design = blank.design
    draw = chance.seeded("stone", blank.number)
    yield Stone(
        piece=piece,
        position=1,
        kind=StoneKind.NATURAL,
        basis=Basis.LABORATORY,
        cut=design.cut,
        carat=designs.carat_text(draw.randint(*design.carats)),
        shade=design.shade,
        color_words=design.color_words,
        clarity=draw.choice(CLARITIES),
        treatment="none found by the laboratory",
        laboratory=places.LABORATORY.actor,
        report_number=chains.report_number(blank.number),
        inscription=(
            chains.inscription(blank.number) if blank.chain.is_inscribed else ""
        ),
    )
    if design.small is not None:
        yield Stone(
            piece=piece,
            position=2,
            kind=StoneKind.NATURAL,
            basis=Basis.STATED_BY_SUPPLIER,
            cut=design.small.cut_text,
            carat=designs.carat_text(design.small.hundredths),
            shade=design.small.shade,
            color_words="",
        )


def _events(piece: Piece, blank: _Blank, *, has_papers: bool) -> Iterator[CustodyEvent]:
    for sequence, step in enumerate(blank.chain.steps, start=1):
        yield CustodyEvent(
            piece=piece,
            sequence=sequence,
            kind=step.kind,
            place=step.facility.address,
            country=step.facility.country,
            place_precision=step.place_precision,
            happened_on=step.on,
            date_precision=step.date_precision,
            actor=step.facility.actor,
            document=step.document,
            document_file=documents.store(step) if has_papers else "",
            document_sha256=documents.digest_of(step),
            basis=step.basis,
        )
