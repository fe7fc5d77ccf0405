"""Payments that take days, and payments on pages that nobody remembers."""

from dataclasses import replace

import pytest

from donations.models import Donation
from store.gateways.stripe import StripeGateway
from store.models import Message, Payment, PaymentAttempt, Refund
from store.services import payments, sessions
from store.services.payments import Outcome
from tests.orders import statuses

BANK_OK = "debit_ok"
BANK_FAILS = "debit_fail"


def confirm(placed, at):
    """Look at the order's Session and act on it."""
    return payments.confirm_payment(session_id=placed.session_id, at=at)


def open_stray(attempt, **changes):
    """Open a Session like the attempt's, under a key that no row has."""
    request = replace(sessions._request(attempt), idempotency_key="stray", **changes)
    return StripeGateway().start_session(request)


def kinds():
    """Return the kinds of all mails owed."""
    return list(Message.objects.values_list("kind", flat=True))


@pytest.mark.checklist("S6")
def test_slow_payment_keeps_the_piece(placed, piece, simulator, at):
    """A complete but unpaid Session waits for its money and keeps the piece."""
    simulator.pay(placed.session_id, BANK_OK)

    assert confirm(placed, at) is Outcome.AWAITING
    assert confirm(placed, at) is Outcome.AWAITING

    piece.refresh_from_db()
    assert (placed.now(), piece.status) == ("awaiting_payment", "held")
    assert not Payment.objects.exists()


@pytest.mark.checklist("S6")
def test_slow_payment_arrives(placed, simulator, at):
    """The order is paid when the money of a slow method has come."""
    simulator.pay(placed.session_id, BANK_OK)
    confirm(placed, at)
    simulator.settle_bank(placed.session_id)

    assert confirm(placed, at) is Outcome.CONFIRMED

    assert placed.now() == "paid"


@pytest.mark.checklist("S16")
def test_slow_payment_fails(placed, piece, simulator, at):
    """A failed slow payment frees the piece and writes to the customer once."""
    simulator.pay(placed.session_id, BANK_FAILS)
    confirm(placed, at)
    simulator.settle_bank(placed.session_id)

    assert confirm(placed, at) is Outcome.FAILED
    assert confirm(placed, at) is Outcome.FAILED

    piece.refresh_from_db()
    assert (placed.now(), piece.status) == ("canceled", "on_sale")
    assert kinds() == ["canceled"]


def test_failed_attempt_of_a_paid_order_writes_no_mail(placed, simulator, at):
    """A slow payment that fails on a second page does not cancel a paid order."""
    second = sessions.create_attempt(order=placed.order, at=at, locale="auto")
    sessions.open_session(attempt=second, at=at)
    simulator.pay(placed.session_id)
    confirm(placed, at)
    simulator.pay(second.session_id, BANK_FAILS)
    simulator.settle_bank(second.session_id)

    outcome = payments.confirm_payment(session_id=second.session_id, at=at)

    assert (outcome, placed.now()) == (Outcome.FAILED, "paid")
    assert kinds() == ["confirmation"]


def test_slow_payment_on_a_second_page_waits(placed, simulator, at):
    """A paid order stays paid while a second page waits for its money."""
    second = sessions.create_attempt(order=placed.order, at=at, locale="auto")
    sessions.open_session(attempt=second, at=at)
    simulator.pay(placed.session_id)
    confirm(placed, at)
    simulator.pay(second.session_id, BANK_OK)

    outcome = payments.confirm_payment(session_id=second.session_id, at=at)

    assert (outcome, placed.now()) == (Outcome.AWAITING, "paid")


@pytest.mark.checklist("S11")
def test_unknown_paid_session_sells_its_order(placed, simulator, at):
    """Money on a page that no attempt remembers buys the order that it names."""
    stray = open_stray(placed.attempt)
    simulator.pay(stray.id)

    outcome = payments.confirm_payment(session_id=stray.id, at=at)

    assert (outcome, placed.now()) == (Outcome.CONFIRMED, "paid")
    found = PaymentAttempt.objects.get(number=2)
    assert (found.session_id, found.status) == (stray.id, "paid")
    assert found.idempotency_key == f"found-{stray.id}"


@pytest.mark.checklist("S11")
def test_unknown_paid_session_of_a_paid_order_goes_back(placed, simulator, at):
    """Money on a page that no attempt remembers is refunded when the order is paid."""
    simulator.pay(placed.session_id)
    confirm(placed, at)
    stray = open_stray(placed.attempt)
    simulator.pay(stray.id)

    for _ in range(2):
        payments.confirm_payment(session_id=stray.id, at=at)

    assert (placed.now(), statuses(Refund)) == ("paid", ["due"])
    assert (Payment.objects.count(), Donation.objects.count()) == (2, 1)


@pytest.mark.checklist("S8", "S11")
def test_unknown_paid_session_of_another_amount_is_reviewed(placed, simulator, at):
    """Money of another sum on such a page is recorded, and nothing is sold for it."""
    line = replace(sessions._request(placed.attempt).lines[0], amount=100)
    stray = open_stray(placed.attempt, lines=(line,))
    simulator.pay(stray.id)

    payments.confirm_payment(session_id=stray.id, at=at)

    assert placed.now() == "review"
    assert Payment.objects.get().amount == 100


@pytest.mark.checklist("R4")
def test_refund_made_before_we_knew_the_payment_is_found(placed, simulator, at):
    """What the Dashboard sent back before we recorded the payment is found with it."""
    simulator.pay(placed.session_id)
    (charge,) = simulator.objects("charge")
    simulator.refund_at_dashboard(charge["id"])

    confirm(placed, at)

    assert (placed.now(), statuses(Refund)) == ("refunded", ["succeeded"])
    assert Donation.objects.get().target_amount == 0
