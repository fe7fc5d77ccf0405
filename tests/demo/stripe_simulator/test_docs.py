"""The page about the simulator: it tells everything that can be ordered."""

import dataclasses
import pathlib

import pytest

from demo.stripe_simulator import accidents, cards, taxes
from demo.stripe_simulator.control_actions import ACTIONS
from demo.stripe_simulator.faults import DeliveryFaults

PAGE = pathlib.Path(__file__).parents[3] / "docs" / "simulator.md"


@pytest.mark.parametrize(
    "words",
    [
        *(card.grouped for card in cards.CARDS.values()),
        *(f"`{name}`" for name in accidents.ACCIDENTS),
        *(f"`{field.name}`" for field in dataclasses.fields(DeliveryFaults)),
    ],
)
def test_everything_that_can_go_wrong_is_told(words):
    """Each card, each accident and each field of deliveries is on the page."""
    assert words in PAGE.read_text(encoding="utf-8")


def test_orders_of_the_examples_exist():
    """Whatever the examples call is an address of the control API."""
    text = PAGE.read_text(encoding="utf-8")
    called = [line.split()[3] for line in text.splitlines() if "$SIM/" in line]

    known = {action.address.split("/")[0] for action in ACTIONS}
    assert len(called) > 10
    assert {path.removeprefix("$SIM/").split("/")[0] for path in called} <= known


def test_rates_on_the_page_are_those_that_count():
    """The page tells each rate as a percentage."""
    text = PAGE.read_text(encoding="utf-8")
    rates = {*taxes.RATES_BPS.values(), *taxes.REGION_RATES_BPS.values()}

    assert all(f"{rate / 100:g}%" in text for rate in rates)
