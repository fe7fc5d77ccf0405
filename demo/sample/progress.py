"""Shows how far seeding has come: a bar on a terminal, plain lines anywhere else."""

import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from rich.console import Console
from rich.progress import track

Step = TypeVar("Step")
PLAIN_SECONDS = 10


class Progress:
    """Reports steps and what came of them."""

    def __init__(self, console: Console | None = None) -> None:
        """Write to the console that is given, else to standard output."""
        self._console = console or Console(highlight=False)

    def say(self, line: str) -> None:
        """Write one line."""
        self._console.print(f"  {line}", markup=False)

    def follow(self, label: str, steps: Iterable[Step], total: int) -> Iterator[Step]:
        """Yield the steps and show how many of them are done."""
        if self._console.is_terminal:
            yield from track(
                steps, f"  {label}", total=total, console=self._console, transient=True
            )
        else:
            yield from self._follow_plainly(label, steps, total)
        self.say(f"{label}: {total}")

    def _follow_plainly(
        self, label: str, steps: Iterable[Step], total: int
    ) -> Iterator[Step]:
        said = time.monotonic()
        for done, step in enumerate(steps):
            if time.monotonic() - said > PLAIN_SECONDS:
                said = time.monotonic()
                self.say(f"{label}: {done} of {total}")
            yield step
