"""Stripe is out, or slow: sweeps stay short, and nobody waits for ever."""

import pytest

from demo.stripe_simulator.faults import ApiFault
from store import tasks
from tests.journeys import beat, books, purchases

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_outage_of_stripe_ends_a_sweep_early(webhooks, no_broker):
    """When nobody answers a sweep gives up after a few calls, and the next goes on."""
    orders = [purchases.buy(webhooks, p) for p in purchases.offer_pieces(8)]
    call = "GET /v1/checkout/sessions"
    webhooks.faults.add(ApiFault(call, times=1000, should_retry=False))
    before = len(webhooks.calls)

    beat.sweep_after(purchases.LATER)
    asked = [one.path for one in webhooks.calls[before:] if "sessions" in one.path]
    webhooks.faults.clear()
    beat.sweep_after(2 * purchases.LATER)

    # Two rounds of attempts, and the events that were caught up between them.
    assert len(asked) == 3 * tasks._OUTAGE
    assert [books.find_faults(order) for order in orders] == [{}] * 8


def test_many_slow_attempts_do_not_starve_the_new(webhooks, no_broker, monkeypatch):
    """A sweep's few calls go to whom it has not asked for longest."""
    monkeypatch.setattr(tasks, "_STRIPE_BATCH", 2)
    slow = purchases.check_out_each(purchases.offer_pieces(3))
    for order in slow:
        purchases.pay(webhooks, order, purchases.BANK_DEBIT)
    order = purchases.buy(webhooks, *purchases.offer_pieces(1))

    beat.sweep_after(purchases.LATER)
    beat.sweep_after(2 * purchases.LATER)

    assert books.find_faults(order) == {}
