"""What a payment does: sell and owe, or send the money back."""

import logging
from datetime import timedelta

import pytest
from django.dispatch import receiver

from donations.models import Donation
from store import signals
from store.models import CartLine, Line, Message, Order, Payment, Piece
from store.services import checkout, payments, sessions
from tests import orders
from tests.orders import statuses
from tests.store_factories import make_piece


def pay(placed, simulator, at, card="4242424242424242", **details):
    """Pay the order's page and look at it."""
    simulator.pay(placed.session_id, card, **details)
    return payments.confirm_payment(session_id=placed.session_id, at=at)


def test_payment_keeps_what_stripe_reported(placed, simulator, at):
    """A payment has the amount, the ids and the moment."""
    pay(placed, simulator, at)

    payment = Payment.objects.get()
    (intent,) = simulator.objects("payment_intent")
    assert (payment.intent_id, payment.charge_id) == (
        intent["id"],
        intent["latest_charge"],
    )
    assert payment.total == placed.order.total
    assert payment.paid_at == at


def test_paid_order_has_moment_and_address(placed, simulator, at):
    """The order takes over the address that Stripe collected."""
    address = {"line1": "1 Main St", "city": "Springfield", "country": "US"}
    pay(placed, simulator, at, address=address, email="new@example.com")

    order = Order.objects.get()
    assert order.paid_at == at
    assert order.email == "new@example.com"
    assert (order.full_name, order.address_line1) == ("Sample Customer", "1 Main St")
    assert (order.address_city, order.address_country) == ("Springfield", "US")


def test_long_address_does_not_stop_the_order(placed, simulator, at):
    """What does not fit a column is cut; a paid order is never lost to it."""
    address = {"line1": "L" * 400, "postal_code": "9" * 40, "country": "US"}

    pay(placed, simulator, at, address=address)

    order = Order.objects.get()
    assert order.status == "paid"
    assert order.address_line1 == "L" * 200
    assert order.address_postal_code == "9" * 20


def test_long_mail_address_is_not_cut(placed, simulator, at):
    """An e-mail address too long for us leaves the one the customer gave us."""
    pay(placed, simulator, at, email=f"{'a' * 300}@example.com")

    assert Order.objects.get().email == orders.EMAIL


def test_each_line_owes_its_donation(simulator, db, piece, at):
    """One due donation a line is recorded with the payment, at the frozen amounts."""
    placed = orders.place_order(piece, make_piece(item=piece.item), at=at)

    pay(placed, simulator, at)

    owed = set(Donation.objects.values_list("source", "status", "target_amount"))
    assert owed == {(line.source, "due", 24_990) for line in Line.objects.all()}


def test_confirmation_is_owed_once(placed, simulator, at):
    """The confirmation is written in the same act, unsent."""
    pay(placed, simulator, at)

    message = Message.objects.get()
    assert (message.kind, message.status) == ("confirmation", "unsent")


def test_bought_pieces_leave_the_cart(placed, simulator, at):
    """After payment the cart holds only what was not bought."""
    cart_id = placed.order.cart_id
    other = make_piece(item=placed.order.lines.get().piece.item)
    CartLine.objects.create(cart_id=cart_id, piece=other, added_at=at)

    pay(placed, simulator, at)

    assert CartLine.objects.get().piece == other


def test_hosts_hear_of_a_paid_order(
    placed, simulator, at, django_capture_on_commit_callbacks
):
    """The host's listeners get the order's id, after commit."""
    heard = []

    @receiver(signals.order_paid)
    def listen(order_id, **_):
        heard.append(order_id)

    with django_capture_on_commit_callbacks(execute=True):
        pay(placed, simulator, at)
        before_commit = list(heard)

    assert (before_commit, heard) == ([], [placed.order.pk])


@pytest.mark.parametrize(
    "change", [{"total_amount": 249_901}, {"currency": "EUR"}], ids=["sum", "currency"]
)
@pytest.mark.checklist("S8")
def test_other_amount_goes_to_review(change, placed, simulator, at, caplog):
    """When Stripe took another sum the order goes to review, nothing is sold."""
    Order.objects.update(**change)

    pay(placed, simulator, at)

    order = Order.objects.get()
    assert (order.status, order.review_reason) == (
        "review",
        "Stripe took 249900 USD",
    )
    assert Payment.objects.get().amount == 249_900
    assert statuses(Piece) == ["held"]
    assert not Message.objects.exists()
    assert not Donation.objects.exists()
    assert caplog.records[-1].levelno == logging.ERROR


def test_hosts_hear_of_a_review(
    placed, simulator, at, django_capture_on_commit_callbacks
):
    """The host's listeners get the order's id and the reason."""
    heard = []

    @receiver(signals.order_needs_review)
    def listen(order_id, reason, **_):
        heard.append((order_id, reason))

    Order.objects.update(total_amount=1)
    with django_capture_on_commit_callbacks(execute=True):
        pay(placed, simulator, at)

    assert heard == [(placed.order.pk, "Stripe took 249900 USD")]


@pytest.mark.checklist("S6")
def test_free_order_needs_no_payment(piece, simulator, at):
    """A total of zero is confirmed without money; the Session stands for it."""
    cart_token = orders.make_cart(piece, at=at)
    attempt = checkout.place_order(cart_token=cart_token, email=orders.EMAIL, at=at)
    Line.objects.update(discount_amount=249_900, total_amount=0, donation_base_amount=0)
    Line.objects.update(donation_amount=0)
    Order.objects.update(total_amount=0, donation_amount=0)
    sessions.open_session(attempt=attempt, at=at)
    simulator.pay(attempt.session_id)

    payments.confirm_payment(session_id=attempt.session_id, at=at)

    payment = Payment.objects.get()
    assert (payment.amount, payment.intent_id) == (0, attempt.session_id)
    assert Order.objects.get().status == "paid"
    assert not Donation.objects.exists()


@pytest.mark.checklist("M6")
def test_fee_is_stored_once_it_is_known(placed, simulator, at):
    """The fee comes with a later look, and fee and net make the amount."""
    pay(placed, simulator, at)
    assert Payment.objects.get().fee_amount is None
    simulator.finish_captures()

    payments.confirm_payment(session_id=placed.session_id, at=at)

    payment = Payment.objects.get()
    assert payment.fee_amount > 0
    assert payment.fee_amount + payment.net_amount == payment.amount


@pytest.mark.checklist("M6")
def test_charge_leads_to_its_fee(placed, simulator, at):
    """The fee is found by the charge; a foreign charge is left alone."""
    pay(placed, simulator, at)
    simulator.finish_captures()
    charge_id = Payment.objects.get().charge_id

    assert payments.refresh_fee(charge_id=charge_id, at=at) is True
    assert payments.refresh_fee(charge_id="ch_foreign", at=at) is False

    assert Payment.objects.get().fee_amount > 0


def test_payment_long_after_is_dated_when_seen(placed, simulator, at):
    """An order is paid at the moment we saw the payment."""
    later = at + timedelta(minutes=20)

    pay(placed, simulator, later)

    assert Order.objects.get().paid_at == later
