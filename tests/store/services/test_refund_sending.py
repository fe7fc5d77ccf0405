"""Due refunds on their way to Stripe: once in effect, however often tried."""

from datetime import timedelta

import pytest
from django.db import transaction

from demo.stripe_simulator.faults import ApiFault
from store.gateways import base as gateways
from store.models import Refund
from store.services import refunds
from tests.store.services import money

REFUNDS = "POST /v1/refunds"
PRICE = 249_900
HOUR = timedelta(hours=1)


@pytest.fixture
def sale(simulator, db, at):
    """A paid order of one piece."""
    return money.buy(simulator, at)


def refuse(simulator, code, times=1):
    """Let Stripe refuse the next refunds."""
    fault = ApiFault(REFUNDS, 400, type="invalid_request_error", code=code, times=times)
    simulator.faults.add(fault)


def lose_answer(simulator, when):
    """Let the next refund fail before or after Stripe's work."""
    simulator.faults.add(ApiFault(REFUNDS, 503, when=when, should_retry=False))


def owe_everything(sale, at):
    """Owe the whole payment by itself, as when its piece is gone."""
    with transaction.atomic():
        return refunds.owe_refund(payment=sale.payment, reason="Gone", at=at)


@pytest.mark.checklist("R1")
def test_refund_is_sent_under_its_rows_key(sale, simulator, at):
    """The key comes from the row; Stripe learns opaque ids of order and row."""
    refund = sale.refund(at, amount=100)

    assert simulator.calls[-1].idempotency_key == f"refund-{refund.uuid}"
    (stored,) = simulator.objects("refund")
    assert stored["metadata"] == {
        "order": str(sale.order.uuid),
        "refund": str(refund.uuid),
    }


def test_refund_is_sent_once(sale, simulator, at):
    """A doubled nudge asks Stripe for nothing."""
    refund = sale.refund(at, amount=100)
    calls = len(simulator.calls)

    money.send(refund, at)

    assert (len(simulator.calls), refund.status) == (calls, "succeeded")


@pytest.mark.checklist("I6")
def test_lost_answer_leaves_one_refund(sale, simulator, at):
    """A refund whose answer was lost is asked for again and made once."""
    refund = sale.request(at)
    lose_answer(simulator, "after")
    with pytest.raises(gateways.UnavailableError):
        money.send(refund, at)

    money.send(refund, at + timedelta(minutes=5))

    assert len(simulator.objects("refund")) == 1
    assert (sale.refunds, sale.order.status) == ([(PRICE, "succeeded")], "refunded")


@pytest.mark.checklist("I3", "I6")
def test_late_refund_is_looked_for_first(sale, simulator, at):
    """Stripe may have forgotten the key: a late try looks before it asks."""
    refund = sale.request(at, amount=100)
    lose_answer(simulator, "after")
    with pytest.raises(gateways.UnavailableError):
        money.send(refund, at)
    simulator.clock.move(30 * 60 * 60)

    money.send(refund, at + timedelta(hours=30))

    assert len(simulator.objects("refund")) == 1
    assert refund.gateway_id == simulator.objects("refund")[0]["id"]


def test_late_refund_that_was_never_made_is_asked_for(sale, simulator, at):
    """A late try that finds nothing at Stripe asks for it."""
    refund = sale.request(at, amount=100)

    money.send(refund, at + HOUR)

    assert refund.status == "succeeded"


@pytest.mark.checklist("I6")
def test_same_amount_of_another_hand_is_not_ours(sale, simulator, at):
    """A refund of the same amount, made at Stripe, is not taken for the one we owe."""
    refund = sale.request(at, amount=100)
    sale.refund_at_stripe(100)

    money.send(refund, at + HOUR)

    assert sale.refunds == [(100, "succeeded"), (100, "succeeded")]
    assert len(simulator.objects("refund")) == 2


def test_unreachable_stripe_leaves_it_due(sale, simulator, at):
    """A refund that nobody answered stays due, steps back, and is sent later."""
    refund = sale.request(at, amount=100)
    lose_answer(simulator, "before")

    with pytest.raises(gateways.UnavailableError):
        money.send(refund, at)

    refund.refresh_from_db()
    assert (refund.status, refund.tries) == ("due", 1)
    assert refund.next_try_at == at + timedelta(minutes=1)
    assert money.send(refund, at).status == "succeeded"


def test_waits_double_up_to_six_hours(sale, simulator, at):
    """Each failure doubles the wait, from a minute up to six hours."""
    refund = sale.request(at, amount=100)
    refuse(simulator, "balance_insufficient", times=11)
    waits = []
    for _ in range(11):
        with pytest.raises(gateways.DeclinedError):
            money.send(refund, at)
        refund.refresh_from_db()
        waits.append(refund.next_try_at - at)

    assert waits[:3] == [timedelta(minutes=n) for n in (1, 2, 4)]
    assert waits[-2:] == [timedelta(hours=6)] * 2


