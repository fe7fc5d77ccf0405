"""What the sample collection is made of: the pictured items, and as many more as asked.

Plain values, read from the data files beside this module; nothing here writes.
"""

import csv
import dataclasses
import functools
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from demo.sample import chance

FOLDER = Path(__file__).resolve().parent
CATALOGUE = FOLDER / "catalogue"
# Of a made-up item.
LEAST_PIECES, MOST_PIECES = 3, 99


@dataclasses.dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the catalogue, with the alternative text it came with."""

    file: str
    view: str
    width: int
    height: int
    alt_text: str

    @property
    def path(self) -> Path:
        """Return where the picture lies in the checkout."""
        return CATALOGUE / self.file


@dataclasses.dataclass(frozen=True, slots=True)
class SideStones:
    """The other stones of a piece: how many, their weight together, cut and shade."""

    count: int
    hundredths: int
    cut: str
    shade: str

    @property
    def cut_text(self) -> str:
        """Return the cut, and the number of stones where there are several."""
        return self.cut if self.count == 1 else f"{self.cut} ({self.count} stones)"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Design:
    """One item of the collection and what its pieces have in common."""

    number: int
    slug: str
    name: str
    kind: str
    metal: str
    shade: str
    color_words: str
    cut: str
    carats: tuple[int, int]
    small: SideStones | None
    summary: str
    price: int
    pieces: int
    sizes: tuple[str, ...]
    dimensions: str
    description: str
    pictures: tuple[Picture, ...]


def read_data(name: str) -> dict[str, Any]:
    """Read one of the data files."""
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


def read_pictures() -> dict[str, list[Picture]]:
    """Return the catalogue's pictures by the item, stone or scene they show."""
    pictures: dict[str, list[Picture]] = {}
    with (CATALOGUE / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
        for row in csv.DictReader(manifest):
            pictures.setdefault(row["product_slug"], []).append(
                Picture(
                    file=row["file"],
                    view=row["view"],
                    width=int(row["width"]),
                    height=int(row["height"]),
                    alt_text=row["alt_text"],
                )
            )
    return pictures


def read_designs() -> list[Design]:
    """Return the pictured items, in the collection's order."""
    pictures = read_pictures()
    rows = read_data("items.toml")["items"]
    return [
        _design(number, row, tuple(pictures[row["slug"]]))
        for number, row in enumerate(rows, start=1)
    ]


@functools.cache
def pictured_slugs() -> tuple[str, ...]:
    """Return the slugs of the pictured items."""
    return tuple(design.slug for design in read_designs())


def vary_designs(first: int, last: int, *, spare: int) -> Iterator[Design]:
    """Yield made-up variations of the pictured items, numbered from `first` to `last`.

    Each is its model in another weight, shade and price, so that filters and sorting
    have something to do. Beside the piece that each keeps for shoppers, all made-up
    items up to `last` have at least `spare` pieces together, evenly spread.
    """
    models = read_designs()
    made_up = last - len(models)
    for number in range(first, last + 1):
        nth = number - len(models)
        share = nth * spare // made_up - (nth - 1) * spare // made_up
        pieces = min(max(LEAST_PIECES, share + 1), MOST_PIECES)
        yield _vary(models[number % len(models)], number, pieces)


def _design(number: int, row: dict[str, Any], pictures: tuple[Picture, ...]) -> Design:
    small = row.get("small")
    carats = (row["carats"][0], row["carats"][1])
    return Design(
        number=number,
        slug=row["slug"],
        name=row["name"],
        kind=row["kind"],
        metal=row["metal"],
        shade=row["shade"],
        color_words=row["color_words"],
        cut=row["cut"],
        carats=carats,
        small=SideStones(*small) if small else None,
        summary=row.get("summary") or _summary(carats, row["cut"], small),
        price=row["price"],
        pieces=row["pieces"],
        sizes=tuple(row["sizes"]),
        dimensions=row["dimensions"],
        description=row["description"].strip(),
        pictures=pictures,
    )


def _summary(carats: tuple[int, int], cut: str, small: list[Any] | None) -> str:
    weights = " to ".join(dict.fromkeys(carat_text(carat) for carat in carats))
    others = f", {small[0]} small stones" if small else ""
    return f"{weights} ct {cut}{others}"


def _vary(model: Design, number: int, pieces: int) -> Design:
    draw = chance.seeded("design", number)
    factor = draw.randint(60, 240)
    carats = tuple(max(3, carat * factor // 100) for carat in model.carats)
    return dataclasses.replace(
        model,
        number=number,
        slug=f"{model.slug}-{number}",
        name=f"{model.name} {number}",
        shade=draw.choice(["C1", "C2", "C3", "C4", "C5", "C6", "C7"]),
        carats=(carats[0], carats[1]),
        small=None,
        summary=f"{carat_text(carats[0])} ct {model.cut} and up",
        price=model.price * factor // 100 // 1000 * 1000,
        pieces=pieces,
        description="A variation, made to show the collection at its full size.",
        pictures=model.pictures[:1],
    )


def carat_text(hundredths: int) -> str:
    """Return a weight with its two decimals."""
    return f"{hundredths // 100}.{hundredths % 100:02d}"
