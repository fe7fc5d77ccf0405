"""Checking out a second time: the same cart, a changed one, after a failure."""

from datetime import timedelta

import pytest

from demo.stripe_simulator.faults import ApiFault
from store.gateways import base as gateways
from store.models import Hold, Item, Order, Piece
from store.services import carts, checkout, holds, payments
from tests import orders
from tests.orders import statuses
from tests.store_factories import make_piece

SESSIONS = "POST /v1/checkout/sessions"


@pytest.mark.checklist("S2")
def test_lost_answer_gives_the_same_page(piece, simulator, at):
    """S2: when Stripe's answer is lost, trying again leads to the page it made."""
    cart_token = orders.make_cart(piece, at=at)
    orders.lose_stripe(simulator, when="after")
    with pytest.raises(gateways.UnavailableError):
        orders.check_out(cart_token, at=at)

    placed = orders.check_out(cart_token, at=at + timedelta(seconds=30))

    (session,) = simulator.sessions()
    assert placed.session_id == session["id"]
    assert placed.now() == "pending"


def test_lost_page_is_closed_when_time_is_short(piece, simulator, at):
    """A page whose address was lost is closed before a later try opens another."""
    cart_token = orders.make_cart(piece, at=at)
    orders.lose_stripe(simulator, when="after")
    with pytest.raises(gateways.UnavailableError):
        orders.check_out(cart_token, at=at)
    later = at + timedelta(minutes=5)
    simulator.clock.set_to(later)

    orders.check_out(cart_token, at=later)

    assert [s["status"] for s in simulator.sessions()] == ["expired", "open"]


@pytest.mark.checklist("S10")
def test_second_click_leads_to_the_same_page(placed, simulator, at):
    """S10: submitting the same cart again makes no second order and no Session."""
    again = orders.check_out(placed.cart_token, at=at + timedelta(minutes=1))

    assert again.checkout == placed.checkout
    assert len(simulator.sessions()) == 1
    assert Order.objects.count() == 1


def test_order_without_stripe_is_placed_once(piece, simulator, at):
    """A second placing of the same cart meets the first and returns its attempt."""
    cart_token = orders.make_cart(piece, at=at)
    details = {"cart_token": cart_token, "email": orders.EMAIL, "at": at}

    first = checkout.place_order(**details)
    second = checkout.place_order(**details)

    assert first == second
    assert simulator.calls == []


@pytest.mark.checklist("S10")
def test_changed_cart_closes_the_old_page(placed, simulator, at):
    """S10: a cart with another piece closes the old page before it opens a new one."""
    other = make_piece(item=Item.objects.get())
    carts.add_piece(token=placed.cart_token, serial_number=other.serial_number, at=at)

    orders.check_out(placed.cart_token, at=at)

    assert [s["status"] for s in simulator.sessions()] == ["expired", "open"]
    assert statuses(Order) == ["expired", "pending"]
    assert statuses(Hold) == ["released", "active", "active"]


@pytest.mark.checklist("S10")
def test_other_address_closes_the_old_page(placed, simulator, at):
    """S10: another e-mail address needs another page."""
    orders.check_out(placed.cart_token, at=at, email="other@example.com")

    assert [s["status"] for s in simulator.sessions()] == ["expired", "open"]


def test_page_about_to_close_is_replaced(placed, simulator, at):
    """Nobody is sent to a page with less than two minutes left."""
    late = at + timedelta(minutes=29, seconds=30)
    simulator.clock.set_to(late)

    again = orders.check_out(placed.cart_token, at=late)

    assert again.order != placed.order
    assert statuses(Order) == ["expired", "pending"]


@pytest.mark.checklist("S10")
def test_old_page_that_cannot_be_closed_stops_checkout(placed, simulator, at):
    """S10: when the old page cannot be closed nothing is freed and nothing opened."""
    simulator.faults.add(ApiFault(f"{SESSIONS}/cs", 503, should_retry=False))

    with pytest.raises(gateways.UnavailableError):
        orders.check_out(placed.cart_token, at=at, email="other@example.com")

    assert (statuses(Order), statuses(Hold)) == (["pending"], ["active"])


@pytest.mark.checklist("S10")
def test_order_paid_meanwhile_is_shown(placed, simulator, at):
    """S10: a page paid while the cart was changed leads to the paid order."""
    simulator.pay(placed.session_id)

    with pytest.raises(checkout.AlreadyPaidError) as caught:
        orders.check_out(placed.cart_token, at=at, email="other@example.com")

    assert caught.value.order_token == placed.order.token
    assert placed.now() == "paid"


