"""What a certificate says: canonical bytes, digest, and the check of its chain.

The document holds no price, no name of a customer and no float. Equal facts give
equal bytes (RFC 8785), so anyone can recompute the digest. Signing is not here.
"""

import calendar
import datetime
import hashlib
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import rfc8785

FORMAT = "goodcarat-certificate-1"


class EventKind(StrEnum):
    """One kind of step in a piece's history, in the order of the journey."""

    MINED = "mined"
    SORTED = "sorted"
    KP_EXPORTED = "kp_exported"
    IMPORTED = "imported"
    PLANNED = "planned"
    CUT = "cut"
    POLISHED = "polished"
    GRADED = "graded"
    INSCRIBED = "inscribed"
    TRADED = "traded"
    METAL_SOURCED = "metal_sourced"
    SET = "set"
    HALLMARKED = "hallmarked"
    RECEIVED = "received"


# Without every one of these, in this order, a piece is not for sale.
REQUIRED_STEPS = (
    EventKind.MINED,
    EventKind.SORTED,
    EventKind.CUT,
    EventKind.POLISHED,
    EventKind.GRADED,
    EventKind.SET,
)


class DatePrecision(StrEnum):
    """How exactly the date of a step is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    NOT_KNOWN = "not_known"


class PlacePrecision(StrEnum):
    """How exactly the place of a step is known."""

    THIS_PLACE = "this_place"
    THIS_COUNTRY = "this_country"
    PRODUCERS_SORT = "producers_sort"
    NOT_KNOWN = "not_known"


class Basis(StrEnum):
    """What a claim rests on, strongest first."""

    LABORATORY = "laboratory"
    AUDITED = "audited"
    DOCUMENT_HELD = "document_held"
    OWN_RECORD = "own_record"
    STATED_BY_SUPPLIER = "stated_by_supplier"
    NOT_KNOWN = "not_known"


class StoneKind(StrEnum):
    """Whether the stone grew in the earth or in a reactor; printed before all else."""

    NATURAL = "natural"
    LABORATORY_GROWN = "laboratory_grown"
    NOT_KNOWN = "not_known"


@dataclass(frozen=True, slots=True)
class StoneFacts:
    """What is claimed of one stone; `carat` is decimal text with two places."""

    position: int
    kind: str
    basis: str
    cut: str
    carat: str
    shade: str
    color_words: str
    clarity: str
    treatment: str
    laboratory: str
    report_number: str
    inscription: str


@dataclass(frozen=True, slots=True)
class EventFacts:
    """What is claimed of one step: what, where, when, who, on what document."""

    sequence: int
    kind: str
    place: str
    country: str
    place_precision: str
    happened_on: datetime.date | None
    date_precision: str
    actor: str
    document: str
    document_sha256: str
    basis: str


@dataclass(frozen=True, slots=True)
class PieceFacts:
    """Everything a certificate is made from, as plain values."""

    number: str
    version: int
    issued_on: datetime.date
    issuer: str
    serial_number: str
    item: str
    metal: str
    size: str
    limits: str
    stones: tuple[StoneFacts, ...]
    events: tuple[EventFacts, ...]


def canonical_text(facts: PieceFacts) -> str:
    """Return the certificate's frozen text: RFC 8785 JSON, dates cut to precision."""
    document = _fields(facts) | {
        "format": FORMAT,
        "issued_on": facts.issued_on.isoformat(),
        "stones": [_fields(stone) for stone in facts.stones],
        "events": [_event_document(event) for event in facts.events],
    }
    return rfc8785.dumps(document).decode()


def digest_of(text: str) -> str:
    """Return the SHA-256 of a certificate's text, as 64 lowercase hex digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def what_is_missing(
    stones: Sequence[StoneFacts], events: Sequence[EventFacts]
) -> list[str]:
    """Say in plain sentences what keeps a piece from being sold; empty when nothing.

    `events` come in the order of their sequence.
    """
    return [
        *_missing_stones(stones),
        *_missing_steps(events),
        *_steps_out_of_order(events),
        *_steps_without_proof(events),
        *_dates_running_backwards(events),
    ]


def weakest_basis(events: Sequence[EventFacts]) -> Basis:
    """Return the weakest basis on the way from mine to shop: the honest headline."""
    strength = list(Basis)
    found = [Basis(event.basis) for event in events if event.kind in REQUIRED_STEPS]
    return max(found, key=strength.index, default=Basis.NOT_KNOWN)


def date_text(happened_on: datetime.date | None, precision: str) -> str:
    """Return a date no more exactly than it is known: 2019-07-04, 2019-07 or 2019."""
    if happened_on is None or precision == DatePrecision.NOT_KNOWN:
        return ""
    width = {DatePrecision.DAY: 10, DatePrecision.MONTH: 7, DatePrecision.YEAR: 4}
    return happened_on.isoformat()[: width[DatePrecision(precision)]]


def _event_document(event: EventFacts) -> dict[str, Any]:
    happened_on = date_text(event.happened_on, event.date_precision)
    return _fields(event) | {"happened_on": happened_on}


def _fields(facts: PieceFacts | StoneFacts | EventFacts) -> dict[str, Any]:
    """Return the facts by name, as they are: a deep copy would cost more than JCS."""
    return {field.name: getattr(facts, field.name) for field in fields(facts)}


def _missing_stones(stones: Sequence[StoneFacts]) -> list[str]:
    if not stones:
        return ["Add at least one stone."]
    return [
        f"Stone {stone.position}: say whether it is natural or laboratory-grown, "
        "and on what basis."
        for stone in stones
        if stone.kind == StoneKind.NOT_KNOWN or stone.basis == Basis.NOT_KNOWN
    ]


def _missing_steps(events: Sequence[EventFacts]) -> list[str]:
    present = {event.kind for event in events}
    return [
        f"Add the step “{step}” to the chain."
        for step in REQUIRED_STEPS
        if step not in present
    ]


def _steps_out_of_order(events: Sequence[EventFacts]) -> list[str]:
    order = list(EventKind)
    faults = []
    for before, after in itertools.pairwise(events):
        if order.index(EventKind(after.kind)) < order.index(EventKind(before.kind)):
            faults.append(
                f"Step {after.sequence} “{after.kind}” cannot come after "
                f"“{before.kind}”."
            )
    return faults


def _steps_without_proof(events: Sequence[EventFacts]) -> list[str]:
    return [
        f"Step {event.sequence} “{event.kind}”: name its {what}."
        for event in events
        if event.kind in REQUIRED_STEPS
        for what, value in (
            ("place", event.place),
            ("actor", event.actor),
            ("document", event.document),
            ("document's SHA-256", event.document_sha256),
        )
        if not value
    ]


def _dates_running_backwards(events: Sequence[EventFacts]) -> list[str]:
    faults = []
    latest_start = datetime.date.min
    for event in events:
        first, last = _span(event)
        if last < latest_start:
            faults.append(
                f"Step {event.sequence} “{event.kind}” is dated before the step "
                "above it."
            )
        latest_start = max(latest_start, first)
    return faults


def _span(event: EventFacts) -> tuple[datetime.date, datetime.date]:
    """Return the first and last day the step can have happened on."""
    day = event.happened_on
    if day is None or event.date_precision == DatePrecision.NOT_KNOWN:
        return datetime.date.min, datetime.date.max
    if event.date_precision == DatePrecision.YEAR:
        return day.replace(month=1, day=1), day.replace(month=12, day=31)
    if event.date_precision == DatePrecision.MONTH:
        last = calendar.monthrange(day.year, day.month)[1]
        return day.replace(day=1), day.replace(day=last)
    return day, day
