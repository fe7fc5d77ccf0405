"""The final accounting of a closed period: records of pieces, then their sums.

It says everything up to the period's last day, so that the last statement of a pledge
is all of it. Nothing in it names a customer; a donation is known by its UUID.
"""

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from donations.domain import documents

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Piece:
    """What one donation gave by the end of the period, and to whom."""

    donation: str
    version: int
    currency: str
    base: int
    share: int
    parts: Mapping[str, int]
    settled: int
    territory: str

    @property
    def posted(self) -> int:
        """Return what the ledger held for it."""
        return sum(self.parts.values())


@dataclass(frozen=True, slots=True)
class Adjustments:
    """What belongs to no piece, by currency and beneficiary, and what was paid."""

    true_ups: Mapping[Key, int]
    top_ups: Mapping[Key, int]
    write_offs: Mapping[Key, int]
    paid: Mapping[Key, int]
    fees: Mapping[str, int]


@dataclass(slots=True)
class Sums:
    """Everything that pieces come to; grows with beneficiaries and territories only."""

    pieces: Counter[Key] = field(default_factory=Counter)
    base: Counter[Key] = field(default_factory=Counter)
    posted: Counter[Key] = field(default_factory=Counter)
    share: Counter[str] = field(default_factory=Counter)
    settled: Counter[str] = field(default_factory=Counter)
    given: Counter[Key] = field(default_factory=Counter)

    def add(self, piece: Piece) -> None:
        """Count one piece in."""
        place = (piece.currency, piece.territory)
        self.pieces[place] += 1
        self.base[place] += piece.base
        self.posted[place] += piece.posted
        self.share[piece.currency] += piece.share
        self.settled[piece.currency] += piece.settled
        for beneficiary, amount in piece.parts.items():
            self.given[piece.currency, beneficiary] += amount


def list_records(
    *,
    heads: Iterable[documents.Record],
    pieces: Iterable[Piece],
    adjustments: Adjustments,
    cap: tuple[str, int] | None,
) -> Iterator[documents.Record]:
    """Yield the records of a statement; pieces are streamed, only sums are kept.

    `cap` is the pledge's currency and its cap, if it has one.
    """
    yield from heads
    sums = Sums()
    for piece in pieces:
        sums.add(piece)
        yield _build_piece(piece)
    yield from _list_beneficiaries(sums, adjustments)
    for currency, territory in sorted(sums.pieces):
        yield _build_territory(sums, currency, territory)
    for currency in sorted(_list_currencies(sums, adjustments)):
        yield _build_total(sums, adjustments, currency, cap)


def _build_piece(piece: Piece) -> documents.Record:
    return {
        "kind": "piece",
        "donation": piece.donation,
        "version": piece.version,
        "currency": piece.currency,
        "territory": piece.territory,
        "base": piece.base,
        "share": piece.share,
        "posted": piece.posted,
        "settled": piece.settled,
        "parts": {to: amount for to, amount in piece.parts.items() if amount},
    }


def _list_beneficiaries(
    sums: Sums, adjustments: Adjustments
) -> Iterator[documents.Record]:
    by_kind = (adjustments.true_ups, adjustments.top_ups, adjustments.write_offs)
    for key in sorted(
        {*sums.given, *adjustments.paid, *(k for by in by_kind for k in by)}
    ):
        true_up, top_up, write_off = (by.get(key, 0) for by in by_kind)
        yield {
            "kind": "beneficiary",
            "currency": key[0],
            "beneficiary": key[1],
            "given": sums.given[key],
            "true_up": true_up,
            "top_up": top_up,
            "write_off": write_off,
            "total": sums.given[key] + true_up + top_up + write_off,
            "paid": adjustments.paid.get(key, 0),
        }


def _build_territory(sums: Sums, currency: str, territory: str) -> documents.Record:
    place = (currency, territory)
    return {
        "kind": "territory",
        "currency": currency,
        "territory": territory,
        "pieces": sums.pieces[place],
        "base": sums.base[place],
        "posted": sums.posted[place],
    }


def _list_currencies(sums: Sums, adjustments: Adjustments) -> set[str]:
    kinds: Sequence[Iterable[Key]] = (
        sums.pieces,
        adjustments.top_ups,
        adjustments.write_offs,
        adjustments.paid,
    )
    return {currency for keys in kinds for currency, _ in keys}


def _build_total(
    sums: Sums, adjustments: Adjustments, currency: str, cap: tuple[str, int] | None
) -> documents.Record:
    posted = _sum_of(sums.posted, currency)
    record: dict[str, documents.Value] = {
        "kind": "total",
        "currency": currency,
        "pieces": _sum_of(sums.pieces, currency),
        "base": _sum_of(sums.base, currency),
        "share": sums.share[currency],
        "posted": posted,
        "settled": sums.settled[currency],
        "top_up": _sum_of(adjustments.top_ups, currency),
        "write_off": _sum_of(adjustments.write_offs, currency),
        "paid": _sum_of(adjustments.paid, currency),
        "fees": adjustments.fees.get(currency, 0),
    }
    if cap is not None and cap[0] == currency:
        record |= {"cap": cap[1], "cap_left": cap[1] - posted}
    return record


def _sum_of(amounts: Mapping[Key, int], currency: str) -> int:
    return sum(amount for key, amount in amounts.items() if key[0] == currency)


# A spreadsheet has one row for each record after the heads, and these columns.
COLUMNS = (
    "kind",
    "currency",
    "donation",
    "version",
    "beneficiary",
    "territory",
    "pieces",
    "base",
    "share",
    "posted",
    "settled",
    "given",
    "true_up",
    "top_up",
    "write_off",
    "total",
    "paid",
    "fees",
    "cap",
    "cap_left",
)


def write_csv(records: Iterable[documents.Record]) -> Iterator[str]:
    """Yield the rows of the spreadsheet, the names of its columns first."""
    yield _write_row(COLUMNS)
    for record in records:
        if record["kind"] in ("piece", "beneficiary", "territory", "total"):
            yield _write_row([record.get(name, "") for name in COLUMNS])


def _write_row(cells: Iterable[object]) -> str:
    row = io.StringIO()
    csv.writer(row).writerow(cells)
    return row.getvalue()
