"""An order's page tells where its money is, and the list finds what needs a person."""

import datetime

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from store.models import Order, Payment
from store.services import payments, refunds
from tests import orders
from tests.store import paying
from tests.store.admin.conftest import (
    make_difference,
    make_dispute,
    make_refund,
    make_return,
)
from tests.store.services import money
from tests.store_factories import AT, make_piece


@pytest.fixture
def order(db):
    """A paid order of one piece at $2,499.00."""
    return paying.make_paid_order(make_piece(serial_number="DTC-1"))


def _page(client, order):
    """Return the order's page."""
    return client.get(reverse("admin:store_order_change", args=[order.pk]))


def _find_needed(client):
    """Return the numbers of the orders that need a person."""
    address = reverse("admin:store_order_changelist")
    page = client.get(address, {"attention": "needed"})
    return [order.number for order in page.context["cl"].result_list]


def test_money_is_summed_up(admin_client, order):
    """Paid, refunded, on its way, taken by the bank and kept stand side by side."""
    refund = make_refund(order, amount=1000, status="succeeded", finished_at=AT)
    make_refund(order, amount=500)
    Payment.objects.update(refunded_amount=refund.amount + 500)
    make_dispute(order, amount=300, withdrawn_amount=300)

    sums = _page(admin_client, order).context["story"].payments[0]

    shown = (sums.paid, sums.refunded, sums.on_its_way, sums.disputed, sums.kept)
    assert shown == ("$2,499.00", "$10.00", "$5.00", "$3.00", "$2,481.00")


def test_every_step_is_told_in_order(admin_client, admin_user, order):
    """Payment, refunds, disputes and returns stand in one line of time, with names."""
    later = AT + datetime.timedelta(days=3)
    make_refund(order, requested_by=admin_user, created_at=later)
    failed = {"status": "failed", "failure_reason": "declined", "finished_at": later}
    make_refund(order, **failed)
    make_dispute(order, opened_at=later, closed_at=later, reason="not_received")
    make_return(order, status="declined", decided_at=later, decided_by=admin_user)

    steps = _page(admin_client, order).context["story"].steps

    texts = [step.text for step in steps]
    assert texts[:2] == ["Placed", "Paid $2,499.00"]
    assert [step.at for step in steps] == sorted(step.at for step in steps)
    assert {
        "Refund of $1.00 asked for: returned",
        "Refund of $1.00 failed: declined",
        "$1.00 disputed: not received",
        "Dispute lost; the bank keeps $1.00",
        "Return asked for: Too small.",
        "Return declined",
    } < set(texts)
    assert [step.by for step in steps if step.by].count("admin") == 2


def test_each_piece_tells_its_donation(admin_client, order):
    """The page shows what was promised, what is given now, and where it stands."""
    line = order.lines.get()

    given = _page(admin_client, order).context["story"].lines[0]

    assert (given.promised, given.given) == ("$249.90", "$249.90")
    assert (given.fate, given.standing) == ("kept by the customer", "due")
    assert line.piece.serial_number in given.piece_link


def test_a_piece_on_its_way_back_says_so(admin_client, order):
    """A refunded piece tells that it came back, and whether it is on sale."""
    line = order.lines.get()
    refunds.request_refund(
        payment_id=order.payments.get().pk,
        wish=refunds.Wish(line_ids=(line.pk,), restock_ids=(line.pk,)),
        origin="staff",
        reason="Too small.",
        at=AT,
    )

    given = _page(admin_client, order).context["story"].lines[0]

    assert given.fate == "refund on its way, back on sale"


def test_another_payment_is_told_apart(admin_client, order):
    """Money that did not sell the order is named so."""
    Payment.objects.update(is_counted=False)

    text = _page(admin_client, order).content.decode()

    assert "it did not sell the order" in text


@pytest.mark.parametrize(
    "cause",
    [
        lambda order: Order.objects.update(review_reason="Refund failed"),
        lambda order: Order.objects.update(status="disputed"),
        lambda order: Order.objects.update(status="review"),
        make_return,
        lambda order: make_difference(order=order),
    ],
    ids=["noted", "disputed", "review", "return", "difference"],
)
def test_orders_that_need_a_person_are_found(admin_client, order, cause):
    """A note, a dispute, a review, an unanswered return, an open difference."""
    assert _find_needed(admin_client) == []

    cause(order)

    assert _find_needed(admin_client) == [order.number]


def test_answered_orders_need_nobody(admin_client, order):
    """A decided return and a resolved difference leave the filter."""
    make_return(order, status="declined")
    make_difference(order=order, resolved_at=AT, resolution="Mended.")

    assert _find_needed(admin_client) == []


def test_a_note_is_shown_and_cleared(admin_client, order):
    """The note stands above all; whoever has looked clears it."""
    Order.objects.update(review_reason="Refund failed: re_1")
    assert "Refund failed: re_1" in _page(admin_client, order).content.decode()
    address = reverse("admin:store_order_act", args=[order.pk, "clear-note"])

    newer = admin_client.post(address, {"clear-note-seen": "Another"}, follow=True)
    assert "There is another note now" in newer.content.decode()
    admin_client.post(address, {"clear-note-seen": "Refund failed: re_1"})

    assert Order.objects.get().review_reason == ""


def test_clearing_needs_its_right(client, order, django_user_model):
    """Whoever may only look cannot clear a note."""
    Order.objects.update(review_reason="Refund failed")
    clerk = django_user_model.objects.create_user("clerk", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(clerk)

    client.post(
        reverse("admin:store_order_act", args=[order.pk, "clear-note"]),
        {"clear-note-seen": "Refund failed"},
    )

    assert Order.objects.get().review_reason == "Refund failed"


@pytest.fixture
def reviewed(simulator, db):
    """An order in review: a dollar less came than was asked for."""
    simulator.clock.set_to(AT)
    placed = orders.place_order(make_piece(serial_number="DTC-9"), at=AT)
    Order.objects.update(total_amount=250_000)
    simulator.pay(placed.session_id, money.CARD)
    payments.confirm_payment(session_id=placed.session_id, at=AT)
    return placed.order


def _sell(client, order, seen):
    address = reverse("admin:store_order_act", args=[order.pk, "sell"])
    return client.post(address, {"sell-seen": seen}, follow=True).content.decode()


def test_an_order_in_review_is_sold(admin_client, reviewed):
    """A person accepts what came; the note that they saw is cleared."""
    offered = _page(admin_client, reviewed).content.decode()

    page = _sell(admin_client, reviewed, "Stripe took 249900 USD")

    reviewed.refresh_from_db()
    assert "Sell it as it stands" in offered
    assert "the gift is $249.90" in page
    assert (reviewed.status, reviewed.review_reason) == ("paid", "")
    assert "Sell it as it stands" not in page


def test_a_sale_that_cannot_be_says_why(admin_client, reviewed):
    """The reason stands where the button was, and the order stays in review."""
    Order.objects.update(currency="EUR")

    page = _sell(admin_client, reviewed, "Stripe took 249900 USD")

    reviewed.refresh_from_db()
    assert "$2,499.00 came, €2,500.00 was asked for" in page
    assert "Gifts and refunds could not be reckoned from it" in page
    assert reviewed.status == "review"


def test_a_review_without_a_note_can_be_sold(admin_client, reviewed):
    """The button does not hang on the note, which may be cleared first."""
    Order.objects.update(review_reason="")

    assert "Sell it as it stands" in _page(admin_client, reviewed).content.decode()
    _sell(admin_client, reviewed, "")

    reviewed.refresh_from_db()
    assert reviewed.status == "paid"
