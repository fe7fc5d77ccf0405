"""Pieces on sale again whose money did not go back after all."""

import pytest

from demo.stripe_simulator.faults import ApiFault
from store.models import Piece
from tests import orders
from tests.orders import statuses
from tests.store.services import money

REFUNDS = "POST /v1/refunds"
PRICE = 249_900


@pytest.fixture
def sale(simulator, db, at):
    """A paid order of one piece."""
    return money.buy(simulator, at)


@pytest.mark.checklist("R3")
def test_piece_of_a_failed_refund_is_off_sale(sale, at):
    """Its money did not go back: a restocked piece is the customer's again."""
    line = sale.lines[0].pk
    refund = sale.request(at, line_ids=(line,), restock_ids=(line,))
    before = statuses(Piece)

    money.answer(refund, "failed", at)

    assert (before, statuses(Piece)) == (["on_sale"], ["sold"])
    assert sale.order.status == "paid"
    assert sale.request(at, line_ids=(line,), restock_ids=(line,)).amount == PRICE
    assert statuses(Piece) == ["on_sale"]


@pytest.mark.checklist("R3")
def test_piece_that_is_sold_on_is_told_to_staff(sale, at):
    """A restocked piece that the next customer holds stays theirs; staff is told."""
    line = sale.lines[0]
    refund = sale.request(at, line_ids=(line.pk,), restock_ids=(line.pk,))
    orders.place_order(line.piece, at=at)

    money.answer(refund, "failed", at)

    assert statuses(Piece) == ["held"]
    told = f"; sold on meanwhile: {line.piece.serial_number}"
    assert sale.order.review_reason == f"Refund failed: {refund.idempotency_key}{told}"


def test_given_up_piece_is_off_sale(sale, simulator, at):
    """A restocked piece whose refund was refused for good is the customer's again."""
    line = sale.lines[0].pk
    fault = ApiFault(REFUNDS, 400, type="invalid_request_error", code="charge_disputed")
    simulator.faults.add(fault)

    sale.refund(at, line_ids=(line,), restock_ids=(line,))

    assert (statuses(Piece), sale.order.status) == (["sold"], "paid")
