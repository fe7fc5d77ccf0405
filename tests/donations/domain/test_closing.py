"""What a close adds: everyone to their part of the whole, and nobody loses by it."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donations.domain import closing, money

AMOUNTS = st.lists(st.integers(0, 10**12), min_size=1, max_size=6)


def test_v18_true_up_moves_what_drifted():
    """Weights 1, 1; donations 999, 1001, 1003; held 1503 / 1500; true-up -1 / +1."""
    donations = [money.split(amount, [1, 1]) for amount in (999, 1001, 1003)]
    held = dict(enumerate(map(sum, zip(*donations, strict=True))))
    fair = dict(enumerate(money.split(3003, [1, 1])))

    moves = closing.pair_true_ups(held=held, fair=fair)

    assert donations == [[500, 499], [501, 500], [502, 501]]
    assert (held, fair) == ({0: 1503, 1: 1500}, {0: 1502, 1: 1501})
    assert moves == [closing.Move(giver=0, taker=1, amount=1)]


@given(held=AMOUNTS, weights=st.lists(st.integers(1, 99), min_size=6, max_size=6))
def test_true_ups_bring_everyone_to_their_part(held, weights):
    """After its moves everybody has what is fair, whoever gave to whom."""
    fair = money.split(sum(held), weights[: len(held)])
    after = Counter(dict(enumerate(held)))

    moves = closing.pair_true_ups(
        held=dict(enumerate(held)), fair=dict(enumerate(fair))
    )

    for move in moves:
        after[move.giver] -= move.amount
        after[move.taker] += move.amount
    assert after == Counter(dict(enumerate(fair)))
    assert all(move.amount > 0 for move in moves)
    assert len(moves) < len(held) or not moves


def test_true_ups_of_different_sums_are_refused():
    """A true-up adds nothing to the whole."""
    with pytest.raises(ValueError, match="do not come to the same"):
        closing.pair_true_ups(held={1: 5}, fair={1: 6})


def test_v11_minimum_is_reached_by_weight():
    """Minimum 500000, P 480001, weights 60, 40: 11999 + 8000."""
    given = dict(zip("ab", money.split(480_001, [60, 40]), strict=True))

    parts = closing.top_up_parts(
        minimum=500_000, given=given, weights={"a": 60, "b": 40}
    )

    assert parts == {"a": 11_999, "b": 8_000}
    assert {pk: given[pk] + parts[pk] for pk in given} == {"a": 300_000, "b": 200_000}


@pytest.mark.parametrize("given_amount", [500, 501])
def test_minimum_that_is_reached_adds_nothing(given_amount):
    """What has come to the minimum is not topped up."""
    assert not closing.top_up_parts(
        minimum=500, given={1: given_amount}, weights={1: 1}
    )


def test_minimum_of_other_weights_is_split_alone():
    """Where an earlier version gave one of them more, what is lacking is split."""
    parts = closing.top_up_parts(
        minimum=100, given={1: 80, 2: 0}, weights={1: 50, 2: 50}
    )

    assert parts == {1: 10, 2: 10}


def test_minimum_leaves_out_who_has_no_weight_now():
    """A beneficiary of an earlier version is not topped up, but counts."""
    parts = closing.top_up_parts(minimum=100, given={1: 10, 3: 50}, weights={1: 1})

    assert parts == {1: 40}


@pytest.mark.parametrize(
    ("at_end", "now", "expected"),
    [(-24_990, -24_990, 24_990), (-24_990, -90, 90), (-24_990, 15_010, 0), (5, -7, 0)],
)
def test_debt_that_is_left_is_written_off(at_end, now, expected):
    """V15: what was netted since the end is no debt; what came later is not its."""
    assert closing.write_off_amount(at_end=at_end, now=now) == expected
