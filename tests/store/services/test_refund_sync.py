"""What Stripe says of refunds, whoever made them, in whatever order it is heard."""

import itertools
from datetime import timedelta

import pytest
from django.dispatch import receiver

from store import signals
from store.gateways import base as gateways
from store.models import Message, Order, Payment, Refund
from store.services import refunds
from tests.store.services import money

PRICE = 249_900
HOUR = timedelta(hours=1)


@pytest.fixture
def sale(simulator, db, at):
    """A paid order of one piece."""
    return money.buy(simulator, at)


@pytest.fixture
def slow(simulator, db, at):
    """A paid order whose refunds take their time."""
    return money.buy(simulator, at, card=money.SLOW_REFUND)


def result(refund_id, status, amount, at, **details):
    """Return what Stripe might say of a refund."""
    values = {"currency": "USD", "intent_id": "pi_1", "created_at": at}
    return gateways.RefundResult(
        id=refund_id, status=status, amount=amount, **(values | details)
    )


def apply(sale, results, at):
    """Let Stripe say this of the sale's refunds."""
    refunds.apply_refunds(payment_id=sale.payment.pk, results=results, at=at)


@pytest.mark.checklist("R2")
def test_refunded_is_said_only_on_success(slow, simulator, at):
    """A pending refund tells the customer nothing; a succeeded one writes one mail."""
    refund = slow.refund(at)
    before = (refund.status, refund.finished_at, slow.order.status, slow.mails)
    simulator.settle_refunds()
    later = at + HOUR

    for _ in range(2):
        slow.sync(later)

    refund.refresh_from_db()
    assert before == ("pending", None, "refunding", ["confirmation"])
    assert (refund.status, refund.finished_at) == ("succeeded", later)
    assert slow.order.status == "refunded"
    message = Message.objects.get(kind="refunded")
    assert message.reference == str(refund.uuid)


@pytest.mark.checklist("R2")
def test_pending_says_why(slow, simulator, at):
    """What a refund waits for is stored with it."""
    simulator.plan_refunds("pending", pending_reason="charge_pending")

    refund = slow.refund(at, amount=100)

    assert (refund.status, refund.pending_reason) == ("pending", "charge_pending")


@pytest.mark.checklist("R2")
@pytest.mark.parametrize(
    ("status", "order_status", "left"),
    [
        ("pending", "refunding", 0),
        ("requires_action", "refunding", 0),
        ("succeeded", "refunded", 0),
        ("failed", "paid", PRICE),
        ("canceled", "paid", PRICE),
    ],
)
def test_five_statuses_are_kept_apart(slow, simulator, at, status, order_status, left):
    """Each of Stripe's words is stored, and order and what is left follow it."""
    refund = slow.refund(at)
    if status != "pending":
        simulator.finish_refund(refund.gateway_id, status)

    slow.sync(at)

    refund.refresh_from_db()
    assert (refund.status, slow.order.status) == (status, order_status)
    assert slow.payment.refundable_amount == left
    assert ("refunded" in slow.mails) == (status == "succeeded")


@pytest.mark.checklist("R3")
def test_failed_refund_is_told_to_staff(simulator, db, at):
    """A refund that fails after it was called a success is noted for a person."""
    sale = money.buy(simulator, at, card=money.FAILING_REFUND)
    refund = sale.refund(at)
    before = sale.order.status
    simulator.settle_refunds()

    sale.sync(at)

    refund.refresh_from_db()
    assert (before, refund.status, sale.order.status) == ("refunded", "failed", "paid")
    assert refund.failure_reason == "expired_or_canceled_card"
    assert sale.order.review_reason == f"Refund failed: {refund.idempotency_key}"
    assert sale.request(at).amount == PRICE


@pytest.mark.checklist("R3")
def test_unsold_order_goes_back_to_review(sale, at):
    """Money that sold nothing and did not go back is looked at by a person."""
    Payment.objects.update(is_counted=False)
    Order.objects.update(status="review")
    refund = sale.request(at)
    before = sale.order.status

    money.answer(refund, "failed", at)

    assert (before, sale.order.status) == ("refunding", "review")


def test_hosts_hear_of_a_refund(sale, at, django_capture_on_commit_callbacks):
    """The host's listeners get the order's id, once all is back."""
    heard = []

    @receiver(signals.order_refunded)
    def listen(order_id, **_):
        heard.append(order_id)

    with django_capture_on_commit_callbacks(execute=True):
        sale.refund(at, amount=100)
        sale.refund(at)

    assert heard == [sale.order.pk]


@pytest.mark.checklist("R4")
def test_dashboard_refund_is_found(sale, at):
    """A refund made at Stripe becomes a row, with its mail and its effect."""
    made = sale.refund_at_stripe(100)

    sale.sync(at)

    refund = Refund.objects.get()
    assert (refund.gateway_id, refund.origin) == (made["id"], "stripe")
    assert sale.payment.refunded_amount == 100
    assert sale.mails == ["confirmation", "refunded"]


