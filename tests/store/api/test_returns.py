"""Returns by the API: whoever holds the order's token may ask, once for a piece."""

import pytest
from django.db import IntegrityError

from store.models import Order, Return
from tests.store import paying
from tests.store.api.calling import assert_problem, new_key, no_answer_kept, send
from tests.store_factories import make_item, make_piece

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    """A paid order of two pieces, DTC-1 and DTC-2."""
    item = make_item()
    pieces = [make_piece(item=item, serial_number=f"DTC-{n}") for n in (1, 2)]
    return paying.make_paid_order(*pieces)


def ask(client, order, *lines, key=None, **body):
    """Ask to send pieces back."""
    address = f"/api/v1/orders/{order.token}/returns/"
    wish = {"lines": list(lines), "reason": "Too small."} | body
    return send(client, "post", address, wish, key=key or new_key())


def test_a_return_is_asked_for(client, order):
    """The wish is recorded in the customer's words, and waits for the shop."""
    answer = ask(client, order, "DTC-1")

    shown = answer.json()
    assert answer.status_code == 201
    assert (shown["status"], shown["lines"]) == ("requested", ["DTC-1"])
    assert (shown["reason"], shown["answer"]) == ("Too small.", "")
    assert answer["Cache-Control"] == "private, no-store"


def test_the_same_key_asks_once(client, order):
    """A repeated wish is answered again and recorded once."""
    first = ask(client, order, "DTC-1", key="key")
    again = ask(client, order, "DTC-1", key="key")

    assert (again.status_code, again.content) == (201, first.content)
    assert Return.objects.count() == 1


def test_a_wish_without_its_answer_is_not_recorded(client, order):
    """A crash before the answer is kept leaves no return in the way of a repeat."""
    with no_answer_kept(), pytest.raises(IntegrityError):
        ask(client, order, "DTC-1", key="key")

    assert ask(client, order, "DTC-1", key="key").status_code == 201


def test_a_piece_is_asked_back_once(client, order):
    """A piece whose return is looked at is not asked back again."""
    ask(client, order, "DTC-1")

    answer = ask(client, order, "DTC-1")

    assert_problem(answer, 409, "line_already_returned", "lines")


def test_one_return_at_a_time(client, order):
    """The other piece waits until the first return is finished."""
    ask(client, order, "DTC-1")

    assert_problem(ask(client, order, "DTC-2"), 409, "return_open")


def test_only_paid_orders_come_back(client, order):
    """What is not paid cannot be sent back."""
    Order.objects.update(status="refunded")

    assert_problem(ask(client, order, "DTC-1"), 409, "order_not_returnable")


def test_pieces_of_others_are_refused(client, order):
    """A piece of another order is named."""
    answer = ask(client, order, "DTC-1", "DTC-9")

    assert_problem(answer, 400, "invalid", "lines")
    assert "DTC-9" in answer.json()["fields"]["lines"][0]
    assert not Return.objects.exists()


def test_guessed_tokens_are_not_found(client, order, settings):
    """A guessed token opens nothing, and guessing is slowed down."""
    settings.STORE = {**settings.STORE, "GUESS_RATE": "1/day"}
    stranger = Order(token="guessed")

    assert_problem(ask(client, stranger, "DTC-1"), 404, "not_found")
    assert_problem(ask(client, order, "DTC-1"), 429, "throttled")


def test_the_header_is_required(client, order):
    """Without a key nothing is recorded."""
    address = f"/api/v1/orders/{order.token}/returns/"
    wish = {"lines": ["DTC-1"], "reason": "Too small."}

    answer = send(client, "post", address, wish)

    assert_problem(answer, 400, "invalid", "Idempotency-Key")
