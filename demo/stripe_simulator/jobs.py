"""What happens by itself later: a Session expires, a capture or refund settles."""

from collections.abc import Callable

from demo.stripe_simulator.clock import Clock
from demo.stripe_simulator.state import State


class Jobs:
    """Things to do at a simulated moment."""

    def __init__(self, state: State, clock: Clock) -> None:
        """Start without anybody to do them."""
        self._state = state
        self._clock = clock
        self._workers: dict[str, Callable[[str], None]] = {}

    def register(self, kind: str, work: Callable[[str], None]) -> None:
        """Say who does a kind of job."""
        self._workers[kind] = work

    def schedule(self, kind: str, target: str, due_at: float) -> None:
        """Plan a job for one object."""
        sql = "INSERT INTO job (kind, target, due_at) VALUES (?, ?, ?)"
        self._state.execute(sql, (kind, target, due_at))

    def run_due(self, *kinds: str) -> None:
        """Do the jobs of these kinds whose moment has come."""
        self._run(kinds, self._clock.now())

    def run_all(self, *kinds: str) -> None:
        """Do the jobs of these kinds whatever the time."""
        self._run(kinds, float("inf"))

    def next_due_at(self) -> float | None:
        """Return the moment of the next job."""
        rows = self._state.execute("SELECT MIN(due_at) AS due_at FROM job")
        return rows[0]["due_at"] if rows else None

    def _run(self, kinds: tuple[str, ...], until: float) -> None:
        marks = ", ".join("?" * len(kinds))
        sql = (
            f"SELECT * FROM job WHERE kind IN ({marks})"  # noqa: S608  marks only
            " AND due_at <= ? ORDER BY due_at, seq"
        )
        with self._state.transaction():
            for row in self._state.execute(sql, [*kinds, until]):
                self._state.execute("DELETE FROM job WHERE seq = ?", (row["seq"],))
                self._workers[row["kind"]](row["target"])
