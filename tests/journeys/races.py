"""Runs one act in many threads at the same moment, each on its own connection."""

import threading
from concurrent import futures

from django.db import connections

WAIT_SECONDS = 60


def run_together(count, act):
    """Call `act(number)` in `count` threads at once; return results and exceptions."""
    start = threading.Barrier(count)

    def run(number):
        try:
            start.wait(WAIT_SECONDS)
            return act(number)
        except Exception as error:  # noqa: BLE001  the caller asserts which it was
            return error
        finally:
            connections.close_all()

    with futures.ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


class Meeting:
    """A place where threads wait for each other, or for a moment at most."""

    def __init__(self, count, seconds=5):
        self._barrier = threading.Barrier(count)
        self._seconds = seconds

    def wait(self):
        """Go on when all are here, or when the time is up."""
        try:
            self._barrier.wait(self._seconds)
        except threading.BrokenBarrierError:
            return
