"""Moving, reviewing and reading orders."""

from datetime import timedelta

import pytest

from donations.services import donations
from store.domain.order import IllegalMoveError, OrderStatus
from store.models import Order, PaymentAttempt
from store.services import orders as order_service
from store.services import payments
from tests.store_factories import make_item_image


def move(order, to, **changes):
    """Move an order."""
    order_service.move_order(order=order, to=to, **changes)


def test_legal_move_writes_its_columns(placed, at):
    """A move changes status and further columns in one statement."""
    move(placed.order, OrderStatus.PAID, paid_at=at)

    assert placed.order.status == "paid"
    assert Order.objects.get().paid_at == at


def test_illegal_move_is_refused(placed):
    """A move that the table does not list changes nothing."""
    with pytest.raises(IllegalMoveError):
        move(placed.order, OrderStatus.REFUNDED)

    assert placed.now() == "pending"


def test_stale_read_is_refused(placed):
    """An order that somebody moved meanwhile is not moved from where it was."""
    stale = Order.objects.get()
    move(placed.order, OrderStatus.EXPIRED)

    with pytest.raises(order_service.OrderChangedError):
        move(stale, OrderStatus.CANCELED)

    assert placed.now() == "expired"


def test_database_refuses_a_paid_order_without_moment(placed):
    """An order is not paid without the moment of its payment."""
    with pytest.raises(Exception, match="store_order_paid_has_moment"):
        move(placed.order, OrderStatus.PAID)


def test_problem_is_noted_once(placed, caplog, django_capture_on_commit_callbacks):
    """The same problem is logged and told once, another one again."""
    with django_capture_on_commit_callbacks() as told:
        for reason in ("refused", "refused", "failed"):
            order_service.note_problem(order=placed.order, reason=reason)

    assert (len(told), len(caplog.records)) == (2, 2)
    assert Order.objects.get().review_reason == "failed"


def test_only_the_note_that_was_seen_is_cleared(placed, at):
    """A person clears what they read; a newer note stays."""

    def clear(seen):
        return order_service.clear_problem(
            order_id=placed.order.pk, seen=seen, by_id=1, at=at
        )

    order_service.note_problem(order=placed.order, reason="Refund failed")

    assert not clear("Refund refused")
    assert Order.objects.get().review_reason == "Refund failed"
    assert clear("Refund failed")
    assert Order.objects.get().review_reason == ""
    assert not clear("")


def test_review_needs_a_legal_move(placed, at):
    """A paid order keeps its status and gets the note only."""
    move(placed.order, OrderStatus.PAID, paid_at=at)

    order_service.send_to_review(order=placed.order, reason="odd")

    order = Order.objects.get()
    assert (order.status, order.review_reason) == ("paid", "odd")


def test_order_is_read_by_its_token(placed, settings, tmp_path):
    """The customer's view has the lines with their pictures."""
    settings.MEDIA_ROOT = tmp_path
    item = placed.order.lines.get().piece.item
    make_item_image(item=item, position=2)
    first = make_item_image(item=item, position=1)

    view = order_service.read_order(token=placed.order.token)

    assert view.order == placed.order
    assert [line.image for line in view.lines] == [first]
    assert [line.donation for line in view.lines] == [None]
    assert view.is_confirming


def test_line_without_picture_has_none(placed):
    """An item without pictures is shown without one."""
    view = order_service.read_order(token=placed.order.token)

    assert [line.image for line in view.lines] == [None]


def test_paid_order_shows_its_donation(placed, simulator, at):
    """Each line of a paid order tells how its donation stands."""
    simulator.pay(placed.session_id)
    payments.confirm_payment(session_id=placed.session_id, at=at)

    view = order_service.read_order(token=placed.order.token)

    (line,) = view.lines
    assert line.donation == donations.find_donation(source=line.line.source)
    assert line.donation.status == "due"
    assert not view.is_confirming


@pytest.mark.django_db
def test_unknown_token_finds_no_order():
    """Nobody's token leads nowhere."""
    with pytest.raises(Order.DoesNotExist):
        order_service.read_order(token="guess")


def nudge(placed, at):
    """Ask for a look at Stripe and return whether a worker was asked."""
    attempts = PaymentAttempt.objects.filter(pk=placed.attempt.pk)
    before = attempts.get().checked_at
    order_service.nudge_payment(order=placed.order, at=at)
    return attempts.get().checked_at != before


def test_returning_customer_asks_for_a_look(placed, at):
    """A customer who is back has a worker look, at most every five seconds."""
    soon = at + timedelta(seconds=5)

    assert not nudge(placed, at + timedelta(seconds=4))
    assert nudge(placed, soon)
    assert not nudge(placed, soon + timedelta(seconds=4))


def test_nudge_asks_a_worker(placed, at, django_capture_on_commit_callbacks):
    """One worker is asked, after commit."""
    with django_capture_on_commit_callbacks() as asked:
        for _ in range(2):
            order_service.nudge_payment(
                order=placed.order, at=at + timedelta(seconds=9)
            )

    assert len(asked) == 1


def test_finished_order_asks_nobody(placed, simulator, at):
    """An order that is paid already needs no look."""
    simulator.pay(placed.session_id)
    payments.confirm_payment(session_id=placed.session_id, at=at)

    assert not nudge(placed, at + timedelta(minutes=1))
