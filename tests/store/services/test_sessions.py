"""Attempts and the payment pages that belong to them."""

from datetime import timedelta

import pytest

from store.models import Item, PaymentAttempt
from store.services import checkout, sessions
from tests import orders


@pytest.fixture
def attempt(piece, simulator, at):
    """An attempt whose page is not open yet."""
    cart_token = orders.make_cart(piece, at=at)
    return checkout.place_order(
        cart_token=cart_token, email=orders.EMAIL, at=at, locale="fr"
    )


def open_page(attempt, at):
    """Open the attempt's page and return the Session."""
    return sessions.open_session(attempt=attempt, at=at)


@pytest.mark.checklist("S2")
def test_attempt_is_recorded_before_any_call(attempt, simulator, at):
    """S2: number, key, amount and times are stored, and nobody is called."""
    assert attempt.idempotency_key == f"order-{attempt.order.uuid}-attempt-1"
    assert (attempt.amount, attempt.currency) == (249_900, "USD")
    assert attempt.expires_at == at + timedelta(minutes=31)
    assert (attempt.session_id, attempt.status) == (None, "created")
    assert simulator.calls == []


def test_next_attempt_has_the_next_number(attempt, at):
    """Attempts are numbered within their order, and so are their keys."""
    second = orders.make_attempt(attempt.order, at=at)

    assert second.number == 2
    assert second.idempotency_key.endswith("-attempt-2")


def test_opened_page_is_recorded(attempt, at):
    """The first opening stores id and address of the page."""
    session = open_page(attempt, at)

    assert (attempt.session_id, attempt.url) == (session.id, session.url)
    assert (attempt.status, PaymentAttempt.objects.get().checked_at) == ("open", at)


@pytest.mark.checklist("S2")
def test_second_opening_gives_the_same_page(attempt, simulator, at):
    """S2: opening twice under one key gives one page, whatever changed meanwhile."""
    first = open_page(attempt, at)
    Item.objects.update(name="Another name", price_amount=1)

    again = open_page(PaymentAttempt.objects.get(), at + timedelta(seconds=9))

    assert again.id == first.id
    assert len(simulator.sessions()) == 1


def test_first_page_wins(attempt, at):
    """An attempt keeps the page that was recorded first."""
    first = open_page(attempt, at)
    stray = orders.make_attempt(attempt.order, at=at)
    second = open_page(stray, at)

    sessions.record_session(attempt=attempt, session=second, at=at)

    assert attempt.session_id == first.id


def test_finished_attempt_is_not_reopened(attempt, at):
    """An answer that comes late does not turn a paid attempt into an open one."""
    PaymentAttempt.objects.update(status="paid")

    open_page(attempt, at)

    assert PaymentAttempt.objects.get().status == "paid"
    assert PaymentAttempt.objects.get().session_id is not None


def test_page_speaks_the_customers_language(attempt, simulator, at):
    """The page opens in the locale of the checkout."""
    open_page(attempt, at)

    (session,) = simulator.sessions()
    assert session["locale"] == "fr"


@pytest.mark.parametrize(
    ("size", "description"), [("6½", "Size 6½, "), ("", "")], ids=["sized", "one size"]
)
def test_page_names_size_and_serial_number(size, description, attempt, at):
    """Each row of the page names the piece that is bought."""
    attempt.order.lines.update(size=size)

    (line,) = sessions._request(attempt).lines

    serial_number = attempt.order.lines.get().piece.serial_number
    assert (line.name, line.description) == ("Aya ring", description + serial_number)
