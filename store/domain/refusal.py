"""Inputs that are refused, told so that people and programs can act on it.

What belongs here is the one shape of a refusal. Which rule an input breaks is known
to the module that raises it.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class RefusedError(Exception):
    """An input breaks a rule; change what `field` names and try again.

    `rule` is a word for programs. `limit` is the number that was broken, where the
    rule has one: characters for a length, minor units for an amount.
    """

    def __init__(self, field: str, rule: str, limit: int | None = None) -> None:
        """Keep field, rule and limit, in the order in which a copy is made of them."""
        super().__init__(field, rule, limit)
        self.field = field
        self.rule = rule
        self.limit = limit

    def __str__(self) -> str:
        """Return `field: rule`, for a log."""
        return f"{self.field}: {self.rule}"


@contextmanager
def collect(faults: list[RefusedError]) -> Iterator[None]:
    """Keep a refusal for later and go on, so that one answer can name them all."""
    try:
        yield
    except RefusedError as refused:
        faults.append(refused)
