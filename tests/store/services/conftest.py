"""What the tests of services share."""

import pytest

from tests import orders
from tests.store_factories import make_item, make_piece


@pytest.fixture
def simulator(simulator, at):
    """The simulator at the moment of the tests' story."""
    simulator.clock.set_to(at)
    return simulator


@pytest.fixture
def piece(db):
    """A piece on sale, with a certificate, in a published collection."""
    return make_piece(item=make_item())


@pytest.fixture
def placed(piece, simulator, at):
    """An order for `piece` whose payment page is open."""
    return orders.place_order(piece, at=at)
