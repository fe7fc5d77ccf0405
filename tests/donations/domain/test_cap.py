"""A cap is shared out in the order of setting aside, and never exceeded."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from donations.domain.cap import Holding, cut_share, repost

amounts = st.integers(0, 10**6)


def hold(targets, posted):
    """Return holdings from two lists."""
    return [Holding(*pair) for pair in zip(targets, posted, strict=True)]


V9 = (60_000, 30_000, 24_990, 5_000)


@pytest.mark.checklist("V9", "V10", "V21")
@pytest.mark.parametrize(
    ("cap", "targets", "posted", "expected"),
    [
        (100_000, V9, (0, 0, 0, 0), [60_000, 30_000, 10_000, 0]),
        (
            100_000,
            (20_000, *V9[1:]),
            (60_000, 30_000, 10_000, 0),
            [20_000, 30_000, 24_990, 5_000],
        ),
        (10_000, (8_000, 7_000), (0, 0), [8_000, 2_000]),
        (10_000, (7_000, 8_000), (0, 0), [7_000, 3_000]),
        (None, V9, (0, 0, 0, 0), list(V9)),
        (None, (500,), (900,), [500]),
        (100, (), (), []),
    ],
    ids=["V9", "V10", "V21", "V21 otherwise", "no cap", "no cap, a fall", "nobody"],
)
def test_example_is_shared_out(cap, targets, posted, expected):
    """Worked examples of the donation rules give exactly their amounts."""
    assert repost(cap=cap, holdings=hold(targets, posted)) == expected


@given(
    cap=amounts,
    rows=st.lists(st.tuples(amounts, st.integers(0, 100)), max_size=9),
)
def test_sum_is_cap_or_targets(cap, rows):
    """Whatever was posted within the cap, the sum becomes the lesser of the two."""
    left, holdings = cap, []
    for target, percent in rows:
        posted = min(left, target * percent // 100)
        left -= posted
        holdings.append(Holding(target, posted))

    after = repost(cap=cap, holdings=holdings)

    assert sum(after) == min(cap, sum(target for target, _ in rows))
    for holding, amount in zip(holdings, after, strict=True):
        assert holding.posted <= amount <= holding.target


@given(targets=st.lists(amounts, max_size=9), cap=amounts)
def test_repeating_changes_nothing(targets, cap):
    """What is shared out once stays as it is."""
    once = repost(cap=cap, holdings=hold(targets, [0] * len(targets)))

    assert repost(cap=cap, holdings=hold(targets, once)) == once


def test_others_leave_less():
    """What is held elsewhere is not given twice."""
    after = repost(cap=100, holdings=hold([80, 50], [0, 10]), elsewhere=40)

    assert after == [50, 10]


@pytest.mark.parametrize("holding", [Holding(-1, 0), Holding(0, -1)])
def test_holdings_are_not_negative(holding):
    """No donation holds less than nothing."""
    with pytest.raises(ValueError, match="-1"):
        repost(cap=1, holdings=[holding])


@pytest.mark.parametrize(
    ("left", "expected"), [(None, 900), (1000, 900), (900, 900), (1, 1), (0, 0)]
)
def test_share_is_cut_by_what_is_left(left, expected):
    """A share adds no more than what the cap leaves."""
    assert cut_share(share=900, left=left) == expected