@pytest.mark.checklist("R4")
def test_dashboard_refund_is_found_by_its_event(sale, simulator, at):
    """The event of a refund that we never asked for leads to its payment."""
    made = sale.refund_at_stripe()

    assert refunds.sync_refund(gateway_id=made["id"], at=at) is True

    assert sale.order.status == "refunded"


def test_known_refund_is_found_by_its_event(slow, simulator, at):
    """The event of a refund of ours brings how it stands."""
    refund = slow.refund(at)
    simulator.settle_refunds()

    assert refunds.sync_refund(gateway_id=refund.gateway_id, at=at) is True

    assert slow.order.status == "refunded"


def test_refund_of_another_shop_is_left_alone(sale, at):
    """A refund of a payment that is not ours becomes no row."""
    made = sale.refund_at_stripe()
    Payment.objects.update(intent_id="pi_other")

    assert refunds.sync_refund(gateway_id=made["id"], at=at) is False

    assert sale.refunds == []


@pytest.mark.checklist("R4")
def test_dashboard_refund_is_found_without_its_event(sale, at):
    """One list of the latest refunds finds those whose webhook was lost."""
    sale.refund_at_stripe(100)

    refunds.sync_recent(at=at + HOUR)

    assert sale.refunds == [(100, "succeeded")]


def test_known_refunds_cost_no_more_calls(sale, simulator, at):
    """A latest refund that we know as it stands is not looked at again."""
    sale.refund(at, amount=100)
    calls = len(simulator.calls)

    refunds.sync_recent(at=at + HOUR)

    assert len(simulator.calls) == calls + 1


@pytest.mark.checklist("R4")
def test_old_dashboard_refund_is_found_payment_by_payment(sale, simulator, at):
    """What Stripe counts as refunded is compared with ours, and looked into."""
    sale.refund_at_stripe(100)

    for _ in range(2):
        refunds.check_payment(payment_id=sale.payment.pk, at=at)

    assert sale.refunds == [(100, "succeeded")]
    assert simulator.calls[-1].path.startswith("/v1/charges/")


def test_payments_are_checked_in_turn(sale, at):
    """The payment that nobody compared for longest comes first; none comes too soon."""
    week = timedelta(days=7)

    def find(moment):
        return refunds.find_unchecked(older_than=HOUR, at=moment, limit=9)

    assert find(at) == []
    assert find(at + HOUR) == [sale.payment.pk]
    refunds.check_payment(payment_id=sale.payment.pk, at=at + week)
    assert find(at + week) == []
    assert find(at + week + HOUR) == [sale.payment.pk]


def test_payment_without_charge_is_not_checked(sale, at):
    """A free order has no charge to compare."""
    Payment.objects.update(charge_id="", amount=0)

    assert refunds.find_unchecked(older_than=HOUR, at=at + HOUR, limit=9) == []
    sale.sync(at)


def test_unfinished_refunds_are_looked_at_by_the_hour(slow, at):
    """The payment of a pending refund is found an hour after the last look."""
    slow.refund(at)
    payment_id = slow.payment.pk

    assert refunds.find_unfinished(at=at, limit=9) == []
    assert refunds.find_unfinished(at=at + HOUR, limit=9) == [payment_id]
    slow.sync(at + HOUR)
    assert refunds.find_unfinished(at=at + HOUR, limit=9) == []


def test_older_answers_change_nothing(sale, at):
    """A refund only goes forward: an answer that was read before is left aside."""
    stages = ["pending", "requires_action", "succeeded", "failed"]
    ends = set()
    for order in itertools.permutations(stages):
        Refund.objects.all().delete()
        refund = sale.request(at, amount=100)
        for status in order:
            money.answer(refund, status, at)
        ends.add((refund.status, sale.payment.refunded_amount, sale.order.status))

    assert ends == {("failed", 0, "paid")}


def test_foreign_metadata_names_no_row_of_ours(sale, at):
    """A refund whose reference is none of ours is recorded as made at Stripe."""
    owed = sale.request(at, amount=100)
    results = [
        result("re_1", "succeeded", 1, at, reference="not a uuid"),
        result("re_2", "succeeded", 2, at, reference=str(sale.order.uuid)),
    ]

    apply(sale, results, at)

    assert sale.refunds == [(100, "due"), (1, "succeeded"), (2, "succeeded")]
    assert owed.origin == "staff"


def test_refund_that_was_given_up_and_made_is_ours(sale, at):
    """A refund of ours that Stripe made after all is told by its reference."""
    refund = sale.request(at, amount=100)
    Refund.objects.update(status="canceled")

    money.answer(refund, "succeeded", at)

    assert sale.refunds == [(100, "succeeded")]
    assert sale.payment.refunded_amount == 100


@pytest.mark.checklist("R4")
def test_latest_wish_gives_way_first(sale, at):
    """A Dashboard refund cancels only what does not fit any more, the latest first."""
    sale.request(at, amount=100)
    sale.request(at + HOUR, amount=PRICE - 100)

    apply(sale, [result("re_1", "succeeded", 50, at)], at)

    assert sale.refunds == [(100, "due"), (PRICE - 100, "canceled"), (50, "succeeded")]
    assert sale.payment.refunded_amount == 150
    assert "Too little is left" in sale.order.review_reason
