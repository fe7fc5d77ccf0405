"""A whole run: what it mends, what it leaves to people, what it asks of Stripe."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from demo.stripe_simulator.faults import ApiFault
from store.gateways import base as gateways
from store.models import Difference, Order, Payment
from tests import orders
from tests.store.services.reconciliation import digests
from tests.store.services.reconciliation.conftest import DAY, HOUR

pytestmark = pytest.mark.django_db


@pytest.fixture
def unheard(pay):
    """An order that was paid, and nothing was heard of it."""
    return pay()


@pytest.mark.checklist("C3")
def test_agreement_is_no_difference(payment, run):
    """C3: when both sides say the same, nothing is found and nothing written."""
    report = run()

    assert (report.found, report.repaired, Difference.objects.count()) == ([], [], 0)


@pytest.mark.checklist("C3")
def test_paid_order_is_confirmed(unheard, run):
    """C3: paid at Stripe and unpaid here is mended, and the run says so."""
    report = run()

    assert unheard.now() == "paid"
    assert report.found == []
    assert [one.reference for one in report.repaired] == [unheard.session_id]
    row = Difference.objects.get()
    assert (row.kind, row.order_id) == ("unknown_payment", unheard.order.pk)
    assert row.resolution == "repaired at the run of 2026-11-20 13:00 UTC"


@pytest.mark.checklist("C3")
def test_nothing_else_is_mended(payment, run, open_differences):
    """C3: another amount is written down for a person, and our row stays as it was."""
    Payment.objects.update(amount=payment.amount + 1)

    run()

    assert ("payment_amount", payment.attempt.session_id) in open_differences()
    assert Payment.objects.get().amount == payment.amount + 1


@pytest.mark.checklist("C3")
def test_dry_run_writes_nothing(unheard, run):
    """C3: a dry run changes no row of any table, and still says what it found."""
    before = digests.of_every_table()

    report = run(is_dry=True)

    assert digests.of_every_table() == before
    assert [one.kind for one in report.found] == ["unknown_payment", "day_total"]
    assert unheard.now() == "pending"


@pytest.mark.checklist("C3")
def test_dry_run_resolves_nothing(payment, run):
    """C3: a dry run leaves open differences as they are, gone or not."""
    Payment.objects.update(amount=payment.amount + 1)
    run()
    Payment.objects.update(amount=payment.amount)
    before = digests.of_every_table()

    report = run(after=2 * HOUR, is_dry=True)

    assert digests.of_every_table() == before
    assert (report.found, report.gone) == ([], 0)


def test_what_is_gone_is_resolved(payment, run):
    """A later run that sees nothing wrong resolves the row in nobody's name."""
    amount = payment.amount
    Payment.objects.update(amount=amount + 1, refunded_amount=0)
    run()
    Payment.objects.update(amount=amount)

    report = run(after=2 * HOUR)

    assert report.found == []
    assert report.gone == Difference.objects.count() > 0
    assert not Difference.objects.open().exists()


def test_what_lies_outside_is_looked_at_again(payment, run, open_differences):
    """A run over other days looks at open differences all the same."""
    Payment.objects.update(amount=payment.amount + 1)
    run()
    opened = open_differences()

    run(after=30 * DAY)

    assert open_differences() == opened
    seen = Difference.objects.values_list("found_at", "seen_at")
    assert all(found < again for found, again in seen)


def test_what_changed_its_kind_is_a_new_row(unheard, run, simulator, open_differences):
    """A difference that became another one is resolved, and the other one is open."""
    Difference.objects.create(
        kind="missing_payment",
        reference=unheard.session_id,
        details="",
        found_at=unheard.order.placed_at,
        seen_at=unheard.order.placed_at,
    )
    orders.make_attempt(unheard.order, at=unheard.order.placed_at)
    run(after=-HOUR * 30)

    assert open_differences() == [("unknown_payment", unheard.session_id)]


@pytest.mark.checklist("C3", "I5")
def test_lists_answer_for_many_orders(pay, run, simulator):
    """I5: the calls do not grow with the orders: a list answers for a hundred."""
    calls = []
    for _ in range(2):
        pay()
        run()
        run()
        simulator.api.calls.clear()
        calls.append(run().calls)
        assert len(simulator.calls) == calls[-1]

    assert calls[0] == calls[1] == 4


def test_statements_do_not_grow(pay, run):
    """A page of Sessions costs the same statements, however many it has."""
    counts = []
    for _ in range(2):
        pay()
        run()
        run()
        with CaptureQueriesContext(connection) as statements:
            run()
        counts.append(len(statements))

    assert counts[0] == counts[1] < 40


def test_unreachable_stripe_ends_the_run(payment, run, simulator):
    """While Stripe cannot be asked nothing is called gone, and the caller is told."""
    Payment.objects.update(amount=payment.amount + 1)
    run()
    opened = Difference.objects.open().count()
    simulator.faults.add(ApiFault("GET /v1/disputes", 503, should_retry=False))

    with pytest.raises(gateways.UnavailableError):
        run(after=2 * HOUR)

    assert Difference.objects.open().count() == opened


def test_progress_is_told(payment, run):
    """Each step is told before it begins, with how many there are; then the end."""
    told = []

    run(progress=lambda *step: told.append(step))

    assert told[0] == ("payments", 0, 6)
    assert [step[1] for step in told] == list(range(7))
    assert told[-1] == ("done", 6, 6)


def test_order_that_cannot_be_paid_hides_nothing(unheard, run, caplog):
    """An order that breaks the mending is reported, and the run goes on."""
    # A line that gives what its pledge never promised cannot be sold.
    unheard.order.lines.update(donation_amount=1)

    report = run()

    assert report.found[0].reference == unheard.session_id
    assert "cannot confirm" in caplog.text


def test_payment_that_stays_unbooked_is_left(unheard, run, open_differences):
    """A payment that confirming does not book is a difference like any other."""
    unheard.order.attempts.update(status="paid")

    report = run()

    assert report.repaired == []
    assert open_differences()[0] == ("unknown_payment", unheard.session_id)


def test_long_stretch_finds_a_thing_once(payment, run):
    """A thing that touches two of the weeks that are compared is found once."""
    Order.objects.update(status="lost", placed_at=payment.paid_at - 10 * DAY)

    report = run(since_days=12)

    assert [one.kind for one in report.found] == ["order_status"]
