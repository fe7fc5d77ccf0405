"""Money that comes too late, or twice: sold for, or sent back."""

import pytest

from donations.models import Donation
from store.models import Hold, Message, Order, Payment, Piece, Refund
from store.services import payments, refunds, sessions
from tests import orders
from tests.orders import statuses


def pay(placed, simulator, at, card="4242424242424242", **details):
    """Pay the order's page and look at it."""
    simulator.pay(placed.session_id, card, **details)
    return payments.confirm_payment(session_id=placed.session_id, at=at)


def pay_second_page(placed, simulator, at):
    """Open and pay one more page for the same order."""
    attempt = sessions.create_attempt(order=placed.order, at=at, locale="auto")
    sessions.open_session(attempt=attempt, at=at)
    simulator.pay(attempt.session_id)
    payments.confirm_payment(session_id=attempt.session_id, at=at)
    return attempt


@pytest.mark.checklist("S13")
def test_lost_hold_sends_the_money_back(placed, simulator, at, caplog):
    """A paid order that lost its piece is refunded in full, with an alert."""
    Hold.objects.update(status="released")

    pay(placed, simulator, at)

    assert (placed.now(), statuses(Refund)) == ("refunding", ["due"])
    assert placed.order.messages.get().kind == "sorry"
    assert "not held" in caplog.text
    assert not Donation.objects.exists()


@pytest.mark.checklist("S13")
def test_lost_hold_takes_a_free_piece_again(placed, simulator, at):
    """A paid order whose piece is free by now takes it again."""
    Hold.objects.update(status="released")
    Piece.objects.update(status="on_sale")

    pay(placed, simulator, at)

    assert (placed.now(), statuses(Piece)) == ("paid", ["sold"])


@pytest.mark.checklist("S11")
def test_second_payment_goes_back(placed, simulator, at):
    """A second payment is recorded and refunded in full, the gift counted once."""
    pay(placed, simulator, at)

    second = pay_second_page(placed, simulator, at)

    refund = Refund.objects.get()
    assert refund.payment.attempt == second
    assert (refund.amount, refund.status) == (249_900, "due")
    assert placed.now() == "paid"
    assert (Donation.objects.count(), Message.objects.count()) == (1, 1)
    order = Order.objects.get()
    assert order.review_reason == f"Paid twice: {refund.payment.intent_id} goes back"


@pytest.mark.checklist("S11")
def test_second_payment_of_another_amount_goes_back(placed, simulator, at):
    """Whatever its amount, a second payment is refunded; the first one counts."""
    pay(placed, simulator, at)
    Order.objects.update(total_amount=1)

    pay_second_page(placed, simulator, at)

    assert (placed.now(), statuses(Refund)) == ("paid", ["due"])
    counted = Payment.objects.order_by("pk").values_list("is_counted", flat=True)
    assert list(counted) == [True, False]


@pytest.mark.checklist("S11")
def test_second_payment_has_its_own_key(placed, simulator, at):
    """The second payment goes back under its refund's key; the order stays paid."""
    pay(placed, simulator, at)
    pay_second_page(placed, simulator, at)
    refund = Refund.objects.get()

    refunds.send_refund(refund_id=refund.pk, at=at)

    assert simulator.calls[-1].idempotency_key == f"refund-{refund.uuid}"
    (made,) = simulator.objects("refund")
    assert made["payment_intent"] == refund.payment.intent_id
    assert (placed.now(), statuses(Refund)) == ("paid", ["succeeded"])


@pytest.mark.checklist("S13")
def test_late_payment_takes_the_piece_again(placed, simulator, at):
    """Money that comes after release buys the piece when it is still free."""
    payments.abandon_attempt(attempt=placed.attempt)

    pay(placed, simulator, at)

    assert placed.now() == "paid"
    assert statuses(Piece) == ["sold"]
    assert statuses(Hold) == ["released", "sold"]
    assert Donation.objects.count() == 1


@pytest.mark.checklist("S13")
def test_late_payment_for_a_sold_piece_goes_back(placed, piece, simulator, at):
    """When the piece was sold meanwhile all goes back, with a sorry-mail."""
    payments.abandon_attempt(attempt=placed.attempt)
    pay(orders.place_order(piece, at=at), simulator, at)

    pay(placed, simulator, at)

    assert placed.now() == "refunding"
    assert Refund.objects.get().payment.order == placed.order
    assert placed.order.messages.get().kind == "sorry"
    assert Donation.objects.count() == 1
    assert statuses(Hold) == ["released", "sold"]
