"""The scenarios, played by the simulator always and by a real sandbox on request.

    STRIPE_SANDBOX_KEY=rk_test_... python -m pytest tests/journeys/test_sandbox.py

Moves no real money: a live key is refused. docs/going-live.md says how to get a key.
"""

import os
import re

import pytest

from tests.journeys import rehearsal
from tests.journeys.scenarios import SCENARIOS

pytestmark = pytest.mark.django_db(transaction=True)

KEY = os.environ.get("STRIPE_SANDBOX_KEY", "")


@pytest.fixture
def sandbox(settings, no_broker):
    """A till in the sandbox whose key is in the environment."""
    if not KEY:
        pytest.skip("set STRIPE_SANDBOX_KEY to a test key to play against Stripe")
    assert re.match(r"(sk|rk)_test_\w+\Z", KEY), "only a test key, never a live one"
    settings.STORE = {
        **settings.STORE,
        "STRIPE_SECRET_KEY": KEY,
        "STRIPE_API_BASE": "",
    }
    return rehearsal.SandboxTill(KEY)


@pytest.mark.parametrize("name", SCENARIOS)
def test_simulator_plays_the_scenario(name, simulator, no_broker):
    """The simulator brings every step to the end that the scenario names."""
    desk = rehearsal.Desk(rehearsal.SimulatedTill(simulator))

    rehearsal.play(SCENARIOS[name], desk)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCENARIOS)
def test_stripe_plays_the_scenario(name, sandbox):
    """A real sandbox brings every step to the same end."""
    rehearsal.play(SCENARIOS[name], rehearsal.Desk(sandbox))
