"""Money on its way back."""

from datetime import timedelta

import pytest
from django.dispatch import receiver

from demo.stripe_simulator.faults import ApiFault
from store import signals
from store.gateways import base as gateways
from store.models import Payment, Refund
from store.services import orders as order_service
from store.services import payments, refunds
from tests import orders
from tests.orders import statuses

REFUNDS = "POST /v1/refunds"
SLOW = "4000000000007726"
FAILS_LATER = "4000000000005126"


@pytest.fixture
def pay(placed, simulator, at):
    """Pay the order with a card, and let its money be owed back."""

    def pay(card="4242424242424242"):
        simulator.pay(placed.session_id, card)
        payments.confirm_payment(session_id=placed.session_id, at=at)
        order = order_service.lock_order(pk=placed.order.pk)
        order_service.move_order(order=order, to="refunding")
        return refunds.owe_refund(
            payment=Payment.objects.get(), reason="The piece was sold", at=at
        )

    return pay


@pytest.fixture
def refund(pay):
    """A due refund of a paid order."""
    return pay()


def send(refund, at):
    """Ask Stripe for the refund and return it as it stands then."""
    refunds.send_refund(refund_id=refund.pk, at=at)
    refund.refresh_from_db()
    return refund


def test_refund_is_a_row_first(refund, simulator):
    """A refund is owed in full before Stripe is asked."""
    assert (refund.amount, refund.currency) == (249_900, "USD")
    assert (refund.status, refund.gateway_id) == ("due", None)
    assert simulator.objects("refund") == []


def test_refund_is_sent_under_its_rows_key(refund, placed, simulator, at):
    """The key comes from the row; Stripe learns the order's opaque id only."""
    send(refund, at)

    assert simulator.calls[-1].idempotency_key == f"refund-{refund.uuid}"
    (stored,) = simulator.objects("refund")
    assert stored["metadata"] == {"order": str(placed.order.uuid)}


def test_finished_refund_ends_the_order(refund, placed, at):
    """An order is refunded when its money is back in full."""
    send(refund, at)

    assert (refund.status, refund.finished_at) == ("succeeded", at)
    assert placed.now() == "refunded"


def test_hosts_hear_of_a_refund(refund, placed, at, django_capture_on_commit_callbacks):
    """The host's listeners get the order's id."""
    heard = []

    @receiver(signals.order_refunded)
    def listen(order_id, **_):
        heard.append(order_id)

    with django_capture_on_commit_callbacks(execute=True):
        send(refund, at)

    assert heard == [placed.order.pk]


def test_refund_is_sent_once(refund, simulator, at):
    """A doubled nudge asks Stripe for nothing."""
    send(refund, at)
    calls = len(simulator.calls)

    send(refund, at)

    assert len(simulator.calls) == calls


def test_lost_answer_leaves_one_refund(refund, placed, simulator, at):
    """I6: a refund whose answer was lost is asked for again and made once."""
    simulator.faults.add(ApiFault(REFUNDS, 503, when="after", should_retry=False))
    with pytest.raises(gateways.UnavailableError):
        send(refund, at)

    send(refund, at + timedelta(minutes=5))

    assert len(simulator.objects("refund")) == 1
    assert placed.now() == "refunded"


def test_slow_refund_is_not_finished(pay, placed, at):
    """R2: a pending refund is not said to be back."""
    refund = send(pay(SLOW), at)

    assert (refund.status, refund.finished_at) == ("pending", None)
    assert placed.now() == "refunding"


def test_slow_refund_finishes_later(pay, placed, simulator, at):
    """A refund is finished when a later look says so."""
    refund = send(pay(SLOW), at)
    simulator.settle_refunds()
    later = at + timedelta(hours=1)

    assert refunds.check_refund(gateway_id=refund.gateway_id, at=later) is True

    refund.refresh_from_db()
    assert (refund.status, refund.finished_at) == ("succeeded", later)
    assert placed.now() == "refunded"


def test_foreign_refund_is_left_alone(refund, simulator, at):
    """A refund that no row of ours knows is not fetched."""
    calls = len(simulator.calls)

    assert refunds.check_refund(gateway_id="re_foreign", at=at) is False

    assert len(simulator.calls) == calls