@pytest.mark.checklist("S9")
def test_new_price_needs_a_new_page(placed, simulator, at):
    """S9: a price changed after checkout closes the page with the old one."""
    Item.objects.update(price_amount=260_000)

    again = orders.check_out(placed.cart_token, at=at)

    old, new = simulator.sessions()
    assert (old["status"], new["amount_total"]) == ("expired", 260_000)
    assert again.order.total_amount == again.order.lines.get().price_amount == 260_000


@pytest.mark.checklist("S9")
def test_open_page_charges_what_it_showed(placed, simulator):
    """S9: an order keeps the price that it was placed with."""
    Item.objects.update(price_amount=260_000)

    simulator.pay(placed.session_id)

    (intent,) = simulator.objects("payment_intent")
    assert intent["amount"] == placed.order.total_amount == 249_900


def test_late_second_try_opens_a_new_page(piece, simulator, at):
    """After an outage of minutes the next try succeeds: the old times are too short."""
    cart_token = orders.make_cart(piece, at=at)
    orders.lose_stripe(simulator)
    with pytest.raises(gateways.UnavailableError):
        orders.check_out(cart_token, at=at)
    later = at + timedelta(minutes=5)
    simulator.clock.set_to(later)

    placed = orders.check_out(cart_token, at=later)

    assert placed.attempt.status == "open"
    assert statuses(Order) == ["canceled", "pending"]
    assert statuses(Hold) == ["released", "active"]


def test_number_drawn_twice_holds_nothing(placed, piece, simulator, monkeypatch, at):
    """An order whose number exists already is refused, and nothing is half done."""
    cart_token = orders.make_cart(make_piece(item=piece.item), at=at)
    number = iter(placed.order.number)
    monkeypatch.setattr("secrets.choice", lambda _: next(number))

    with pytest.raises(holds.PiecesGoneError):
        orders.check_out(cart_token, at=at)

    assert sorted(statuses(Piece)) == ["held", "on_sale"]
    assert statuses(Hold) == ["active"]


def pay_by_bank(simulator, order):
    """Pay an order's page by a bank debit, which takes days."""
    simulator.pay(order.attempts.get().session_id, "debit_ok")


@pytest.mark.checklist("S10")
def test_awaited_order_is_shown_instead(piece, simulator, at):
    """S10: a cart whose order waits for a bank leads to that order, nothing else."""
    token = orders.make_cart(piece, at=at)
    order = orders.check_out(token, at=at).order
    pay_by_bank(simulator, order)
    payments.confirm_payment(session_id=order.attempts.get().session_id, at=at)

    with pytest.raises(checkout.AwaitingPaymentError) as caught:
        orders.check_out(token, at=at)

    assert caught.value.order_token == order.token
    assert len(simulator.sessions()) == 1


@pytest.mark.checklist("S10")
def test_page_that_a_bank_debit_closed_is_told(piece, simulator, at):
    """S10: what cannot be closed because a bank is at work leads to that order."""
    token = orders.make_cart(piece, at=at)
    order = orders.check_out(token, at=at).order
    pay_by_bank(simulator, order)

    with pytest.raises(checkout.AwaitingPaymentError):
        orders.check_out(token, at=at, email="other@example.com")

    order.refresh_from_db()
    assert (order.status, len(simulator.sessions())) == ("awaiting_payment", 1)


def test_other_pieces_are_sold_while_a_bank_is_awaited(piece, simulator, at):
    """Other pieces can be bought while an order of the same cart waits for a bank."""
    token = orders.make_cart(piece, at=at)
    order = orders.check_out(token, at=at).order
    pay_by_bank(simulator, order)
    payments.confirm_payment(session_id=order.attempts.get().session_id, at=at)
    carts.remove_piece(token=token, serial_number=piece.serial_number)
    other = make_piece(item=piece.item)
    carts.add_piece(token=token, serial_number=other.serial_number, at=at)

    assert orders.check_out(token, at=at).order != order


def test_rival_click_with_another_choice_gets_its_own(piece, simulator, at):
    """Of two clicks at once with unlike choices neither is served the other's page."""
    token = orders.make_cart(piece, at=at)
    details = {"cart_token": token, "at": at, "locale": "en"}

    first = checkout.place_order(email=orders.EMAIL, **details)
    second = checkout.place_order(email="other@example.com", **details)

    first.order.refresh_from_db()
    assert (first.order.status, second.order.status) == ("expired", "pending")
    assert second.order.email == "other@example.com"
