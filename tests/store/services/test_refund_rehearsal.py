"""A refund is looked at before it is asked for, and asked for as it was seen."""

import pytest

from donations.models import Donation, Entry
from donations.services import donations
from store.domain.order import OrderStatus, PieceStatus
from store.models import Payment, Piece, Refund
from store.services import refund_rehearsal, refunds
from tests.store import paying
from tests.store_factories import AT, make_item, make_piece

pytestmark = pytest.mark.django_db


@pytest.fixture
def payment():
    """The payment of two pieces at $2,499.00, of which a tenth is set aside."""
    item = make_item()
    order = paying.make_paid_order(make_piece(item=item), make_piece(item=item))
    for donation in Donation.objects.all():
        donations.set_aside_donation(donation_id=donation.pk, at=AT)
    return order.payments.get()


def _wish(payment, **values):
    """Return a wish for the first piece of the order."""
    line = payment.order.lines.order_by("position").first()
    return refunds.Wish(**({"line_ids": (line.pk,)} | values))


def _rehearse(payment, wish):
    return refund_rehearsal.rehearse_refund(payment_id=payment.pk, wish=wish, at=AT)


def _request(payment, wish, seen_amount):
    return refund_rehearsal.request_as_seen(
        payment_id=payment.pk,
        wish=wish,
        seen_amount=seen_amount,
        reason="Returned.",
        requested_by_id=None,
        at=AT,
    )


@pytest.mark.parametrize(
    ("wish", "refunded", "left", "given_less"),
    [
        ({}, "USD 2499.00", "USD 2499.00", "USD 249.90"),
        (
            {"line_ids": (), "amount": 100000},
            "USD 1000.00",
            "USD 3998.00",
            "USD 100.00",
        ),
    ],
)
def test_a_rehearsal_says_what_would_happen(payment, wish, refunded, left, given_less):
    """Money back, money left and the giving that follows are told beforehand."""
    rehearsal = _rehearse(payment, _wish(payment, **wish))

    assert str(rehearsal.refunded) == refunded
    assert str(rehearsal.left) == left
    assert str(rehearsal.given_less) == given_less
    assert rehearsal.seen_amount == 0


def test_a_rehearsal_changes_nothing(payment, django_capture_on_commit_callbacks):
    """No refund, piece, order, donation or entry differs after it; no task is asked."""
    entries = Entry.objects.count()
    line = payment.order.lines.order_by("position").first()

    with django_capture_on_commit_callbacks() as nudges:
        _rehearse(payment, _wish(payment, restock_ids=(line.pk,)))

    payment.refresh_from_db()
    assert nudges == []
    assert not Refund.objects.exists()
    assert payment.refunded_amount == 0
    assert payment.order.status == OrderStatus.PAID
    assert Entry.objects.count() == entries
    assert set(Piece.objects.values_list("status", flat=True)) == {PieceStatus.SOLD}


def test_the_real_refund_is_the_rehearsed_one(payment):
    """What was seen is what is asked for."""
    wish = _wish(payment)
    rehearsal = _rehearse(payment, wish)

    refund = _request(payment, wish, rehearsal.seen_amount)

    assert refund.amount == rehearsal.refunded.amount
    assert (refund.origin, refund.reason) == ("staff", "Returned.")


@pytest.mark.checklist("R1")
def test_a_form_sent_twice_asks_once(payment):
    """The second press of one button finds the money moved, and asks for nothing."""
    wish = _wish(payment, line_ids=(), amount=1000)
    _request(payment, wish, 0)

    with pytest.raises(refund_rehearsal.PaymentChangedError, match="moved meanwhile"):
        _request(payment, wish, 0)

    assert Payment.objects.get().refunded_amount == 1000


def test_a_refusal_is_told_by_the_rehearsal(payment):
    """What cannot be asked for is refused before anybody confirms it."""
    with pytest.raises(refunds.RefundTooLargeError):
        _rehearse(payment, refunds.Wish(amount=payment.amount + 1))

    assert not Refund.objects.exists()
