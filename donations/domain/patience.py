"""How long work that failed waits for its next try."""

from datetime import timedelta

# A wait beyond any that somebody sets; more doublings only make larger numbers.
_MOST_DOUBLINGS = 30


def wait_after(*, tries: int, first: timedelta, longest: timedelta) -> timedelta:
    """Return the wait after so many tries before this one: each failure doubles it."""
    return min(first * (1 << min(tries, _MOST_DOUBLINGS)), longest)
