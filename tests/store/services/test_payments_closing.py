"""Ending an attempt at Stripe, and what is freed by it."""

import pytest

from store.models import Order, Piece
from store.services import checkout, payments
from tests import orders


def test_closing_an_open_page_frees_the_piece(placed, piece, simulator, at):
    """Closing an attempt expires its page at Stripe and frees the piece."""
    assert payments.close_attempt(attempt=placed.attempt, at=at) is True

    piece.refresh_from_db()
    assert simulator.sessions()[0]["status"] == "expired"
    assert (placed.now(), piece.status) == ("expired", "on_sale")


@pytest.mark.checklist("S10")
def test_closing_a_paid_page_records_the_payment(placed, simulator, at):
    """A refused expiry means look again: the page was paid."""
    simulator.pay(placed.session_id)

    assert payments.close_attempt(attempt=placed.attempt, at=at) is False

    assert placed.now() == "paid"


def test_closing_an_unopened_attempt_opens_none(piece, simulator, at):
    """An attempt that Stripe refuses to open is ended without a page."""
    cart_token = orders.make_cart(piece, at=at)
    attempt = checkout.place_order(cart_token=cart_token, email="no-address", at=at)

    assert payments.close_attempt(attempt=attempt, at=at) is True

    assert simulator.sessions() == []
    assert Order.objects.get().status == "canceled"
    assert Piece.objects.get().status == "on_sale"


def test_abandoning_leaves_a_paid_order_alone(placed, simulator, at):
    """Ending an attempt does not touch an order that is paid already."""
    simulator.pay(placed.session_id)
    payments.confirm_payment(session_id=placed.session_id, at=at)

    payments.abandon_attempt(attempt=placed.attempt)

    again = payments.confirm_payment(session_id=placed.session_id, at=at)
    assert (again, placed.now()) == (payments.Outcome.UNCHANGED, "paid")
    assert placed.order.attempts.get().status == "paid"
