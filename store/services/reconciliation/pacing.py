"""Keeps a long run's calls to Stripe apart, and what it holds in memory small."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import TypeVar

from store.conf import conf

# What Stripe gives at most in one answer: the next one is a call.
PAGE = 100

_Row = TypeVar("_Row")


class Pace:
    """Lets so many calls pass in a second and holds the next one back."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Start with no call made; both functions are a test's to replace."""
        self._clock = clock
        self._sleep = sleep
        self._made: deque[float] = deque(maxlen=conf.RECONCILE_CALLS_PER_SECOND)
        self.calls = 0

    def wait(self) -> None:
        """Wait until one more call may be made, and count it."""
        if len(self._made) == self._made.maxlen:
            rest = self._made[0] + 1 - self._clock()
            if rest > 0:
                self._sleep(rest)
        self._made.append(self._clock())
        self.calls += 1

    def pages(self, rows: Iterator[_Row]) -> Iterator[list[_Row]]:
        """Yield the rows of a list in Stripe's pages, each after waiting its turn."""
        while True:
            self.wait()
            page = list(islice(rows, PAGE))
            if page:
                yield page
            if len(page) < PAGE:
                return
