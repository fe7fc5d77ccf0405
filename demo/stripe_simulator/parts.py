"""What every room of the simulated account works with."""

import dataclasses

from demo.stripe_simulator.clock import Clock
from demo.stripe_simulator.events import Events
from demo.stripe_simulator.jobs import Jobs
from demo.stripe_simulator.state import State
from demo.stripe_simulator.workshop import Workshop


@dataclasses.dataclass(frozen=True, slots=True)
class Parts:
    """Storage, the making of objects, events, late work and time."""

    state: State
    workshop: Workshop
    events: Events
    jobs: Jobs
    clock: Clock
