"""Refunds from the admin: chosen, looked at, confirmed; each step without script."""

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from store.domain.order import PieceStatus
from store.models import Order, Piece, Refund
from tests.store import paying
from tests.store.admin.conftest import make_dispute
from tests.store_factories import make_item, make_piece


@pytest.fixture
def order(db):
    """A paid order of two pieces at $2,499.00 each."""
    item = make_item()
    return paying.make_paid_order(
        make_piece(item=item, serial_number="DTC-1"),
        make_piece(item=item, serial_number="DTC-2"),
    )


def _address(order):
    return reverse("admin:store_order_refund", args=[order.pk])


def _line(order):
    """Return the id of the first line, as a form sends it."""
    return str(order.lines.get(piece__serial_number="DTC-1").pk)


def _choose(client, order, **values):
    """Send the form's first step; return the answer."""
    data = {"payment": order.payments.get().pk, "reason": "Too small."}
    return client.post(_address(order), data | values)


def _confirm(client, order, question):
    """Press the button of the second step; return the page after it."""
    data = {}
    for name, text in question.context["kept"]:
        data.setdefault(name, []).append(text)
    return client.post(_address(order), data | {"_confirm": "1"}, follow=True)


@pytest.mark.checklist("R1")
def test_a_piece_is_refunded(
    admin_client, admin_user, order, django_capture_on_commit_callbacks
):
    """What was paid for the ticked piece is owed, with a key and a nudge."""
    line = _line(order)
    question = _choose(admin_client, order, lines=[line], restock=[line])

    with django_capture_on_commit_callbacks() as nudges:
        page = _confirm(admin_client, order, question)

    refund = Refund.objects.get()
    assert (refund.amount, refund.status, refund.origin) == (249900, "due", "staff")
    assert (refund.reason, refund.requested_by) == ("Too small.", admin_user)
    assert refund.idempotency_key == f"refund-{refund.uuid}"
    assert len(nudges) == 1
    assert Piece.objects.get(serial_number="DTC-1").status == PieceStatus.ON_SALE
    assert "$2,499.00 goes back" in page.content.decode()


def test_nothing_is_refunded_before_it_is_confirmed(admin_client, order):
    """The first step shows money back and the giving that follows, and does nothing."""
    page = _choose(admin_client, order, lines=[_line(order)]).content.decode()

    assert not Refund.objects.exists()
    assert "Refund $2,499.00" in page
    assert "$249.90" in page
    assert "comes back, stays off sale" in page


def test_an_amount_is_refunded(admin_client, order):
    """Without pieces an amount goes back, typed as people write it."""
    question = _choose(admin_client, order, amount="1,000.00")

    _confirm(admin_client, order, question)

    refund = Refund.objects.get()
    assert (refund.amount, refund.lines.count()) == (100000, 0)


def test_a_button_pressed_twice_refunds_once(admin_client, order):
    """The second press finds the money moved, and says so."""
    question = _choose(admin_client, order, amount="10.00")
    _confirm(admin_client, order, question)

    page = _confirm(admin_client, order, question).content.decode()

    assert "Nothing was refunded" in page
    assert "look again" in page
    assert Refund.objects.count() == 1


def test_a_second_thought_keeps_what_was_typed(admin_client, order):
    """Change something leads back to the form as it was."""
    question = _choose(admin_client, order, amount="10.00")
    data = dict(question.context["kept"]) | {"_change": "1"}

    page = admin_client.post(_address(order), data).content.decode()

    assert 'value="10.00"' in page
    assert "Too small." in page
    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({}, "Tick the pieces that come back, or type an amount."),
        ({"amount": "10", "reason": ""}, "This field is required."),
        ({"amount": "5,000.00"}, "$5,000.00 cannot go back: $4,998.00 is left"),
        ({"amount": "0"}, "It must be at least 0.01."),
        ({"amount": "1.005"}, "USD has 2 decimals"),
        ({"lines": ["999"]}, "999 is not one of the available choices"),
        ({"amount": "10", "payment": "999"}, "999 is not one of the available choices"),
    ],
)
def test_a_refused_form_says_why(admin_client, order, typed, problem):
    """A refund that cannot be made is refused with the rule; nothing is stored."""
    page = _choose(admin_client, order, **typed).content.decode()

    assert problem in page
    assert not Refund.objects.exists()


def test_ticks_that_contradict_each_other_are_refused(admin_client, order):
    """What does not come back is not sold again, and its shipping stays paid."""
    Order.objects.update(shipping_amount=1500)

    page = _choose(
        admin_client,
        order,
        restock=[_line(order)],
        is_shipping_included="on",
        amount="10",
    ).content.decode()

    assert "Only a piece that comes back can go on sale again" in page
    assert "Shipping goes back with pieces" in page


def test_a_refunded_piece_is_not_offered_again(admin_client, order):
    """What came back once has no tick any more."""
    question = _choose(admin_client, order, lines=[_line(order)])
    _confirm(admin_client, order, question)

    page = admin_client.get(_address(order)).content.decode()

    assert "DTC-1" not in page
    assert "DTC-2" in page


@pytest.mark.checklist("R5")
def test_a_disputed_payment_is_not_refunded(admin_client, order):
    """While a dispute is open both pages say why there is no refund."""
    make_dispute(order, status="needs_response")

    page = _choose(admin_client, order, amount="10.00").content.decode()

    change = reverse("admin:store_order_change", args=[order.pk])
    assert "a refund would pay twice" in page
    assert "a refund would pay twice" in admin_client.get(change).content.decode()
    assert not Refund.objects.exists()


def test_nothing_left_offers_nothing(admin_client, order):
    """After everything went back there is no form."""
    question = _choose(admin_client, order, amount="4,998.00")
    _confirm(admin_client, order, question)

    page = admin_client.get(_address(order)).content.decode()

    assert "Everything went back already." in page


def test_refunding_needs_its_right(client, order, django_user_model):
    """Whoever may only look sees no button, and the page is refused."""
    clerk = django_user_model.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(clerk)

    answer = _choose(client, order, amount="10.00")

    change = reverse("admin:store_order_change", args=[order.pk])
    assert answer.status_code == 403
    assert _address(order) not in client.get(change).content.decode()
    assert not Refund.objects.exists()
