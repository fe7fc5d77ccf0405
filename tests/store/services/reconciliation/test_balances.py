"""Stripe's books by day against ours."""

from datetime import date, timedelta

import pytest

from store.models import (
    Difference,
    Dispute,
    Payment,
    PaymentAttempt,
    Refund,
    TransferRecall,
)
from store.services import disputes, payments, refunds, transfer_recalls
from store.services.reconciliation import looking
from store.services.reconciliation.pacing import Pace
from tests.store.services import paying_on
from tests.store.services.reconciliation.conftest import DAY, HOUR
from tests.stripe_orders import session_params

pytestmark = [pytest.mark.django_db, pytest.mark.checklist("C5")]

TODAY = date(2026, 11, 20)


def totals(report):
    """Return ours and theirs by kind of sum; all are of one day and currency."""
    assert {key[:2] for key in report.totals} <= {(TODAY, "USD")}
    return {
        str(kind): (total.ours_amount, total.theirs_amount)
        for (_, _, kind), total in report.totals.items()
    }


def send_back(payment, amount, at):
    """Refund an amount here and at Stripe."""
    refund = refunds.request_refund(
        payment_id=payment.pk,
        wish=refunds.Wish(amount=amount),
        origin="staff",
        reason="Late",
        at=at,
    )
    refunds.send_refund(refund_id=refund.pk, at=at)
    refund.refresh_from_db()
    return refund


@pytest.mark.checklist("T2")
@pytest.mark.parametrize("is_known", [True, False])
def test_transfers_of_a_day_are_compared(settings, simulator, run, at, is_known):
    """C5: what was sent on and taken back is in our rows too, or the day differs."""
    settings.DONATIONS = {**settings.DONATIONS, "RAILS": paying_on.RAILS}
    simulator.connect_account(paying_on.ACCOUNT)
    sale = paying_on.sell(simulator, at, count=2)
    paying_on.settle(at + paying_on.WINDOW)
    sale.refund(at, line_ids=(sale.lines[0].pk,))
    (due,) = transfer_recalls.find_due(older_than=at, limit=9)
    transfer_recalls.make_recall(recall_id=due, at=at)
    if not is_known:
        TransferRecall.objects.all().delete()

    found = totals(run())["transfers"]

    sent, back = -2 * 24_990, 24_990
    assert found == (sent + back * is_known, sent + back)


def find(report):
    """Return the sums that differ."""
    return [one for one in report.found if one.kind == "day_total"]


def test_sums_of_a_day_agree(payment, run, at):
    """C5: payments, fees and refunds of a day are the same on both sides."""
    send_back(payment, 50_000, at)

    report = run()

    fee = payment.fee_amount
    assert totals(report) == {
        "payments": (249_900, 249_900),
        "fees": (-fee, -fee),
        "refunds": (-50_000, -50_000),
    }
    assert report.found == []


@pytest.mark.parametrize(
    ("won", "sums"), [(None, -249_900), (False, -249_900), (True, 0)]
)
def test_disputes_of_a_day_agree(payment, simulator, run, at, won, sums):
    """C5: what banks took and gave back is the same on both sides, at every stage."""
    opened = simulator.dispute(payment.charge_id)["id"]
    if won is not None:
        simulator.close_dispute(opened, won=won)
    disputes.sync_dispute(gateway_id=opened, at=at)

    report = run()

    assert totals(report)["disputes"] == (sums, sums)
    assert report.found == []


def test_dispute_whose_end_we_missed_differs(payment, simulator, run, at):
    """C5: money that came back from the bank, and not to our rows, differs."""
    opened = simulator.dispute(payment.charge_id)["id"]
    disputes.sync_dispute(gateway_id=opened, at=at)
    simulator.close_dispute(opened, won=True)

    (found,) = find(run())

    assert found.reference == "2026-11-20 USD disputes"
    assert (found.ours_amount, found.theirs_amount) == (-249_900, 0)


def test_inquiry_that_took_money_differs(payment, simulator, run, at):
    """C5: money that an inquiry took in Stripe's books, and not in ours, differs."""
    opened = simulator.dispute(payment.charge_id)["id"]
    disputes.sync_dispute(gateway_id=opened, at=at)
    Dispute.objects.update(status="warning_needs_response", withdrawn_amount=0)

    (found,) = find(run())

    assert (found.ours_amount, found.theirs_amount) == (0, -249_900)


