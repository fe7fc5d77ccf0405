"""Payments both ways."""

from datetime import timedelta

import pytest

from store.models import Order, Payment, PaymentAttempt
from store.services.reconciliation import looking
from store.services.reconciliation.pacing import Pace
from tests.store.services.reconciliation.conftest import DAY, HOUR
from tests.stripe_orders import session_params

pytestmark = [pytest.mark.django_db, pytest.mark.checklist("C3")]


def kinds(report):
    """Return what was found, by kind and reference."""
    return [(str(one.kind), one.reference) for one in report.found]


def test_missing_payment_is_found(payment, run, simulator):
    """A payment that Stripe calls unpaid is found, with our amount beside none."""
    session = simulator.state.get(payment.attempt.session_id, "checkout.session")
    simulator.state.save(session | {"payment_status": "unpaid"})

    report = run()

    (found,) = report.found
    assert (found.kind, found.reference) == ("missing_payment", session["id"])
    assert (found.ours_amount, found.theirs_amount) == (249_900, None)
    assert found.details == "Stripe says complete, unpaid"


def test_payment_of_an_unknown_session_is_found(payment, run):
    """A payment whose Session Stripe does not know, by list or by name, is found."""
    PaymentAttempt.objects.update(session_id="cs_test_nobody")

    report = run(is_dry=True)

    assert ("missing_payment", "cs_test_nobody") in kinds(report)


def test_other_amount_is_found(payment, run):
    """Both amounts are said when they differ."""
    Payment.objects.update(amount=payment.amount + 1)

    found = run().found[0]

    assert (found.kind, found.order_id) == ("payment_amount", payment.order_id)
    assert (found.ours_amount, found.theirs_amount) == (249_901, 249_900)


def test_other_currency_is_found(payment, run):
    """The same number in another currency is another amount."""
    Payment.objects.update(currency="EUR")

    assert run().found[0].kind == "payment_amount"


@pytest.mark.checklist("W13")
def test_foreign_sessions_are_ignored(simulator, run, at):
    """What another shop on the account was paid is no business of ours."""
    for reference in ("0123456789abcdef", "A-1001", None):
        params = session_params(
            client_reference_id=reference,
            expires_at=int(at.timestamp()) + 1860,
        )
        simulator.pay(simulator.checkout.create(params)["id"])
    simulator.finish_captures()

    assert run().found == []


def test_unpaid_session_is_no_difference(placed, run):
    """An open page, and later an expired one, is unpaid on both sides."""
    assert run(after=timedelta(minutes=5)).found == []
    assert run(after=HOUR).found == []


def test_payment_at_the_edge_is_asked_for(payment, run, simulator, at):
    """A payment of the window whose Session is older is looked up, not missed."""
    edge = (at + 2 * DAY).replace(hour=0, minute=1)
    PaymentAttempt.objects.update(created_at=edge)

    report = run(after=5 * DAY)

    assert report.found == []
    assert payment.attempt.session_id in {
        call.path.rpartition("/")[2] for call in simulator.calls
    }


def test_session_that_names_an_order_is_ours(placed, simulator, run, at):
    """A second paid page that names our order is ours, whatever we know of it."""
    params = session_params(
        client_reference_id=str(placed.order.uuid),
        expires_at=int(at.timestamp()) + 1860,
    )
    session = simulator.checkout.create(params)
    simulator.pay(session["id"])

    report = run(is_dry=True)

    assert kinds(report)[0] == ("unknown_payment", session["id"])
    assert report.found[0].order_id == Order.objects.get().pk


def test_unknown_name_is_no_finding(payment, at):
    """A name that neither side knows is nothing to report."""
    kind = "unknown_payment"

    assert looking.look(kind=kind, reference="cs_x", pace=Pace(), at=at) is None
