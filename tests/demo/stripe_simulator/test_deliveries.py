"""Webhooks: signed, repeated until taken, and every accident on order."""

import dataclasses
import itertools
import json
import time

import pytest
import stripe

from demo.stripe_simulator import deliveries, server
from demo.stripe_simulator.faults import DeliveryFaults
from demo.stripe_simulator.problem import ApiError
from tests import stripe_contract
from tests.stripe_orders import session_params

TYPES = [
    "payment_intent.created",
    "charge.succeeded",
    "payment_intent.succeeded",
    "checkout.session.completed",
]


@pytest.fixture
def paid(api, simulator):
    """One paid Session, its events not delivered yet."""
    session = api.checkout.sessions.create(session_params())
    simulator.pay(session.id)
    return session


def test_events_say_which_call_made_them(api, simulator, paid):
    """Events of an API call carry its idempotency key; others carry none."""
    intent = api.checkout.sessions.retrieve(paid.id).payment_intent
    api.refunds.create({"payment_intent": intent}, {"idempotency_key": "refund-1"})

    made = simulator.objects("event")

    keys = {event["type"]: event["request"]["idempotency_key"] for event in made}
    assert keys["refund.created"] == "refund-1"
    assert keys["checkout.session.completed"] is None


@pytest.mark.usefixtures("paid")
def test_failed_delivery_stays_owed(api, simulator, webhook):
    """An event is owed until an endpoint answers with success."""
    webhook.status = 500
    failed = simulator.deliver()
    undelivered = api.events.list({"delivery_success": False}).data
    webhook.status = 204
    taken = simulator.deliver()

    assert {attempt.status for attempt in failed} == {500}
    assert len(undelivered) == len(TYPES)
    assert [attempt.event_type for attempt in taken] == TYPES
    assert not simulator.deliver()
    assert len(api.events.list({"delivery_success": True}).data) == len(TYPES)


@pytest.mark.usefixtures("paid")
def test_owed_events_follow_a_moved_endpoint(simulator, webhook):
    """After a restart at another port the only endpoint gets what is owed."""
    secret = simulator.deliveries.endpoints[0].secrets
    moved = deliveries.Endpoint(f"{webhook.url}moved/", secret)
    simulator.deliveries.endpoints = [moved]

    simulator.deliver()

    assert webhook.types() == TYPES


@pytest.mark.usefixtures("paid")
@pytest.mark.parametrize("status", [302, 404, 503])
def test_only_success_counts_as_taken(simulator, webhook, status):
    """Redirects and errors are failed deliveries."""
    webhook.status = status

    simulator.deliver()

    assert len(simulator.deliveries.pending()) == len(TYPES)


@pytest.mark.usefixtures("paid")
def test_retries_wait_longer_each_time(simulator, webhook):
    """The wait between tries doubles, on the simulated clock."""
    webhook.status = 500
    waits = []
    for _ in range(4):
        simulator.deliver()
        due_at = simulator.deliveries.pending()[-1]["due_at"]
        waits.append(round(due_at - simulator.clock.now()))

    assert waits == [1, 2, 4, 8]
    assert not simulator.deliveries.deliver_due()
    simulator.clock.move(10)
    assert len(simulator.deliveries.deliver_due()) == len(TYPES)


@pytest.mark.usefixtures("paid")
def test_delivery_is_given_up_after_three_days(simulator, webhook):
    """Stripe stops trying after three days; the event stays in the list."""
    webhook.status = 500
    simulator.clock.move(3 * 86_400 + 1)

    simulator.deliver()

    assert not simulator.deliveries.pending()
    assert len(simulator.objects("event")) == len(TYPES)


@pytest.mark.usefixtures("paid")
def test_each_try_is_signed_anew(simulator, webhook):
    """A retry carries its own time and signature over the same body."""
    webhook.status = 500
    simulator.deliver()
    simulator.faults.delivery = DeliveryFaults(clock_skew_seconds=2)
    simulator.deliver()

    first, second = webhook.got[0], webhook.got[len(TYPES)]
    assert first[0] == second[0]
    assert first[1] != second[1]


@pytest.mark.usefixtures("paid")
def test_duplicates_arrive_under_one_id(simulator, webhook):
    """Three copies of each event have one id each, also from four threads."""
    simulator.faults.delivery = DeliveryFaults(duplicate=2)

    simulator.deliver(workers=4)

    ids = sorted(event["id"] for event in webhook.events())
    groups = [len(list(group)) for _, group in itertools.groupby(ids)]
    assert groups == [3, 3, 3, 3]
    assert not simulator.deliver()


@pytest.mark.usefixtures("paid")
def test_any_order_is_possible(simulator, webhook):
    """Shuffled deliveries arrive complete, sooner or later in another order."""
    simulator.faults.delivery = DeliveryFaults(duplicate=9, shuffle=True)

    simulator.deliver()

    assert sorted(webhook.types()) == sorted(TYPES * 10)
    assert webhook.types() != [name for name in TYPES for _ in range(10)]


