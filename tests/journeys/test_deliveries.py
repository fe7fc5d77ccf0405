"""Webhooks doubled, shuffled, early or lost: every order ends as if all was well."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from demo.stripe_simulator.faults import ApiFault, DeliveryFaults
from store.gateways import base as gateways
from store.models import Order, PaymentAttempt, WebhookEvent
from store.services import webhook_events
from tests.journeys import beat, books, purchases, races

pytestmark = pytest.mark.django_db(transaction=True)


def _process_everything_twice(_number):
    """Act on every stored event, as a worker to which all nudges were sent twice."""
    for _ in range(2):
        for pk in WebhookEvent.objects.order_by("?").values_list("pk", flat=True):
            webhook_events.process_event(webhook_event_id=pk, at=timezone.now())


def _end_of(order):
    order.refresh_from_db()
    return order.status, {line.piece.status for line in order.lines.all()}


def _mails_to(mailoutbox, order):
    number = Order.objects.get(pk=order.pk).number
    return [mail.subject for mail in mailoutbox if number in mail.subject]


@pytest.mark.checklist("W7")
def test_tripled_and_shuffled_webhooks_count_once(shop):
    """Three deliveries of each event in any order, a real worker: each effect once."""
    shop.simulator.faults.delivery = DeliveryFaults(duplicate=2, shuffle=True)
    shop.simulator.deliveries.mode = "manual"
    orders = purchases.check_out_each(purchases.offer_pieces(4))
    for order in orders:
        purchases.pay(shop.simulator, order)
    shop.simulator.finish_captures()

    attempts = shop.simulator.deliver(workers=6)
    shop.wait()

    assert {attempt.status for attempt in attempts} == {200}
    assert len(attempts) == 3 * len({attempt.event_id for attempt in attempts})
    assert [books.find_faults(order) for order in orders] == [{}] * 4
    assert books.find_shop_faults(shop.simulator) == {}
    assert len(shop.mails()) == 4


@pytest.mark.checklist("S5")
def test_two_workers_at_once_act_once(webhooks, no_broker, mailoutbox):
    """Two workers with the same events at the same moment do everything once."""
    orders = purchases.check_out_each(purchases.offer_pieces(4))
    for order in orders:
        purchases.pay(webhooks, order)
    webhooks.deliver()

    failures = races.run_together(2, _process_everything_twice)
    races.run_together(2, lambda _: beat.sweep_after(purchases.LATER))

    assert failures == [None, None]
    assert [books.find_faults(order) for order in orders] == [{}] * 4
    assert books.find_shop_faults(webhooks) == {}
    assert len(mailoutbox) == 4


@pytest.mark.checklist("C4")
def test_every_webhook_lost_and_paid(webhooks, no_broker, mailoutbox):
    """Paid, and no webhook ever came: the sweep finds it."""
    webhooks.faults.delivery = DeliveryFaults(drop=["*"])
    order = purchases.buy(webhooks, *purchases.offer_pieces(2))

    assert webhooks.deliver() == []
    beat.sweep_after(purchases.LATER)

    assert books.find_faults(order) == {}
    assert len(_mails_to(mailoutbox, order)) == 1


@pytest.mark.checklist("C4")
@pytest.mark.parametrize("method", [None, purchases.DECLINED_CARD])
def test_every_webhook_lost_and_never_paid(webhooks, no_broker, mailoutbox, method):
    """Abandoned, or declined and abandoned: the next day the piece is for sale."""
    (piece,) = purchases.offer_pieces(1)
    order = purchases.check_out(piece)
    if method:
        assert purchases.pay(webhooks, order, method).kind == "declined"

    beat.sweep_after(purchases.LATER)
    assert _end_of(order) == ("pending", {"held"})

    beat.sweep_after(purchases.TOMORROW)
    assert _end_of(order) == ("expired", {"on_sale"})
    assert mailoutbox == []


def test_declined_and_then_paid(webhooks, no_broker):
    """A customer who tries another card after a refusal has bought the piece once."""
    order = purchases.check_out(*purchases.offer_pieces(1))

    purchases.pay(webhooks, order, purchases.DECLINED_CARD)
    purchases.pay(webhooks, order)
    beat.sweep_after(purchases.LATER)

    assert books.find_faults(order) == {}
    assert books.find_shop_faults(webhooks) == {}


@pytest.mark.checklist("C4")
def test_every_webhook_lost_and_the_bank_pays_later(webhooks, no_broker):
    """A bank debit keeps its piece for days and then makes the order paid."""
    order = purchases.check_out(*purchases.offer_pieces(1))
    purchases.pay(webhooks, order, purchases.BANK_DEBIT)

    beat.sweep_after(purchases.TOMORROW)
    assert _end_of(order) == ("awaiting_payment", {"held"})

    webhooks.settle_bank(purchases.session_of(order))
    beat.sweep_after(3 * purchases.TOMORROW)
    assert books.find_faults(order) == {}


@pytest.mark.checklist("C4")
def test_every_webhook_lost_and_the_bank_refuses(webhooks, no_broker, mailoutbox):
    """A failed bank debit frees the piece and is told to the customer once."""
    order = purchases.check_out(*purchases.offer_pieces(1))
    purchases.pay(webhooks, order, purchases.FAILING_BANK_DEBIT)
    webhooks.settle_bank(purchases.session_of(order))

    beat.sweep_after(purchases.LATER)
    beat.sweep_after(purchases.TOMORROW)

    assert _end_of(order) == ("canceled", {"on_sale"})
    assert len(_mails_to(mailoutbox, order)) == 1
    assert books.find_shop_faults(webhooks) == {}


@pytest.mark.checklist("W14")
def test_a_webhook_before_the_session_is_stored(webhooks, no_broker):
    """An event that overtakes our own write finds its order by its reference."""
    order = purchases.buy(webhooks, *purchases.offer_pieces(1))
    PaymentAttempt.objects.update(session_id=None, url="", status="created")

    webhooks.deliver()
    _process_everything_twice(0)

    assert _end_of(order) == ("paid", {"sold"})
    assert order.attempts.get().session_id == webhooks.sessions()[0]["id"]


def test_an_order_that_always_fails_holds_up_nobody(webhooks, no_broker):
    """What no worker can digest steps back, and the others are acted on."""
    damaged, sound = (
        purchases.buy(webhooks, *purchases.offer_pieces(1)) for _ in range(2)
    )
    damaged.lines.update(donation_amount=1)
    webhooks.deliver()

    beat.sweep_after(purchases.LATER)

    assert books.find_faults(sound) == {}
    assert _end_of(damaged) == ("pending", {"held"})
    waiting = WebhookEvent.objects.new()
    assert {event.error for event in waiting} == {"ShareMismatchError"}
    assert all(event.next_try_at > event.received_at for event in waiting)


@pytest.mark.parametrize("when", ["before", "after", "stored"])
def test_an_error_of_stripe_holds_no_piece(webhooks, no_broker, when):
    """Stripe fails while a page is opened, and nobody comes back: the piece is free."""
    (piece,) = purchases.offer_pieces(1)
    call = "POST /v1/checkout/sessions"
    webhooks.faults.add(ApiFault(call, when=when, should_retry=False))

    with pytest.raises(gateways.UnavailableError):
        purchases.check_out(piece)
    beat.sweep_after(purchases.AFTER_CLOSING)

    piece.refresh_from_db()
    assert piece.status == "on_sale"
    assert not [one for one in webhooks.sessions() if one["status"] == "open"]
    assert set(books.count_unfinished().values()) == {0}


def test_a_changed_setting_hides_no_page(webhooks, no_broker, settings):
    """A key that made a page under other settings is looked up, and its page closes."""
    (piece,) = purchases.offer_pieces(1)
    call = "POST /v1/checkout/sessions"
    webhooks.faults.add(ApiFault(call, when="after", should_retry=False))
    with pytest.raises(gateways.UnavailableError):
        purchases.check_out(piece)

    settings.STORE = {**settings.STORE, "SHIPPING_COUNTRIES": ["US", "CA"]}
    beat.sweep_after(purchases.LATER)
    assert PaymentAttempt.objects.get().session_id == webhooks.sessions()[0]["id"]

    beat.sweep_after(purchases.AFTER_CLOSING)
    piece.refresh_from_db()
    assert piece.status == "on_sale"
    assert len(webhooks.sessions()) == 1


def test_a_payment_without_its_hold_goes_back(webhooks, no_broker):
    """Money for a piece that cannot be held any more sells nothing and goes back."""
    order = purchases.buy(webhooks, *purchases.offer_pieces(1))
    order.holds.update(status="released")

    beat.sweep_after(purchases.LATER)

    assert _end_of(order) == ("refunded", {"held"})
    assert order.payments.get().refunded_amount == order.total_amount
    assert books.read_donations(order.lines.all()) == {}
    kinds = order.messages.values_list("kind", flat=True)
    assert sorted(kinds) == ["refunded", "sorry"]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_customer_repeats_after_an_error_of_stripe(webhooks, no_broker, when):
    """A second click after an error of Stripe leads to the one order's one page."""
    token = purchases.fill_cart(*purchases.offer_pieces(1))
    call = "POST /v1/checkout/sessions"
    webhooks.faults.add(ApiFault(call, when=when, should_retry=False))
    with pytest.raises(gateways.UnavailableError):
        purchases.check_out_cart(token)

    order = purchases.check_out_cart(token)
    purchases.pay(webhooks, order)
    beat.sweep_after(purchases.LATER)

    assert books.find_faults(order) == {}
    assert len(webhooks.sessions()) == Order.objects.count() == 1


