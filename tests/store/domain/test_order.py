"""The table of an order's moves."""

import pytest

from store.domain.order import (
    CLAIMING,
    ORDER_MOVES,
    PAYABLE,
    IllegalMoveError,
    OrderStatus,
    check_move,
)


def test_table_names_every_status():
    """Every status has a row in the table of moves."""
    assert set(ORDER_MOVES) == set(OrderStatus)


@pytest.mark.parametrize("before", OrderStatus)
@pytest.mark.parametrize("after", OrderStatus)
def test_only_listed_moves_are_legal(before, after):
    """A move is accepted when the table lists it and refused otherwise."""
    if after in ORDER_MOVES[before]:
        check_move(before, after)
    else:
        with pytest.raises(IllegalMoveError, match=f"from {before} to {after}"):
            check_move(before, after)


def test_sold_order_follows_its_money():
    """Money may go and come back in any order: each status after a sale is reached."""
    after_sale = {"paid", "refunding", "refunded", "disputed", "lost"}

    for status in after_sale:
        assert after_sale - {status} <= ORDER_MOVES[OrderStatus(status)]


def test_sold_order_is_never_reviewed_or_let_go():
    """An order that is paid keeps its pieces: it cannot expire, nor go to review."""
    assert not ORDER_MOVES[OrderStatus.PAID] & {"review", "expired", "canceled"}


def test_late_money_can_pay_released_order():
    """An order that let its pieces go can still become paid, one in review cannot."""
    assert PAYABLE == CLAIMING | {OrderStatus.EXPIRED, OrderStatus.CANCELED}
