"""What can be ordered on the control page or by a program: the shape of an order.

The tables are the help as well: whatever is ordered is explained beside it.
"""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

from demo.stripe_simulator.simulator import Simulator

Values = Mapping[str, Any]


@dataclasses.dataclass(frozen=True, slots=True)
class Action:
    """One address below `/control/`, what it does, and the fields it reads."""

    address: str
    does: str
    fields: str
    run: Callable[[str, Values], Any]


class Actions:
    """Some of the actions, over one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        """Keep the simulator."""
        self._simulator = simulator

    def list(self) -> "list[Action]":
        """Return the actions, in the order of the page."""
        raise NotImplementedError