def test_a_customer_comes_back_after_an_outage(webhooks, no_broker):
    """Stripe was down for minutes: the same cart then gets a page and not a refusal."""
    token = purchases.fill_cart(*purchases.offer_pieces(1))
    call = "POST /v1/checkout/sessions"
    webhooks.faults.add(ApiFault(call, when="before", should_retry=False))
    with pytest.raises(gateways.UnavailableError):
        purchases.check_out_cart(token)

    with time_machine.travel(timezone.now() + timedelta(minutes=5), tick=True):
        order = purchases.check_out_cart(token)
        purchases.pay(webhooks, order)
        beat.sweep_after(purchases.LATER)

    assert books.find_faults(order) == {}


@pytest.mark.checklist("I6")
@pytest.mark.parametrize("when", ["before", "after", "stored"])
def test_a_refund_goes_back_once_whatever_stripe_answers(webhooks, no_broker, when):
    """Money that went back under an answer we never got is found, not sent again."""
    pieces = purchases.offer_pieces(1)
    late = purchases.check_out_late(webhooks, *pieces)
    fault = ApiFault("POST /v1/refunds", when=when, times=3, should_retry=False)
    webhooks.faults.add(fault)

    beat.sweep_after(purchases.LATER)
    webhooks.faults.clear()
    beat.sweep_after(2 * purchases.TOMORROW)

    assert _end_of(late) == ("refunded", {"sold"})
    assert [refund["amount"] for refund in webhooks.objects("refund")] == [249_900]
    assert books.find_shop_faults(webhooks) == {}
