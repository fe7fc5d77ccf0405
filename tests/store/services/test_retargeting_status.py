"""What an order is called follows its money; what sold nothing moves no donation."""

import pytest

from donations.models import Donation
from store.models import Order, Payment
from store.services import orders, refunds, retargeting
from tests.store.services import examples, money

pytestmark = pytest.mark.django_db


def test_more_gone_than_came_is_noted_and_not_posted(at):
    """A dispute for what was refunded already is noted; no donation is guessed."""
    order = examples.sell(at, 249_900, paid=270_000)
    examples.refund(order, at, amount=50_000)

    examples.dispute(order, at, "lost", withdrawn=270_000)

    order.refresh_from_db()
    assert (examples.target(), order.status) == (20_363, "lost")
    assert order.review_reason.startswith("More is gone of payment")


def test_contradicting_books_hold_the_donation(at):
    """While nobody can tell the amount nothing of it may be paid; afterwards it may."""
    order = examples.sell(at, 249_900, paid=270_000)
    examples.refund(order, at, amount=50_000)
    examples.dispute(order, at, "lost", withdrawn=270_000)

    held = Donation.objects.get()
    examples.dispute(order, at, "lost", withdrawn=220_000)

    assert (held.is_held, held.posted_amount) == (True, 20_363)
    released = Donation.objects.get()
    assert (released.is_held, released.posted_amount) == (False, 0)


def test_order_with_money_left_over_two_ways_is_lost(at):
    """What was refunded and what a bank kept make the whole: the order is lost."""
    order = examples.sell(at, 249_900, paid=270_000)
    examples.refund(order, at, amount=20_000)

    examples.dispute(order, at, "lost", withdrawn=250_000)

    assert (examples.target(), Order.objects.get().status) == (0, "lost")


def test_bank_gives_back_what_it_took(at):
    """A lost dispute that is turned around brings order and donation back."""
    order = examples.sell(at, 249_900, paid=270_000)
    examples.dispute(order, at, "lost", withdrawn=270_000)

    examples.dispute(order, at, "won", withdrawn=0)

    assert (examples.target(), Order.objects.get().status) == (24_990, "paid")


def test_order_that_gives_nothing_has_nothing_to_change(at):
    """Lines without a pledge are refunded, and no donation is asked for."""
    order = examples.sell(at, 249_900, paid=270_000)
    order.lines.update(pledge_version=None)

    examples.refund(order, at, amount=50_000)

    assert examples.target() == 24_990


def test_order_without_money_stays_as_it_is(placed):
    """An order that nobody has paid has no money to follow."""
    order = orders.lock_order(pk=placed.order.pk)

    retargeting.follow_status(order=order)

    assert placed.now() == "pending"


def test_second_payment_counts_for_nothing(at):
    """Only the payment that sold the order moves its donations."""
    order = examples.sell(at, 249_900, paid=270_000)
    second = Payment.objects.get()
    attempt = order.attempts.create(
        number=2,
        idempotency_key="second",
        amount=1,
        currency="USD",
        expires_at=at,
        created_at=at,
    )
    second.pk, second.attempt, second.is_counted = None, attempt, False
    second.intent_id, second.amount = "pi_second", 5_000
    second.save()

    owed = refunds.owe_refund(payment=second, reason="Twice", at=at)
    money.answer(owed, "succeeded", at)

    assert (examples.target(), Order.objects.get().status) == (24_990, "paid")


def test_disputed_money_that_sold_nothing_stays_in_review(at):
    """A dispute of a payment that sold nothing is lost or reviewed, never paid."""
    order = examples.sell(at, 249_900, paid=270_000)
    order.payments.update(is_counted=False)
    Order.objects.update(status="review")
    examples.dispute(order, at, "needs_response", withdrawn=270_000)
    opened = Order.objects.get().status

    examples.dispute(order, at, "lost", withdrawn=270_000)

    assert (opened, Order.objects.get().status) == ("review", "lost")
    assert examples.target() == 24_990


def test_pieces_of_an_unsold_order_go_on_sale_again(at):
    """Once its money goes back, an order in review lets its pieces go."""
    order = examples.sell(at, 249_900, paid=270_000)
    order.payments.update(is_counted=False)
    order.holds.update(status="active")
    piece = order.lines.get().piece
    type(piece).objects.update(status="held")
    Order.objects.update(status="review")

    examples.request(order, at)

    piece.refresh_from_db()
    assert (piece.status, Order.objects.get().status) == ("on_sale", "refunding")