def test_unanswered_refunds_let_others_go_first(sale, at):
    """Who is tried steps behind who waits, so a few cannot keep the rest waiting."""
    stuck, waiting = (sale.request(at, amount=100) for _ in range(2))
    Refund.objects.filter(pk=stuck.pk).update(next_try_at=at + HOUR / 2, tries=5)

    assert refunds.find_due(older_than=at, limit=9) == [waiting.pk]
    later = refunds.find_due(older_than=at + HOUR, limit=9)
    assert later == [waiting.pk, stuck.pk]


def test_empty_balance_leaves_it_due(sale, simulator, at):
    """Without a balance a refund stays due, is noted for staff, and goes out later."""
    refund = sale.request(at)
    refuse(simulator, "balance_insufficient", times=2)
    for _ in range(2):
        with pytest.raises(gateways.DeclinedError):
            money.send(refund, at)

    refund.refresh_from_db()
    assert (refund.status, sale.order.status) == ("due", "refunding")
    assert sale.order.review_reason == "Refund refused: balance_insufficient"
    assert money.send(refund, at).status == "succeeded"


@pytest.mark.checklist("R5")
def test_disputed_refund_is_given_up(sale, simulator, at):
    """A refund that a dispute overtakes is canceled and noted; its amount is left."""
    refund = sale.request(at)
    simulator.dispute(sale.payment.charge_id)

    money.send(refund, at)

    assert (refund.status, refund.failure_reason) == ("canceled", "charge_disputed")
    assert sale.order.review_reason == "Refund refused: charge_disputed"
    assert sale.payment.refunded_amount == 0
    assert sale.order.status == "paid"


def test_given_up_pieces_can_be_refunded_anew(sale, simulator, at):
    """The pieces of a refund that was refused for good are free for the next."""
    (line,) = sale.lines
    refuse(simulator, "charge_disputed")
    sale.refund(at, line_ids=(line.pk,))

    again = sale.refund(at, line_ids=(line.pk,))

    assert sale.refunds == [(PRICE, "canceled"), (PRICE, "succeeded")]
    assert [one.is_live for one in line.refund_lines.order_by("pk")] == [False, True]
    assert again.status == "succeeded"


@pytest.mark.checklist("I2")
def test_reused_key_is_never_asked_under_another(sale, simulator, at):
    """A key that was used with other parameters ends the refund; a person looks."""
    refund = sale.request(at, amount=100)
    request = gateways.RefundRequest(
        idempotency_key=refund.idempotency_key,
        intent_id=sale.payment.intent_id,
        amount=101,
        currency="USD",
        order="another",
        reference="another",
    )
    gateways.get_gateway().refund(request)

    money.send(refund, at)

    assert sale.refunds == [(100, "canceled"), (101, "succeeded")]
    assert len(simulator.objects("refund")) == 1
    assert sale.order.review_reason.startswith("Refund refused")


@pytest.mark.checklist("R4")
def test_refund_of_another_hand_leaves_too_little(sale, at):
    """Staff's refund for which a Dashboard refund left too little is canceled."""
    refund = sale.request(at, amount=PRICE - 50)
    sale.refund_at_stripe(100)

    money.send(refund, at)

    assert sale.refunds == [(PRICE - 50, "canceled"), (100, "succeeded")]
    assert refund.failure_reason == "nothing_left"
    assert sale.payment.refunded_amount == 100


@pytest.mark.checklist("R4", "S13")
def test_automatic_refund_asks_for_the_rest(sale, at):
    """Where all was to go back and some went back already, the rest still does."""
    refund = owe_everything(sale, at)
    sale.refund_at_stripe(100)
    money.send(refund, at)

    rest = Refund.objects.due().get()
    money.send(rest, at)

    assert sale.refunds == [
        (PRICE, "canceled"),
        (100, "succeeded"),
        (PRICE - 100, "succeeded"),
    ]
    assert sale.order.status == "refunded"


def test_automatic_refund_made_by_another_hand_is_done(sale, at):
    """All the money went back by another hand: nothing is left to owe."""
    refund = owe_everything(sale, at)
    sale.refund_at_stripe()

    money.send(refund, at)

    assert sale.refunds == [(PRICE, "canceled"), (PRICE, "succeeded")]
    assert sale.order.status == "refunded"


def test_due_refunds_are_found_when_left_behind(sale, at):
    """A due refund is found once its try is due, and not after it was sent."""
    refund = sale.request(at, amount=100)

    assert refunds.find_due(older_than=at - timedelta(seconds=1), limit=9) == []
    assert refunds.find_due(older_than=at, limit=9) == [refund.pk]

    money.send(refund, at)

    assert refunds.find_due(older_than=at + HOUR, limit=9) == []
