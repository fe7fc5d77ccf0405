"""The legal moves of donations and settlements: every pair is decided."""

import itertools

import pytest

from donations.domain import donation as states
from donations.domain.donation import DonationStatus, PartStatus, SettlementStatus

LEGAL = {
    ("due", "set_aside"),
    ("due", "reversed"),
    ("set_aside", "settled"),
    ("set_aside", "reversed"),
    ("settled", "reversed"),
    ("reversed", "due"),
    ("reversed", "set_aside"),
    ("reversed", "settled"),
}


@pytest.mark.parametrize("pair", list(itertools.product(DonationStatus, repeat=2)))
def test_donations_make_legal_moves_only(pair):
    """A donation moves along the table and no other way."""
    if pair in LEGAL:
        states.check_move(*pair)
    else:
        with pytest.raises(states.IllegalMoveError, match="cannot go"):
            states.check_move(*pair)


SETTLEMENT_LEGAL = {
    ("drafted", "approved"),
    ("drafted", "discarded"),
    ("approved", "paid"),
    ("approved", "failed"),
    ("approved", "acknowledged"),
    ("paid", "acknowledged"),
}


@pytest.mark.parametrize("pair", list(itertools.product(SettlementStatus, repeat=2)))
def test_settlements_make_legal_moves_only(pair):
    """A settlement is drafted, approved, paid, acknowledged; or it comes to nothing."""
    if pair in SETTLEMENT_LEGAL:
        states.check_settlement_move(*pair)
    else:
        with pytest.raises(states.IllegalMoveError, match="settlement"):
            states.check_settlement_move(*pair)


@pytest.mark.parametrize(
    ("target", "is_set_aside", "is_settled", "status"),
    [
        (0, False, False, "reversed"),
        (0, True, True, "reversed"),
        (5, False, False, "due"),
        (5, True, False, "set_aside"),
        (5, True, True, "settled"),
    ],
)
def test_status_follows_the_target(target, is_set_aside, is_settled, status):
    """Nothing owed is reversed; else a donation stands where it once came."""
    found = states.status_for(
        target=target, is_set_aside=is_set_aside, is_settled=is_settled
    )

    assert found == status


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        (("in_transit", "paid"), "approved"),
        (("in_transit", "failed"), "approved"),
        (("failed", "failed"), "failed"),
        (("paid", "failed"), "paid"),
        (("paid", "acknowledged"), "paid"),
        (("acknowledged", "failed"), "acknowledged"),
        (("acknowledged",), "acknowledged"),
    ],
)
def test_settlement_stands_where_its_parts_do(parts, status):
    """Its parts say where a settlement is; one that failed holds nobody up."""
    assert states.status_of_parts([PartStatus(part) for part in parts]) == status