def test_failed_refund_came_back(payment, simulator, run, at):
    """C5: a refund that failed is out and in again, on both sides."""
    refund = send_back(payment, 50_000, at)
    simulator.finish_refund(refund.gateway_id, "failed")
    report = run(is_dry=True)
    assert totals(report)["refunds"] == (-50_000, 0)

    refunds.sync_payment(payment_id=payment.pk, at=at)

    assert totals(run())["refunds"] == (0, 0)
    assert run().found == []


def test_refund_that_we_lack_differs(payment, simulator, run):
    """C5: a refund made at Stripe makes the day's sum differ, and names its source."""
    made = simulator.refund_at_dashboard(payment.charge_id, 50_000)["id"]

    (found,) = find(run())

    assert found.details == f"Differs at {made}"
    assert (found.ours_amount, found.theirs_amount) == (0, -50_000)


def test_dispute_that_we_lack_differs(payment, simulator, run):
    """C5: a dispute that we never heard of makes the day's sum differ."""
    simulator.dispute(payment.charge_id)

    (found,) = find(run())

    assert (found.ours_amount, found.theirs_amount) == (0, -249_900)


def test_payment_that_we_lack_differs(pay, run):
    """C5: a payment that we have not booked is known by the order that it names."""
    pay()

    (found,) = find(run(is_dry=True))

    assert (found.ours_amount, found.theirs_amount) == (0, 249_900)


def test_foreign_money_does_not_count(payment, simulator, run, at):
    """C5: what another shop on the account takes and sends back is in no sum."""
    before = totals(run())
    params = session_params(expires_at=int(at.timestamp()) + 1860)
    simulator.pay(simulator.checkout.create(params)["id"])
    simulator.finish_captures()
    charge = simulator.objects("charge")[-1]
    simulator.refund_at_dashboard(charge["id"])

    assert totals(run()) == before


def test_many_sources_are_counted_not_named(pay, run):
    """The details name three sources and count the rest."""
    for _ in range(5):
        pay()

    (found,) = find(run(is_dry=True))

    assert found.details.endswith(" and 2 more")


def test_sums_that_agree_by_chance_differ(pay, run, at):
    """Two wrong amounts that make the same sum are two differences all the same."""
    for sign in (1, -1):
        placed = pay()
        payments.confirm_payment(session_id=placed.session_id, at=at)
        Payment.objects.filter(order=placed.order).update(amount=249_900 + sign)

    (found,) = find(run())

    assert found.ours_amount == found.theirs_amount == 2 * 249_900


def test_fresh_fee_has_its_chance(payment, run):
    """A fee that we do not know yet is a difference only after a day."""
    Payment.objects.update(fee_amount=None)

    assert run().found == []
    (found,) = find(run(after=25 * HOUR))
    assert found.reference == "2026-11-20 USD fees"


def test_payment_that_the_books_lack_differs(place, simulator, run, at):
    """C5: a payment that is not in Stripe's books a day later differs."""
    placed = place()
    simulator.pay(placed.session_id)
    payments.confirm_payment(session_id=placed.session_id, at=at)

    assert run(after=23 * HOUR).found == []
    (found,) = find(run(after=25 * HOUR))
    assert (found.ours_amount, found.theirs_amount) == (249_900, 0)


def test_payment_that_nobody_knows_differs(payment, run):
    """C5: a payment whose Session Stripe does not know is not in its books."""
    Payment.objects.update(charge_id="ch_nobody")
    PaymentAttempt.objects.update(session_id="cs_nobody")

    found = find(run(after=25 * HOUR))

    assert "ch_nobody" in {one.details.split()[-1] for one in found}


def test_payment_booked_late_is_asked_for(payment, run, at):
    """A payment that stands in Stripe's books before the window is no difference."""
    Payment.objects.update(paid_at=at + 2 * DAY)

    assert run(after=5 * DAY).found == []


def test_converted_money_is_not_compared(payment, run):
    """What Stripe changed into the account's currency is counted and not compared."""
    Payment.objects.update(currency="EUR")

    report = run()

    assert (report.converted, find(report)) == (1, [])


@pytest.mark.parametrize("is_mended", [True, False])
def test_day_is_added_up_again(payment, simulator, at, is_mended):
    """One day's sum is looked at again by its name, what is unbooked included."""
    made = simulator.refund_at_dashboard(payment.charge_id, 50_000)["id"]
    Difference.objects.create(
        kind="unknown_refund", reference=made, details="", found_at=at, seen_at=at
    )
    if is_mended:
        refunds.sync_payment(payment_id=payment.pk, at=at)

    left = looking.look(
        kind="day_total",
        reference="2026-11-20 USD refunds",
        pace=Pace(),
        at=at + timedelta(hours=1),
    )

    assert (left is None) == is_mended
    assert Refund.objects.exists() == is_mended
