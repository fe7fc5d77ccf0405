"""Refunds by the API: once for a key, never more than is left, and by whom."""

import pytest
from django.db import IntegrityError, connection

from store.models import Order, Payment, Piece, Refund, RefundLine
from tests.journeys import races
from tests.store import paying
from tests.store.api.calling import assert_problem, new_key, no_answer_kept, send
from tests.store.api.staff import make_staff
from tests.store_factories import make_item, make_piece

REFUNDS = "/api/v1/refunds/"
PRICE = 249_900
TEN = {"amount": 1000, "currency": "USD"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    """Somebody who may refund and see refunds."""
    return make_staff("add_refund", "view_refund")


@pytest.fixture
def client(client, staff):
    """A client that is logged in as staff."""
    client.force_login(staff)
    return client


@pytest.fixture
def order():
    """A paid order of two pieces, DTC-1 and DTC-2."""
    item = make_item()
    pieces = [make_piece(item=item, serial_number=f"DTC-{n}") for n in (1, 2)]
    return paying.make_paid_order(*pieces)


def refund(client, order, /, *, key=None, **wish):
    """Ask for a refund of an order."""
    body = {"order": order.number, "reason": "Does not fit"} | wish
    return send(client, "post", REFUNDS, body, key=key or new_key())


def test_an_amount_goes_back(client, order, staff):
    """A refund of an amount is owed under the name of who asked for it."""
    answer = refund(client, order, amount=TEN)

    shown, row = answer.json(), Refund.objects.get()
    assert answer.status_code == 201
    assert (shown["id"], shown["status"]) == (str(row.uuid), "due")
    assert (shown["amount"], shown["order"]) == (TEN, order.number)
    assert (shown["origin"], shown["requested_by"]) == ("staff", "clerk")
    assert (row.requested_by, row.reason) == (staff, "Does not fit")


def test_pieces_go_back_at_what_was_paid(client, order):
    """A refund of lines is what was paid for them; what is restocked is on sale."""
    shown = refund(client, order, lines=["DTC-1"], restock=["DTC-1"]).json()

    assert shown["amount"]["amount"] == PRICE
    assert shown["lines"] == [
        {"serial_number": "DTC-1", "amount": PRICE, "is_restocked": True}
    ]
    assert Piece.objects.get(serial_number="DTC-1").status == "on_sale"


def test_less_may_be_paid_for_pieces(client, order):
    """Lines may come back for an amount."""
    shown = refund(client, order, lines=["DTC-1"], amount=TEN).json()

    assert (shown["amount"], shown["lines"][0]["amount"]) == (TEN, 1000)


def test_a_number_in_small_letters_is_found(client, order):
    """Who types the order's number need not use capitals."""
    Order.objects.update(number="BCDF2345")

    body = {"order": "bcdf2345", "reason": "Gift", "amount": TEN}

    assert send(client, "post", REFUNDS, body, key="key").status_code == 201


def test_the_same_key_refunds_once(client, order):
    """A repeated request is answered again, and owes nothing more."""
    first = refund(client, order, amount=TEN, key="key")
    again = refund(client, order, amount=TEN, key="key")

    assert (again.status_code, again.content) == (201, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert Refund.objects.count() == 1


def test_a_refund_without_its_answer_is_not_owed(client, order):
    """A crash before the answer is kept leaves no refund that a repeat would double."""
    with no_answer_kept(), pytest.raises(IntegrityError):
        refund(client, order, amount=TEN, key="key")

    assert not Refund.objects.exists()
    assert refund(client, order, amount=TEN, key="key").status_code == 201


def test_keys_of_two_people_are_apart(client, order):
    """A key belongs to who used it."""
    refund(client, order, amount=TEN, key="key")
    client.force_login(make_staff("add_refund", name="other"))

    assert refund(client, order, amount=TEN, key="key").status_code == 201
    assert Refund.objects.count() == 2


def test_a_key_stands_for_one_refund(client, order):
    """The same key for another amount is refused."""
    refund(client, order, amount=TEN, key="key")

    answer = refund(client, order, amount=TEN | {"amount": 2000}, key="key")

    assert_problem(answer, 422, "idempotency_key_reused", "Idempotency-Key")
    assert Refund.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_refund_raced_by_its_repeats_is_one(client, order):
    """Eight calls with one key at once owe one refund."""
    answers = races.run_together(
        8, lambda _: refund(client, order, amount=TEN, key="k")
    )

    assert {answer.status_code for answer in answers} <= {201, 409}
    assert Refund.objects.count() == 1


@pytest.mark.parametrize(
    ("wish", "status", "code", "field"),
    [
        ({}, 400, "invalid", "amount"),
        ({"amount": TEN | {"currency": "EUR"}}, 400, "invalid", "amount.currency"),
        ({"amount": TEN | {"amount": 0}}, 400, "invalid", "amount.amount"),
        ({"amount": TEN | {"amount": 10**9}}, 422, "refund_too_large", "amount"),
        ({"lines": ["DTC-9"]}, 400, "invalid", "lines"),
        ({"lines": ["DTC-1"], "restock": ["DTC-2"]}, 400, "invalid", "restock"),
        (
            {"amount": TEN, "is_shipping_included": True},
            400,
            "invalid",
            "is_shipping_included",
        ),
        ({"order": "NOBODYS", "amount": TEN}, 400, "invalid", "order"),
    ],
)
def test_what_cannot_go_back_is_refused(client, order, wish, status, code, field):
    """A refund that makes no sense names the field, and owes nothing."""
    assert_problem(refund(client, order, **wish), status, code, field)

    assert not Refund.objects.exists()


def test_a_piece_goes_back_once(client, order):
    """A piece that came back is not refunded again."""
    refund(client, order, lines=["DTC-1"])

    answer = refund(client, order, lines=["DTC-1"])

    assert_problem(answer, 409, "line_already_refunded", "lines")
    assert RefundLine.objects.count() == 1


def test_an_order_that_nobody_paid_gives_nothing_back(client, order):
    """Without the payment that sold it an order has nothing to refund."""
    Payment.objects.update(is_counted=False)

    assert_problem(refund(client, order, amount=TEN), 400, "invalid", "order")


def test_seeing_refunds_is_not_making_them(client, order):
    """Who may only look at refunds cannot ask for one."""
    client.force_login(make_staff("view_refund", name="looker"))

    answer = refund(client, order, amount=TEN)

    assert_problem(answer, 403, "permission_denied")
    assert not Refund.objects.exists()


def test_a_refusal_is_kept_under_atomic_requests(client, order, monkeypatch):
    """A host's ATOMIC_REQUESTS spoils neither the refusal nor its repetition."""
    monkeypatch.setitem(connection.settings_dict, "ATOMIC_REQUESTS", True)
    huge = TEN | {"amount": 10**9}

    first = refund(client, order, amount=huge, key="key")

    assert_problem(first, 422, "refund_too_large", "amount")
    assert refund(client, order, amount=huge, key="key").content == first.content


def test_refunds_of_an_order_are_listed(client, order):
    """The list is narrowed by the order's number and by status."""
    refund(client, order, amount=TEN)

    for query, count in (
        ({"order": order.number}, 1),
        ({"order": "other"}, 0),
        ({"status": "due"}, 1),
        ({"status": "failed"}, 0),
    ):
        assert len(client.get(REFUNDS, query).json()["results"]) == count
