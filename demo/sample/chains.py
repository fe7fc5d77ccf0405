"""How a sample piece came about: its steps from a deposit in Yakutia to the setting.

Every chain starts between 2017 and 2019, leaves Russia with a fictional Kimberley
Process number and ends in the workshop in 2020. They differ in parcel, length, dates,
how exactly things are known and what each claim rests on.
"""

import dataclasses
import datetime
import functools
import random

from demo.sample import chance, places
from demo.sample.places import Facility
from store.domain.certificate import (
    REQUIRED_STEPS,
    Basis,
    DatePrecision,
    EventKind,
    PlacePrecision,
)

PARCELS = 24
_FIRST_MINED = datetime.date(2017, 3, 1)
_FIRST_EXPORT = datetime.date(2019, 2, 4)
_FIRST_PLANNING = datetime.date(2020, 1, 13)
# One refiner's lot is in many pieces; of its date we know the year.
_REFINED_ON = datetime.date(2020, 3, 2)
_WORKSHOP_PRECISION = {EventKind.METAL_SOURCED: DatePrecision.YEAR}
_WORKSHOP_BASIS = {
    EventKind.GRADED: Basis.LABORATORY,
    EventKind.INSCRIBED: Basis.LABORATORY,
    EventKind.SET: Basis.OWN_RECORD,
    EventKind.RECEIVED: Basis.OWN_RECORD,
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a chain, with the document it rests on."""

    kind: EventKind
    facility: Facility
    on: datetime.date
    document: str
    basis: Basis = Basis.DOCUMENT_HELD
    date_precision: DatePrecision = DatePrecision.DAY
    place_precision: PlacePrecision = PlacePrecision.THIS_PLACE


@dataclasses.dataclass(frozen=True, slots=True)
class Parcel:
    """Rough stones that were exported together and cut by one firm."""

    number: int
    sorter: Facility
    cutter: Facility
    exported_on: datetime.date
    imported_on: datetime.date


@dataclasses.dataclass(frozen=True, slots=True)
class Chain:
    """The steps of one piece, in order, and what they leave open."""

    steps: tuple[Step, ...]
    is_inscribed: bool
    is_from_a_sort: bool


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class _Story:
    """What was drawn for one piece before its steps are told."""

    number: int
    metal: str
    parcel: Parcel
    is_from_a_sort: bool
    is_long: bool
    is_inscribed: bool
    draw: random.Random


def make_chain(number: int, *, metal: str, is_short: bool = False) -> Chain:
    """Return the chain of the piece with this number; equal numbers, equal chains.

    A short one has the steps without which nothing is sold, and the export.
    """
    draw = chance.seeded("chain", number)
    story = _Story(
        number=number,
        metal=metal,
        parcel=_parcel(draw.randrange(PARCELS)),
        is_from_a_sort=draw.randrange(5) == 0,
        is_long=draw.randrange(2) == 0,
        is_inscribed=draw.randrange(3) > 0,
        draw=draw,
    )
    rough = _from_the_ground(story)
    cut = _through_the_cutter(story)
    made = _in_the_workshop(story, cut[-1].on)
    steps = (*rough, *cut, *made)
    if is_short:
        needed = {*REQUIRED_STEPS, EventKind.KP_EXPORTED}
        steps = tuple(step for step in steps if step.kind in needed)
    return Chain(steps, story.is_inscribed, story.is_from_a_sort)


@functools.cache
def _parcel(number: int) -> Parcel:
    draw = chance.seeded("parcel", number)
    exported_on = _later(draw, _FIRST_EXPORT, 0, 330)
    return Parcel(
        number=400 + number,
        sorter=draw.choice(places.SORTERS),
        cutter=draw.choice(places.CUTTERS),
        exported_on=exported_on,
        imported_on=_later(draw, exported_on, 4, 15),
    )


def _from_the_ground(story: _Story) -> tuple[Step, ...]:
    draw, parcel, number = story.draw, story.parcel, story.number
    deposit = draw.choice(places.DEPOSITS)
    span = (parcel.exported_on - _FIRST_MINED).days
    mined_on = _later(draw, _FIRST_MINED, 0, min(span - 120, 870))
    basis = [Basis.DOCUMENT_HELD, Basis.DOCUMENT_HELD, Basis.AUDITED]
    mined = Step(
        kind=EventKind.MINED,
        facility=deposit,
        on=mined_on,
        document=f"Extraction record {deposit.code}-{mined_on.year}-{number:04d}",
        basis=Basis.STATED_BY_SUPPLIER if story.is_from_a_sort else draw.choice(basis),
        date_precision=draw.choice([DatePrecision.MONTH, DatePrecision.YEAR]),
        place_precision=(
            PlacePrecision.PRODUCERS_SORT
            if story.is_from_a_sort
            else PlacePrecision.THIS_PLACE
        ),
    )
    sorted_on = _later(draw, mined_on, 35, 105)
    sheet = f"Sorting sheet {parcel.sorter.code}-{sorted_on.year}-{number:04d}"
    return (
        mined,
        Step(
            kind=EventKind.SORTED,
            facility=parcel.sorter,
            on=sorted_on,
            document=sheet,
            date_precision=draw.choice([DatePrecision.DAY, DatePrecision.MONTH]),
        ),
        Step(
            kind=EventKind.KP_EXPORTED,
            facility=parcel.sorter,
            on=parcel.exported_on,
            document=f"Kimberley Process certificate RU-FICT-{parcel.number:04d}",
        ),
    )


def _through_the_cutter(story: _Story) -> tuple[Step, ...]:
    draw, parcel, number = story.draw, story.parcel, story.number
    cutter = parcel.cutter
    planned_on = _later(draw, max(_FIRST_PLANNING, parcel.imported_on), 3, 40)
    cut_on = _later(draw, planned_on, 4, 15)
    polished_on = _later(draw, cut_on, 5, 20)
    basis = draw.choice([Basis.DOCUMENT_HELD, Basis.STATED_BY_SUPPLIER])
    precision = draw.choice([DatePrecision.DAY, DatePrecision.MONTH])
    step = functools.partial(Step, facility=cutter, basis=basis)
    imported = Step(
        kind=EventKind.IMPORTED,
        facility=cutter,
        on=parcel.imported_on,
        document=f"Import entry {cutter.country}-FICT-{parcel.number:04d}",
    )
    plan = f"Cutting plan {cutter.code}-{number:04d}"
    planned = step(kind=EventKind.PLANNED, on=planned_on, document=plan)
    return (
        imported,
        *((planned,) if story.is_long else ()),
        step(
            kind=EventKind.CUT,
            on=cut_on,
            document=f"Cutting record {cutter.code}-{number:04d}",
            date_precision=precision,
        ),
        step(
            kind=EventKind.POLISHED,
            on=polished_on,
            document=f"Polishing record {cutter.code}-{number:04d}",
            date_precision=precision,
        ),
    )


def _in_the_workshop(story: _Story, polished_on: datetime.date) -> tuple[Step, ...]:
    draw, number, is_long = story.draw, story.number, story.is_long
    graded_on = _later(draw, polished_on, 10, 35)
    traded_on = _later(draw, graded_on, 5, 15)
    set_on = _later(draw, traded_on, 12, 50)
    steps = {
        EventKind.GRADED: (
            places.LABORATORY,
            graded_on,
            f"Report {report_number(number)}",
        ),
        EventKind.INSCRIBED: (places.LABORATORY, graded_on, inscription(number)),
        EventKind.TRADED: (places.WORKSHOP, traded_on, f"Invoice FICT-{number:04d}"),
        EventKind.METAL_SOURCED: (places.REFINER, _REFINED_ON, _lot(story.metal)),
        EventKind.SET: (places.WORKSHOP, set_on, f"Workshop job HO-2020-{number:04d}"),
        EventKind.HALLMARKED: (places.ASSAY, set_on, f"Assay note XA-{number:04d}"),
        EventKind.RECEIVED: (
            places.WORKSHOP,
            _later(draw, set_on, 1, 14),
            f"Goods received note {number:04d}",
        ),
    }
    left_out = {
        EventKind.INSCRIBED: not story.is_inscribed,
        EventKind.TRADED: not is_long,
        EventKind.METAL_SOURCED: "recycled" not in story.metal and not is_long,
        EventKind.HALLMARKED: not is_long,
    }
    return tuple(
        Step(
            kind=kind,
            facility=facility,
            on=on,
            document=document,
            basis=_WORKSHOP_BASIS.get(kind, Basis.DOCUMENT_HELD),
            date_precision=_WORKSHOP_PRECISION.get(kind, DatePrecision.DAY),
        )
        for kind, (facility, on, document) in steps.items()
        if not left_out.get(kind)
    )


def report_number(number: int) -> str:
    """Return the number alone, as the stone's row keeps it."""
    return f"XGL-FICT-{number:04d}"


def inscription(number: int) -> str:
    """Return the words on the stone's girdle."""
    return f"DEMO XGL {number:04d}"


def _lot(metal: str) -> str:
    return f"Refiner's lot LR-FICT-{sum(map(ord, metal)) % 90 + 10:04d}"


def _later(
    draw: random.Random, day: datetime.date, least: int, most: int
) -> datetime.date:
    return day + datetime.timedelta(days=draw.randint(least, most))
