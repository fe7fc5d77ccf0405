"""The clock of the simulator, which can be moved to see time pass."""

import datetime
import time

from demo.stripe_simulator.state import State

OFFSET = "clock_offset_seconds"


class Clock:
    """Wall time plus an offset that survives a restart."""

    def __init__(self, state: State) -> None:
        """Take the offset from the state."""
        self._state = state

    @property
    def offset_seconds(self) -> float:
        """How far ahead of wall time the clock is."""
        return float(self._state.recall(OFFSET, "0"))

    def now(self) -> float:
        """Return the simulated moment in seconds since 1970."""
        return time.time() + self.offset_seconds

    def seconds(self) -> int:
        """Return the simulated moment in whole seconds."""
        return int(self.now())

    def move(self, seconds: float) -> None:
        """Move the clock ahead, or back when negative."""
        self._state.remember(OFFSET, str(self.offset_seconds + seconds))

    def set_to(self, at: datetime.datetime) -> None:
        """Make it `at` now; time goes on from there."""
        self._state.remember(OFFSET, str(at.timestamp() - time.time()))

    def reset(self) -> None:
        """Go back to wall time."""
        self._state.remember(OFFSET, "0")
