"""Orders and donations against the money, computed anew from the rows."""

import pytest

from donations.models import Donation
from store.models import Line, Order, Payment, Refund
from store.services import disputes, refunds
from store.services.reconciliation import looking
from store.services.reconciliation.pacing import Pace
from tests.store.services.reconciliation.conftest import DAY, HOUR

pytestmark = [pytest.mark.django_db, pytest.mark.checklist("C3")]


@pytest.fixture
def refund(payment, at):
    """A function that sends some of the payment back, at Stripe too."""

    def refund(**wish):
        owed = refunds.request_refund(
            payment_id=payment.pk,
            wish=refunds.Wish(**wish),
            origin="staff",
            reason="Late",
            at=at,
        )
        refunds.send_refund(refund_id=owed.pk, at=at)
        return owed

    return refund


@pytest.fixture
def dispute(payment, simulator, at):
    """A function that lets the bank dispute the payment, and then decide."""

    def dispute(*, won=None, amount=None):
        opened = simulator.dispute(payment.charge_id, amount)["id"]
        if won is not None:
            simulator.close_dispute(opened, won=won)
        disputes.sync_dispute(gateway_id=opened, at=at)

    return dispute


def look(order):
    """Return what does not fit the money of an order, in words."""
    return [one.details for one in looking.look_at_order(order_id=order.pk)]


ENDINGS = {
    "paid": lambda refund, dispute: None,
    "partly refunded": lambda refund, dispute: refund(amount=50_000),
    "returned": lambda refund, dispute: refund(line_ids=(Line.objects.get().pk,)),
    "refunded": lambda refund, dispute: refund(),
    "disputed": lambda refund, dispute: dispute(),
    "won": lambda refund, dispute: dispute(won=True),
    "lost": lambda refund, dispute: dispute(won=False),
    "lost in part": lambda refund, dispute: dispute(won=False, amount=50_000),
    "refunded, then lost": lambda refund, dispute: (
        refund(amount=49_900),
        dispute(won=False, amount=200_000),
    ),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_rightly_kept_order_fits(payment, refund, dispute, run, ending):
    """Whatever happened to its money, an order kept in step is no difference."""
    ENDINGS[ending](refund, dispute)

    assert run().found == []


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    "status", ["paid", "refunding", "refunded", "disputed", "lost"]
)
def test_wrong_status_is_found(payment, refund, dispute, ending, status):
    """Every status but the one that the money says is a difference."""
    ENDINGS[ending](refund, dispute)
    order = Order.objects.get()
    right = order.status

    Order.objects.update(status=status)

    assert bool(look(order)) == (status != right)


def test_status_is_said_with_its_money(payment, run):
    """A difference says what came and what went back."""
    Order.objects.update(status="refunded")

    (found,) = run().found

    assert (found.kind, found.reference) == ("order_status", payment.order.number)
    assert found.details == "refunded, but 249900 came and 0 went back"


def test_unpaid_order_has_no_money(placed):
    """An order that was never paid may not say that it was."""
    assert look(placed.order) == []

    Order.objects.update(status="refunded")

    assert look(placed.order) == ["refunded, but 0 came and 0 went back"]


def test_sum_of_refunds_is_checked(payment, refund):
    """What a payment says went back must be the sum of its live refunds."""
    refund(amount=50_000)
    Payment.objects.update(refunded_amount=50_001)

    (details,) = look(payment.order)

    assert details.endswith("says 50001 went back, its refunds 50000")


@pytest.mark.checklist("R3", "R4")
def test_wrong_target_is_found(payment, refund):
    """A donation that did not follow a refund is found, with both amounts."""
    right = Donation.objects.get().target_amount
    refund(amount=50_000)
    Donation.objects.update(target_amount=right)

    (found,) = looking.look_at_order(order_id=payment.order_id)

    assert (found.kind, found.reference) == ("donation", Line.objects.get().source)
    assert (found.ours_amount, found.theirs_amount) == (24_990, 19_990)


def test_missing_donation_is_found(payment):
    """A sold line that should give and does not is a difference."""
    Donation.objects.update(source="line:lost")

    assert look(payment.order) == ["The order is sold, and no donation is due"]


def test_donation_without_a_sale_is_found(payment):
    """Nothing is given for what was never sold."""
    Payment.objects.update(is_counted=False)
    Order.objects.update(status="review")

    assert look(payment.order) == ["Nothing was sold"]


@pytest.mark.checklist("R5")
@pytest.mark.parametrize(
    ("is_disputed", "details"),
    [
        (True, "A dispute is open, and the donation is not held"),
        (False, "Held, and no dispute is open"),
    ],
)
def test_hold_follows_the_dispute(payment, dispute, is_disputed, details):
    """A donation is held while a dispute is open, and not a moment longer."""
    if is_disputed:
        dispute()

    Donation.objects.update(is_held=not is_disputed)

    assert look(payment.order) == [details]


def test_more_gone_than_came_is_said(payment, refund):
    """When more is gone than came, nobody can tell what to give: that is said."""
    refund(amount=50_000)
    Refund.objects.update(amount=300_000)

    assert "of 249900 paid" in look(payment.order)[-1]


def test_line_that_gives_nothing_is_left_out(payment):
    """A line without a pledge has no donation to compare."""
    Donation.objects.all().delete()
    Line.objects.update(pledge_version=None)

    assert look(payment.order) == []


def test_order_whose_money_moved_is_compared(payment, refund, run):
    """An old order is looked at again on the day on which its money moved."""
    Order.objects.update(status="lost", placed_at=payment.paid_at - 90 * DAY)
    Payment.objects.update(paid_at=payment.paid_at - 90 * DAY)
    assert run(is_dry=True).found == []

    refund(amount=50_000)

    Order.objects.update(status="lost")
    assert [one.kind for one in run(is_dry=True).found] == ["order_status"]


@pytest.mark.parametrize("kind", ["order_status", "donation"])
def test_difference_is_looked_at_by_its_name(payment, kind, at):
    """An order goes by its number and a donation by its line's name."""
    names = {
        "order_status": payment.order.number,
        "donation": Line.objects.get().source,
    }

    def find():
        return looking.look(kind=kind, reference=names[kind], pace=Pace(), at=at + HOUR)

    assert find() is None
    Order.objects.update(status="lost")
    Donation.objects.update(is_held=True)
    assert find().kind == kind
