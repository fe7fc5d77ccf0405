"""Events in any order, any number of times: the end is always the same."""

import contextlib
import itertools
import random

import pytest
from django.db import transaction

from donations.models import Donation
from store.models import (
    Hold,
    Message,
    Order,
    Payment,
    PaymentAttempt,
    Refund,
    WebhookEvent,
)
from store.services import disputes, webhook_events
from tests.store.services.test_webhook_events import make_event

BANK_OK = "debit_ok"
TYPES = [
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "charge.updated",
    "refund.created",
    "refund.updated",
]

_ids = map("evt_{}".format, itertools.count(1))


class GiveUpError(Exception):
    """Undoes everything, so that the next order of events starts anew."""


@pytest.fixture
def happened(placed, simulator, at):
    """A bank debit that came and went back in part, of which nobody has told us."""
    simulator.pay(placed.session_id, BANK_OK)
    simulator.settle_bank(placed.session_id)
    simulator.finish_captures()
    (charge,) = simulator.objects("charge")
    refund = simulator.refund_at_dashboard(charge["id"], 50_000)
    simulator.finish_refund(refund["id"], "succeeded")
    ids = (placed.session_id, charge["id"], refund["id"])
    return dict(zip(("checkout", "charge", "refund"), ids, strict=True))


def deliver(types, objects, at):
    """Store the events, and act on each; those that fail have one more turn."""
    for event_type in types:
        event = make_event(
            objects[event_type.split(".")[0]], type=event_type, id=next(_ids)
        )
        webhook_events.store_event(event=event, at=at)
    for row in [*WebhookEvent.objects.new().order_by("pk")] * 2:
        # Later, as a worker or the sweep would.
        with contextlib.suppress(disputes.PaymentNotYetKnownError):
            webhook_events.process_event(webhook_event_id=row.pk, at=at)


def read_end():
    """Return everything that the events may have changed."""
    return (
        tuple(Order.objects.values_list("status", "review_reason")),
        tuple(PaymentAttempt.objects.values_list("status", "number")),
        tuple(Payment.objects.values_list("amount", "refunded_amount", "fee_amount")),
        tuple(Refund.objects.values_list("amount", "status", "origin")),
        tuple(Donation.objects.values_list("target_amount", "status", "is_held")),
        tuple(Hold.objects.values_list("status", flat=True)),
        tuple(sorted(Message.objects.values_list("kind", flat=True))),
    )


def end_of(types, objects, at):
    """Deliver events in this order, read the end, and undo all of it."""
    ends = []
    try:
        with transaction.atomic():
            deliver(types, objects, at)
            ends.append(read_end())
            raise GiveUpError
    except GiveUpError:
        return ends[0]


def walk(types, objects, at):
    """Yield the end of every order of these events; what orders share happens once."""
    if not types:
        yield read_end()
    for event_type in types:
        rest = [one for one in types if one != event_type]
        with contextlib.suppress(GiveUpError), transaction.atomic():
            deliver([event_type], objects, at)
            yield from walk(rest, objects, at)
            raise GiveUpError


@pytest.mark.checklist("W9", "R4")
def test_every_order_of_events_ends_the_same(happened, at):
    """All 120 orders of a payment's and its refund's events end in one state."""
    ends = list(walk(TYPES, happened, at))

    assert (len(ends), len(set(ends))) == (120, 1)
    end = ends[0]
    assert end[0] == (("paid", ""),)
    assert end[2][0][:2] == (249_900, 50_000)
    assert end[3] == ((50_000, "succeeded", "stripe"),)
    assert end[4] == ((19_990, "due", False),)
    assert end[6] == ("confirmation", "refunded")


@pytest.mark.checklist("W7", "W9")
def test_repeated_and_shuffled_events_end_the_same(happened, at):
    """Events that come several times each, shuffled, change nothing more."""
    once = end_of(TYPES, happened, at)
    draw = random.Random(7)

    for _ in range(10):
        types = TYPES * 3
        draw.shuffle(types)
        assert end_of(types, happened, at) == once


@pytest.mark.checklist("W9", "W14", "R5")
def test_dispute_before_the_payment_ends_the_same(placed, simulator, at):
    """A dispute that is heard of before its payment is acted on afterwards."""
    simulator.pay(placed.session_id)
    (charge,) = simulator.objects("charge")
    opened = simulator.dispute(charge["id"])
    objects = {"checkout": placed.session_id, "charge": opened["id"]}
    types = ["charge.dispute.created", "checkout.session.completed"]

    ends = {end_of(turn, objects, at) for turn in (types, types[::-1])}

    (end,) = ends
    assert end[0] == (("disputed", f"Disputed: {opened['id']}"),)
    assert end[4] == ((24_990, "due", True),)
