"""A process killed at any step loses nothing and doubles nothing."""

import pytest

from donations.models import Donation
from store.models import Message, Order, PaymentAttempt, Piece, Refund
from tests import shop
from tests.journeys import beat, books, crashes, purchases

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("no_broker"),
]


@pytest.fixture
def kill():
    """Do an act in a process of its own and kill it at a step."""
    with crashes.executioner() as kill:
        yield kill


@pytest.fixture
def kill_piecemeal():
    """The same, with every statement committed by itself: a guard is missing."""
    with crashes.executioner("--piecemeal") as kill:
        yield kill


def _sweep_and_look(_steps=None):
    """Sweep, and say what is wrong with the order that was made last."""
    beat.sweep_after(purchases.LATER)
    return books.find_faults(Order.objects.latest("pk"))


def _sweep_and_check(steps):
    assert _sweep_and_look() == {}, steps


def _buy_two(simulator):
    order = purchases.buy(simulator, *purchases.offer_pieces(2))
    return {"session_id": purchases.session_of(order)}


def _owe_donation(simulator):
    order = purchases.buy(simulator, *purchases.offer_pieces(1, weights=(2, 1)))
    purchases.confirm(order)
    return {"donation_id": Donation.objects.latest("pk").pk}


def _owe_refund(simulator):
    purchases.check_out_late(simulator, *purchases.offer_pieces(1))
    return {"refund_id": Refund.objects.latest("pk").pk}


def _owe_message(simulator):
    purchases.confirm(purchases.buy(simulator, *purchases.offer_pieces(1)))
    return {"message_id": Message.objects.latest("pk").pk}


@pytest.mark.checklist("W16")
def test_confirming_a_payment_survives_any_kill(simulator, kill):
    """After a kill at any step of `confirm_payment` the sweeps end the order right."""
    steps = crashes.at_each_step(
        kill, "confirm_payment", lambda: _buy_two(simulator), _sweep_and_check
    )

    # Then it looks whether Stripe refunded meanwhile, and writes nothing.
    committed = steps.index("after the commit")
    assert steps.count("COMMIT") == 1
    assert all(step.startswith("SELECT") for step in steps[committed + 1 :])
    assert committed > 20
    assert set(books.count_unfinished().values()) == {0}
    assert books.find_shop_faults(simulator) == {}


def test_piecemeal_confirming_loses_money(simulator, kill_piecemeal):
    """Negative control: without the transaction some kills leave an order wrong."""
    wrong = []
    crashes.at_each_step(
        kill_piecemeal,
        "confirm_payment",
        lambda: _buy_two(simulator),
        lambda _: wrong.append(_sweep_and_look()),
    )

    assert any(wrong)


def test_setting_aside_survives_any_kill(simulator, kill):
    """After a kill at any step a donation is in the ledger whole and once."""
    steps = crashes.at_each_step(
        kill, "set_aside_donation", lambda: _owe_donation(simulator), _sweep_and_check
    )

    assert steps[-2:] == ["COMMIT", "after the commit"]
    assert sum("donations_entry" in step for step in steps) >= 2
    assert books.find_shop_faults(simulator) == {}


def test_piecemeal_setting_aside_loses_entries(simulator, kill_piecemeal):
    """Negative control: without the transaction some kills leave a ledger short."""
    wrong = []
    crashes.at_each_step(
        kill_piecemeal,
        "set_aside_donation",
        lambda: _owe_donation(simulator),
        lambda _: wrong.append(_sweep_and_look()),
    )

    assert any("donations" in faults for faults in wrong)


@pytest.mark.checklist("S2")
def test_a_killed_checkout_can_be_repeated(simulator, kill):
    """A customer whose checkout was killed clicks again: one order, one page."""
    carts = []

    def fill_cart():
        carts.append(purchases.fill_cart(*purchases.offer_pieces(1)))
        return {"cart_token": carts[-1], "email": purchases.EMAIL}

    def click_again(steps):
        order = purchases.check_out_cart(carts[-1])
        purchases.pay(simulator, order)
        assert _sweep_and_look() == {}, steps

    steps = crashes.at_each_step(kill, "start_checkout", fill_cart, click_again)

    assert "COMMIT" in steps
    assert len(simulator.sessions()) == Order.objects.count() == len(carts)
    assert books.find_shop_faults(simulator) == {}


def test_a_killed_checkout_frees_its_piece(simulator, kill):
    """Nobody comes back after a kill: the piece is for sale again, the page closed."""

    def fill_cart():
        token = purchases.fill_cart(*purchases.offer_pieces(1))
        return {"cart_token": token, "email": purchases.EMAIL}

    def go_away(steps):
        beat.sweep_after(purchases.TOMORROW)
        assert Piece.objects.latest("pk").status == "on_sale", steps

    crashes.at_each_step(kill, "start_checkout", fill_cart, go_away)

    assert {s["status"] for s in simulator.sessions()} == {"expired"}
    assert not PaymentAttempt.objects.unfinished().exists()
    assert not Order.objects.exclude(status__in=["expired", "canceled"]).exists()


@pytest.mark.checklist("I6")
def test_sending_a_refund_survives_any_kill(simulator, kill):
    """After a kill at any step the money goes back, and only once."""

    def check(steps):
        beat.sweep_after(purchases.LATER)
        refund = Refund.objects.latest("pk")
        assert refund.status == "succeeded", steps
        assert refund.payment.order.status == "refunded"

    crashes.at_each_step(kill, "send_refund", lambda: _owe_refund(simulator), check)

    assert len(simulator.objects("refund")) == Refund.objects.count()
    assert books.find_shop_faults(simulator) == {}


def _read_mails(folder):
    return shop.Shop("", None, None, folder).mails()


def test_a_mail_survives_any_kill(simulator, kill, mail_folder, mailoutbox):
    """A mail comes once; killed right after sending, again with the same number."""
    steps = crashes.at_each_step(
        kill, "send_message", lambda: _owe_message(simulator), _sweep_and_check
    )

    sent_here = [mail.extra_headers["Message-ID"] for mail in mailoutbox]
    sent_there = [mail["Message-ID"] for mail in _read_mails(mail_folder)]
    assert len(set(sent_here)) == len(sent_here) == len(steps)
    # Sent, and killed before that was written down; and the run that got through.
    assert len(set(sent_there)) == len(sent_there) == 2
    assert len(set(sent_here) & set(sent_there)) == 1
