"""How fast a long run may ask Stripe."""

import pytest

from store.services.reconciliation import pacing


class Time:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.now = 100.0

    def read(self):
        """Return the moment."""
        return self.now

    def sleep(self, seconds):
        """Let time pass."""
        self.now += seconds


@pytest.fixture
def time():
    """A clock of the test's own."""
    return Time()


@pytest.fixture
def pace(time, settings):
    """A pace that reads this clock, as fast as the default lets it."""
    settings.STORE = {**settings.STORE, "RECONCILE_CALLS_PER_SECOND": 4}
    return pacing.Pace(clock=time.read, sleep=time.sleep)


@pytest.mark.checklist("I5")
def test_calls_stay_below_five_a_second(pace, time):
    """I5: of many calls at once only four pass in any second."""
    moments = []
    for _ in range(21):
        pace.wait()
        moments.append(time.now)

    apart = [later - first for first, later in zip(moments, moments[4:], strict=False)]
    assert min(apart) >= 1
    assert moments[-1] == 105
    assert pace.calls == 21


def test_rare_calls_do_not_wait(pace, time):
    """Calls that are apart by themselves are not held back."""
    for _ in range(20):
        time.now += 0.25
        pace.wait()

    assert time.now == 105


def test_rows_come_in_pages(pace):
    """A list of Stripe's is read a hundred rows at a time, each page being a call."""
    sizes = [len(page) for page in pace.pages(iter(range(250)))]

    assert sizes == [100, 100, 50]
    assert pace.calls == 3
