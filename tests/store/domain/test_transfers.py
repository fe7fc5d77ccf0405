"""Whom money can be sent on to, and how much of it."""

import pytest

from store.domain import transfers


@pytest.mark.checklist("T4")
@pytest.mark.parametrize(
    ("home", "country", "arranged", "is_reachable"),
    [
        ("US", "US", [], True),
        ("US", "DE", [], True),
        ("GB", "CH", [], True),
        ("JP", "JP", [], True),
        ("US", "JP", [], False),
        ("JP", "US", [], False),
        ("US", "JP", ["JP"], True),
    ],
)
def test_money_stays_in_its_region(home, country, arranged, is_reachable):
    """T4: only inside one region, at home, or where it was arranged."""
    found = transfers.is_reachable(home=home, country=country, arranged=arranged)

    assert found is is_reachable


@pytest.mark.checklist("T2")
@pytest.mark.parametrize(
    ("wanted", "left", "room", "step", "amount"),
    [
        (24_990, 90_000, 249_900, 1, 24_990),
        (24_990, 10_000, 249_900, 1, 10_000),
        (24_990, 90_000, 500, 1, 500),
        (24_990, 90_000, -1, 1, 0),
        (9_877, 90_000, 98_765, 10, 9_870),
    ],
)
def test_charge_pays_what_it_has(wanted, left, room, step, amount):
    """T2: never more than is left of the instruction or the charge, in whole steps."""
    found = transfers.allot(
        wanted=wanted, left_amount=left, room_amount=room, step=step
    )

    assert found == amount
