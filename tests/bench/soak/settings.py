"""The demo's settings on a clock that can be set ahead."""

from demo import settings as demo
from demo.settings import *  # noqa: F403  all of them, as a host's own file has
from tests.bench.soak import clock

clock.install()

# The simulator is not overrun, so no comparison needs to wait.
STORE = {**demo.STORE, "RECONCILE_CALLS_PER_SECOND": 10_000}
