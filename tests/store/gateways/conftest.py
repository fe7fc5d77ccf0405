"""The gateway under test, and a door in front of the simulator."""

import pytest

from store.gateways.stripe import StripeGateway
from tests.store.gateways.door import Door


@pytest.fixture
def simulator(simulator, at):
    """The simulator at the moment of the tests' story."""
    simulator.clock.set_to(at)
    return simulator


@pytest.fixture
def gateway(simulator):
    """The one production gateway, talking to the simulator."""
    return StripeGateway()


@pytest.fixture
def door(simulator, settings):
    """A door through which the gateway talks to the simulator."""
    door = Door(settings.STORE["STRIPE_API_BASE"])
    settings.STORE = {**settings.STORE, "STRIPE_API_BASE": door.url}
    yield door
    door.shutdown()
    door.server_close()
