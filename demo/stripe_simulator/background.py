"""Does in a thread what happens by itself: late results and deliveries."""

import logging
import threading

from demo.stripe_simulator.problem import ApiError
from demo.stripe_simulator.simulator import Simulator

logger = logging.getLogger(__name__)

LONGEST_WAIT_SECONDS = 1.0
SHORTEST_WAIT_SECONDS = 0.02


class Background:
    """A thread that sleeps until the next thing is due."""

    def __init__(self, simulator: Simulator) -> None:
        """Make the thread; it does nothing yet."""
        self._simulator = simulator
        self._is_stopped = False
        self._thread = threading.Thread(
            target=self._run, name="stripe-simulator", daemon=True
        )

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the delivery at hand."""
        self._is_stopped = True
        self._simulator.deliveries.wake.set()
        self._thread.join(timeout=15)

    def _run(self) -> None:
        wake = self._simulator.deliveries.wake
        while not self._is_stopped:
            wake.wait(self._wait_seconds())
            wake.clear()
            if not self._is_stopped:
                self._work()

    def _work(self) -> None:
        self._follow_past()
        self._simulator.tick()
        if self._simulator.deliveries.mode == "auto":
            self._simulator.deliveries.deliver_due()

    def _follow_past(self) -> None:
        """Read the past; a file that cannot be read is told of and tried again."""
        try:
            self._simulator.follow_past()
        except (ApiError, OSError) as error:
            logger.error("The past cannot be taken over: %s", error)

    def _wait_seconds(self) -> float:
        """Return how long nothing is due; a new event ends the wait early."""
        deliveries = self._simulator.deliveries
        if deliveries.mode == "manual":
            return LONGEST_WAIT_SECONDS
        moments = (self._simulator.jobs.next_due_at(), deliveries.next_due_at())
        known = [moment for moment in moments if moment is not None]
        wait = min(known, default=float("inf")) - self._simulator.clock.now()
        return min(max(wait, SHORTEST_WAIT_SECONDS), LONGEST_WAIT_SECONDS)