def test_lost_event_is_in_the_list(api, simulator, webhook, paid):
    """A dropped event never arrives, yet the API lists it as undelivered."""
    simulator.faults.delivery = DeliveryFaults(drop=["checkout.session.completed"])

    simulator.deliver()
    simulator.faults.clear()
    simulator.deliver()

    assert "checkout.session.completed" not in webhook.types()
    lost = api.events.list({"delivery_success": False})
    assert [event.data.object.id for event in lost] == [paid.id]


def test_delay_holds_events_back(api, simulator):
    """Delayed events are due only when their time has come."""
    simulator.faults.delivery = DeliveryFaults(delay_seconds=60)
    simulator.pay(api.checkout.sessions.create(session_params()).id)

    assert not simulator.deliveries.deliver_due()
    simulator.clock.move(61)

    assert len(simulator.deliveries.deliver_due()) == len(TYPES)


@pytest.mark.usefixtures("paid")
@pytest.mark.parametrize(
    "faults",
    [DeliveryFaults(bad_signature=True), DeliveryFaults(clock_skew_seconds=-301)],
)
def test_spoiled_signature_does_not_verify(simulator, webhook, faults):
    """A wrong or an old signature can be ordered."""
    simulator.faults.delivery = faults

    simulator.deliver()

    with pytest.raises(stripe.SignatureVerificationError):
        webhook.events()


@pytest.mark.usefixtures("paid")
@pytest.mark.parametrize("extra", [(), ("whsec_old",)])
def test_old_secret_can_sign_alone(simulator, webhook, extra):
    """The oldest of two secrets signs, or one that nobody has any more."""
    (endpoint,) = simulator.deliveries.endpoints
    rolled = dataclasses.replace(endpoint, secrets=endpoint.secrets + extra)
    simulator.deliveries.endpoints = [rolled]
    simulator.faults.delivery = DeliveryFaults(old_secret=True)

    simulator.deliver()

    with pytest.raises(stripe.SignatureVerificationError):
        webhook.events()
    body, header = webhook.got[0]
    for secret in extra:
        assert stripe.WebhookSignature.verify_header(body.decode(), header, secret)


@pytest.mark.usefixtures("paid")
def test_event_may_come_from_live_mode_or_another_version(simulator, webhook):
    """Events can claim what they are not; the signature is right all the same."""
    claims = {"livemode": True, "api_version": "2020-08-27"}
    simulator.faults.delivery = DeliveryFaults(**claims)

    simulator.deliver()

    body, header = webhook.got[0]
    stripe.Webhook.construct_event(body, header, "whsec_of_the_tests")
    event = json.loads(body)
    assert {name: event[name] for name in claims} == claims


@pytest.mark.usefixtures("paid")
def test_connect_endpoint_gets_events_of_others(api, simulator, webhook):
    """Our events go to our endpoint, those of connected accounts to the other."""
    connect = deliveries.Endpoint(
        f"{webhook.url}connect/", ("whsec_connect",), is_connect=True
    )
    simulator.deliveries.endpoints.append(connect)

    made = simulator.happen_elsewhere("checkout.session.expired", "acct_fund")
    sent = simulator.deliver()

    assert [attempt.event_type for attempt in sent] == [*TYPES, made["type"]]
    body, header = webhook.got[-1]
    event = stripe.Webhook.construct_event(body, header, "whsec_connect")
    assert (event.account, event.id) == ("acct_fund", made["id"])
    assert made["id"] not in [event.id for event in api.events.list().data]


def test_event_of_no_known_kind_is_refused(simulator):
    """Only events that the contract knows can happen elsewhere."""
    with pytest.raises(ApiError, match=r"invoice\.paid"):
        simulator.happen_elsewhere("invoice.paid")


def test_resent_event_arrives_again(simulator, webhook, paid):
    """An event can be sent again by hand, as from the Dashboard."""
    simulator.deliver()
    event = simulator.objects("event")[-1]

    simulator.deliveries.resend(event["id"])
    simulator.deliver()

    assert [got["id"] for got in webhook.events()].count(event["id"]) == 2
    assert paid.id == event["data"]["object"]["id"]


@pytest.mark.usefixtures("paid")
def test_events_are_kept_for_thirty_days(api, simulator):
    """Older events are gone from the list."""
    listed = api.events.list().data

    simulator.clock.move(31 * 86_400)

    assert len(listed) == len(TYPES)
    assert not api.events.list().data
    with pytest.raises(stripe.InvalidRequestError, match="No such"):
        api.events.retrieve(listed[0].id)


def test_events_come_by_themselves(webhook):
    """Without a test in charge, events and the capture arrive on their own."""
    endpoint = deliveries.Endpoint(webhook.url, ("whsec_of_the_tests",))
    running = server.start(endpoints=[endpoint])
    running.simulator.charges.capture_seconds = 0.1
    client = stripe.StripeClient(
        "sk_test_x",
        base_addresses={"api": running.url},
        http_client=stripe_contract.RecordingClient(),
    )

    running.simulator.pay(client.v1.checkout.sessions.create(session_params()).id)
    deadline = time.monotonic() + 10
    while len(webhook.got) < len(TYPES) + 1 and time.monotonic() < deadline:
        time.sleep(0.02)
    running.stop()

    assert webhook.types() == [*TYPES, "charge.updated"]
