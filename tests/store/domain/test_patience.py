"""Work that failed waits ever longer for its next try, up to a limit."""

from datetime import timedelta

import pytest

from store.domain import patience

MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("tries", "minutes"), [(0, 1), (1, 2), (2, 4), (5, 32), (6, 60), (32_767, 60)]
)
def test_each_failure_doubles_the_wait(tries, minutes):
    """The first wait is doubled with every try until it is the longest."""
    wait = patience.wait_after(tries=tries, first=MINUTE, longest=60 * MINUTE)

    assert wait == minutes * MINUTE
