"""One guard of the money path, and what it looks like when it is gone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mutation:
    """One guard and what stands in its place when it is removed.

    `guard` is text that stands in its file exactly once; `tests` are where somebody
    must notice. `lines` are those of the checklists in docs/, if any says it.
    """

    name: str
    lines: tuple[str, ...]
    path: str
    guard: str
    instead: str
    tests: tuple[str, ...]
