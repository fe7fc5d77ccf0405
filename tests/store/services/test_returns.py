"""Returns: asked for by the customer, answered by staff, followed by the money."""

import pytest

from store.models import Message, Order, Payment, Piece, Return
from store.services import refunds, returns
from tests import orders
from tests.orders import statuses
from tests.store.services import money
from tests.store_factories import make_piece

PRICE = 249_900


@pytest.fixture
def sale(simulator, db, at):
    """A paid order of two pieces."""
    return money.buy(simulator, at, count=2)


@pytest.fixture
def staff(django_user_model):
    """Somebody who decides."""
    return django_user_model.objects.create(username="staff")


def ask(sale, at, *lines, reason="Too small"):
    """Ask as the customer to send these lines back, or the first."""
    return returns.request_return(
        order_token=sale.order.token,
        line_ids=[line.pk for line in lines or sale.lines[:1]],
        reason=reason,
        at=at,
    )


def approve(request, at, staff=None):
    """Say yes."""
    returns.approve_return(
        return_id=request.pk,
        answer=" Box 7 ",
        decided_by_id=staff and staff.pk,
        at=at,
    )


def receive(request, at, staff=None, **choice):
    """Take the pieces back."""
    return returns.receive_return(
        return_id=request.pk, decided_by_id=staff and staff.pk, at=at, **choice
    )


def test_wish_is_recorded(sale, at):
    """A return has the customer's words, its pieces, and waits for staff."""
    request = ask(sale, at, reason=" Too small ")

    assert (request.status, request.reason) == ("requested", "Too small")
    assert [one.line for one in request.lines.all()] == sale.lines[:1]
    assert (sale.order.status, sale.refunds) == ("paid", [])


@pytest.mark.parametrize("status", ["pending", "refunding", "disputed", "review"])
def test_only_paid_orders_are_returned(sale, at, status):
    """An order that is not paid, or whose money moves already, has no returns."""
    Order.objects.update(status=status)

    with pytest.raises(returns.OrderNotReturnableError):
        ask(sale, at)

    assert returns.list_returnable(order=sale.order) == []


def test_unknown_token_opens_nothing(sale, at):
    """Nobody asks for an order without its token."""
    with pytest.raises(Order.DoesNotExist):
        returns.request_return(order_token="guess", line_ids=[1], reason="", at=at)


def test_pieces_of_the_order_are_named(sale, at):
    """No piece, or one of another order, is refused."""
    other = orders.place_order(make_piece(item=sale.lines[0].piece.item), at=at)

    for lines in ([], [*sale.lines, other.order.lines.get()]):
        with pytest.raises(returns.NothingToReturnError):
            returns.request_return(
                order_token=sale.order.token,
                line_ids=[line.pk for line in lines],
                reason="",
                at=at,
            )


def test_one_return_at_a_time(sale, at):
    """While a return is open another is refused, and none is offered."""
    first, second = sale.lines
    ask(sale, at, first)

    with pytest.raises(returns.ReturnOpenError):
        ask(sale, at, second)
    with pytest.raises(returns.LineAlreadyReturnedError):
        ask(sale, at, first)

    assert returns.list_returnable(order=sale.order) == []


def test_refunded_piece_is_not_returned(sale, at):
    """A piece that staff refunded already is neither offered nor accepted."""
    first, second = sale.lines
    sale.refund(at, line_ids=(first.pk,))

    with pytest.raises(returns.LineAlreadyReturnedError):
        ask(sale, at, first)

    assert returns.list_returnable(order=sale.order) == [second]


def test_approval_writes_to_the_customer(sale, staff, at):
    """Staff's answer is stored with who and when, and one mail is owed."""
    request = ask(sale, at)

    approve(request, at, staff)

    request.refresh_from_db()
    assert (request.status, request.answer) == ("approved", "Box 7")
    assert (request.decided_by, request.decided_at) == (staff, at)
    message = Message.objects.get(kind="approved")
    assert message.reference == f"return-{request.pk}"


def test_declined_piece_can_be_asked_again(sale, at):
    """A decline writes to the customer and lets the pieces be asked for anew."""
    request = ask(sale, at)

    returns.decline_return(
        return_id=request.pk, answer="Worn", decided_by_id=None, at=at
    )

    assert Return.objects.get().status == "declined"
    assert sale.mails == ["confirmation", "declined"]
    assert ask(sale, at).pk != request.pk


def test_return_is_decided_once(sale, at):
    """A second answer is refused and changes nothing."""
    request = ask(sale, at)
    approve(request, at)

    with pytest.raises(returns.ReturnDecidedError, match="approved"):
        returns.decline_return(
            return_id=request.pk, answer="", decided_by_id=None, at=at
        )

    assert sale.mails == ["confirmation", "approved"]


@pytest.mark.checklist("R1")
def test_received_pieces_are_refunded(sale, staff, at):
    """What was paid for the pieces is owed, by the return's own refund."""
    request = ask(sale, at)
    approve(request, at)

    refund = receive(request, at, staff, restock_ids=[sale.lines[0].pk])

    request.refresh_from_db()
    assert (request.status, request.refund) == ("received", refund)
    assert (refund.amount, refund.origin) == (PRICE, "return")
    assert refund.requested_by == staff
    assert statuses(Piece) == ["on_sale", "sold"]


def test_return_is_received_once(sale, at):
    """Received twice, or before it was approved, a return is refused."""
    request = ask(sale, at)
    with pytest.raises(returns.ReturnDecidedError, match="requested"):
        receive(request, at)
    approve(request, at)
    receive(request, at)

    with pytest.raises(returns.ReturnDecidedError):
        receive(request, at)

    assert len(sale.refunds) == 1


def test_rest_is_refunded_where_some_went_back(sale, at):
    """After a refund by amount a return pays what is left, and not more."""
    request = ask(sale, at, *sale.lines)
    approve(request, at)
    sale.refund(at, amount=100)

    refund = receive(request, at)

    assert refund.amount == 2 * PRICE - 100


def test_nothing_is_refunded_where_all_went_back(sale, at):
    """After a full refund by amount a return still puts its pieces back on sale."""
    request = ask(sale, at)
    approve(request, at)
    sale.refund(at)

    assert receive(request, at, restock_ids=[sale.lines[0].pk]) is None

    assert Return.objects.get().status == "received"
    assert statuses(Piece) == ["on_sale", "sold"]


@pytest.mark.checklist("R5")
def test_disputed_order_takes_nothing_back(sale, simulator, at):
    """While a dispute is open a return is not refunded and stays approved."""
    request = ask(sale, at)
    approve(request, at)
    simulator.dispute(Payment.objects.get().charge_id)
    money.follow_disputes(simulator, at)

    with pytest.raises(refunds.PaymentDisputedError):
        receive(request, at)

    assert Return.objects.get().status == "approved"


def test_donation_of_a_returned_piece_is_reversed(sale, at):
    """The donation of the piece that came back is nothing; the other one stays."""
    request = ask(sale, at)
    approve(request, at)

    money.send(receive(request, at), at)

    assert sale.targets == [0, 24_990]
    assert (sale.order.status, sale.mails[-1]) == ("paid", "refunded")