def test_failed_refund_is_told_to_staff(pay, placed, simulator, at):
    """R3: a refund that fails is noted on its order, for a person to look at."""
    refund = send(pay(FAILS_LATER), at)
    simulator.settle_refunds()

    refunds.check_refund(gateway_id=refund.gateway_id, at=at)

    refund.refresh_from_db()
    placed.order.refresh_from_db()
    assert refund.status == "failed"
    assert placed.order.review_reason == f"Refund failed: {refund.gateway_id}"


def test_refund_that_fails_at_once_goes_to_review(refund, placed, at):
    """An order whose money did not go back goes from refunding to review."""
    result = gateways.RefundResult("re_1", "canceled", 249_900, "USD", "pi_1", at)

    refunds.apply_refund(refund=refund, result=result, at=at)

    assert placed.now() == "review"


def test_refused_refund_stays_due(refund, placed, simulator, at, caplog):
    """A refund that Stripe refuses stays due and is noted once for staff."""
    refused = ApiFault(
        REFUNDS, 400, type="invalid_request_error", code="balance_insufficient", times=2
    )
    simulator.faults.add(refused)
    for _ in range(2):
        with pytest.raises(gateways.DeclinedError):
            send(refund, at)

    placed.order.refresh_from_db()
    assert statuses(Refund) == ["due"]
    assert placed.order.review_reason == "Refund refused: balance_insufficient"
    assert [record.name for record in caplog.records] == ["store.services.orders"]
    assert send(refund, at).status == "succeeded"


def test_second_payments_refund_keeps_the_order_paid(placed, simulator, at):
    """The refund of a second payment leaves the order paid."""
    simulator.pay(placed.session_id)
    payments.confirm_payment(session_id=placed.session_id, at=at)
    payment = Payment.objects.get()

    send(refunds.owe_refund(payment=payment, reason="Paid twice", at=at), at)

    assert placed.now() == "paid"


def test_order_waits_for_all_its_money(refund, placed, simulator, at):
    """An order with two payments is refunded when both are back, not before."""
    first = Payment.objects.get()
    attempt = orders.make_attempt(placed.order, at=at)
    second = Payment.objects.create(
        order=placed.order, attempt=attempt, intent_id="pi_2", amount=1, paid_at=at
    )
    owed = refunds.owe_refund(payment=second, reason="Paid twice", at=at)

    send(refund, at)
    before = placed.now()
    result = gateways.RefundResult("re_2", "succeeded", 1, "USD", "pi_2", at)
    refunds.apply_refund(refund=owed, result=result, at=at)

    assert first.refunds.get() == refund
    assert (before, placed.now()) == ("refunding", "refunded")


def test_due_refunds_are_found_when_left_behind(refund, at):
    """A due refund is found once it is old enough, and not after it was sent."""
    assert refunds.find_due(older_than=at - timedelta(seconds=1), limit=9) == []
    assert refunds.find_due(older_than=at, limit=9) == [refund.pk]

    send(refund, at)

    assert refunds.find_due(older_than=at, limit=9) == []


def test_unfinished_refunds_are_found(pay, at):
    """A pending refund is found for another look once it is old enough."""
    refund = send(pay(SLOW), at)
    hour = timedelta(hours=1)

    assert refunds.find_unfinished(older_than=hour, at=at, limit=9) == []
    found = refunds.find_unfinished(older_than=hour, at=at + hour, limit=9)
    assert found == [refund.gateway_id]


def test_refund_of_another_amount_is_not_ours(refund, placed, at):
    """What staff sent back in the Dashboard is not taken for the refund we owe."""
    gateways.get_gateway().refund(
        gateways.RefundRequest(
            idempotency_key="made-in-the-dashboard",
            intent_id=refund.payment.intent_id,
            amount=100,
            order=str(placed.order.uuid),
        )
    )

    with pytest.raises(gateways.DeclinedError):
        send(refund, at)

    refund.refresh_from_db()
    assert (refund.status, refund.gateway_id) == ("due", None)


def test_refused_refund_may_be_made_already(refund, placed, at):
    """All the money went back by another hand: that refund is the one we owed."""
    made = gateways.get_gateway().refund(
        gateways.RefundRequest(
            idempotency_key="made-in-the-dashboard",
            intent_id=refund.payment.intent_id,
            amount=refund.amount,
            order=str(placed.order.uuid),
        )
    )

    send(refund, at)

    assert (refund.status, refund.gateway_id) == ("succeeded", made.id)
    assert placed.now() == "refunded"
