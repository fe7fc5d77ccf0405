"""What the gateway reads from Stripe's books: charges, disputes, lists, sums."""

from datetime import timedelta

import pytest

from demo.stripe_simulator.deliveries import Endpoint
from demo.stripe_simulator.faults import ApiFault
from store.gateways import base
from tests.store.gateways.asking import AT, ORDER, make_refund, make_request

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def paid(gateway, simulator):
    """A Session paid and captured at the moment of the story."""
    session = gateway.start_session(make_request())
    simulator.pay(session.id)
    simulator.finish_captures()
    return gateway.fetch_session(session.id)


def around(at=AT, span=HOUR):
    """Return the two moments around one."""
    return {"since": at - span, "until": at + span}


def buy(gateway, simulator, *, key, **changes):
    """Open a Session under another key and pay it; return it as it is then."""
    request = make_request(idempotency_key=key, **changes)
    session = gateway.start_session(request)
    simulator.pay(session.id)
    return gateway.fetch_session(session.id)


def test_charge_tells_whose_and_what_went_back(gateway, paid):
    """A charge names its order and intent, and counts what was refunded."""
    gateway.refund(make_refund(paid, amount=9_900))

    charge = gateway.fetch_charge(paid.charge_id)

    assert (charge.order, charge.intent_id) == (ORDER, paid.intent_id)
    assert (charge.amount, charge.refunded_amount) == (249_900, 9_900)
    assert charge.is_disputed is False


def test_charge_forgets_a_refund_that_failed(gateway, simulator, paid):
    """What Stripe counts as refunded falls again when a refund fails."""
    made = gateway.refund(make_refund(paid, amount=9_900))

    simulator.finish_refund(made.id, "failed", reason="declined")

    assert gateway.fetch_charge(paid.charge_id).refunded_amount == 0
    assert gateway.fetch_refund(made.id).failure_reason == "declined"


@pytest.mark.parametrize(
    ("won", "status", "withdrawn"), [(True, "won", 0), (False, "lost", 50_000)]
)
def test_dispute_tells_what_it_took(gateway, simulator, paid, won, status, withdrawn):
    """A dispute in part withdraws its amount, which a win brings back."""
    opened = simulator.dispute(paid.charge_id, 50_000)
    before = gateway.fetch_dispute(opened["id"])

    simulator.close_dispute(opened["id"], won=won)
    after = gateway.fetch_dispute(opened["id"])

    assert (before.amount, before.withdrawn_amount) == (50_000, 50_000)
    assert before.evidence_due_at > before.created_at
    assert (after.status, after.withdrawn_amount) == (status, withdrawn)
    assert gateway.fetch_charge(paid.charge_id).is_disputed is True


@pytest.mark.checklist("R5")
def test_inquiry_withdraws_nothing(gateway, simulator, paid):
    """A warning is a dispute that has taken no money."""
    inquiry = simulator.warn(paid.charge_id)

    read = gateway.fetch_dispute(inquiry["id"])

    assert (read.status, read.withdrawn_amount) == ("warning_needs_response", 0)


def test_lists_hold_what_was_made_between_two_moments(gateway, simulator, paid):
    """Sessions, refunds and disputes of another day are not listed."""
    refund = gateway.refund(make_refund(paid, amount=100))
    simulator.clock.move(DAY.total_seconds())
    buy(gateway, simulator, key="order-2", expires_at=AT + DAY + HOUR)
    dispute = simulator.dispute(paid.charge_id)

    today, tomorrow = around(), around(AT + DAY)

    assert [one.id for one in gateway.list_sessions(**today)] == [paid.id]
    assert [one.id for one in gateway.list_refunds(**today)] == [refund.id]
    assert list(gateway.list_refunds(**tomorrow)) == []
    assert [one.id for one in gateway.list_disputes(**tomorrow)] == [dispute["id"]]
    assert list(gateway.list_disputes(**today)) == []


def test_balance_changes_name_their_order(gateway, simulator, paid):
    """Stripe's books tell charge, refund and dispute, with fees and our reference."""
    refund = gateway.refund(make_refund(paid, amount=100))
    dispute = simulator.dispute(paid.charge_id)

    rows = list(gateway.list_balance_changes(**around()))

    fee = 249_900 * 290 // 10_000 + 30
    assert [(r.type, r.amount, r.fee_amount, r.source_id, r.order) for r in rows] == [
        ("adjustment", -249_800, 1_500, dispute["id"], ""),
        ("refund", -100, 0, refund.id, ORDER),
        ("charge", 249_900, fee, paid.charge_id, ORDER),
    ]
    assert all(row.net_amount == row.amount - row.fee_amount for row in rows)


def test_long_list_is_read_to_its_end(gateway, simulator):
    """A list longer than Stripe's largest page is read page by page."""
    simulator.deliveries.endpoints = []
    made = [
        gateway.start_session(make_request(idempotency_key=f"order-{number}")).id
        for number in range(103)
    ]

    listed = [session.id for session in gateway.list_sessions(**around())]

    assert listed == made[::-1]


def test_events_are_listed_by_type_and_time(gateway, simulator, paid):
    """Only the types asked for come, and none from before the moment asked for."""
    asked = {"types": ["checkout.session.completed"], "is_undelivered": False}

    found = list(gateway.list_events(since=AT - HOUR, **asked))

    assert [(event.type, event.object_id) for event in found] == [
        ("checkout.session.completed", paid.id)
    ]
    assert list(gateway.list_events(since=AT + HOUR, **asked)) == []


@pytest.mark.checklist("C2")
def test_undelivered_events_are_told_apart(gateway, simulator, paid):
    """An event that no endpoint is owed is not listed as undelivered."""
    types = ["checkout.session.completed", "charge.succeeded"]
    simulator.deliveries.endpoints = [Endpoint("http://127.0.0.1:9/", ("whsec_x",))]
    session = buy(gateway, simulator, key="order-2")

    found = gateway.list_events(types=types, since=AT - HOUR, is_undelivered=True)

    assert {event.object_id for event in found} == {session.id, session.charge_id}


def test_shipping_is_part_of_what_is_paid(gateway, simulator):
    """The one way of shipping is added to the lines and told apart from them."""
    shipping = base.ShippingCharge("Insured courier", 2_500)

    session = gateway.start_session(make_request(shipping=shipping))

    (stored,) = simulator.sessions()
    assert session.amount == 252_400
    assert stored["total_details"]["amount_shipping"] == 2_500


@pytest.mark.parametrize(
    ("is_included", "amount", "tax"),
    [(True, 252_400, 17_062), (False, 270_699, 18_299)],
)
def test_tax_is_told_when_the_address_is_known(
    gateway, simulator, is_included, amount, tax
):
    """Stripe taxes lines and shipping, within the prices or on top of them."""
    request = make_request(
        shipping=base.ShippingCharge("Courier", 2_500),
        is_taxed_there=True,
        is_tax_included=is_included,
    )
    opened = gateway.start_session(request)

    simulator.pay(opened.id)

    session = gateway.fetch_session(opened.id)
    assert (opened.amount, opened.tax_amount) == (252_400, 0)
    assert (session.amount, session.tax_amount) == (amount, tax)


def test_nothing_to_pay_is_paid_without_a_charge(gateway, simulator):
    """A Session over nothing completes without a payment."""
    lines = (base.SessionLine("Ring", "Voucher", 0),)
    session = gateway.start_session(make_request(lines=lines))

    simulator.pay(session.id)

    done = gateway.fetch_session(session.id)
    assert (done.status, done.payment_status) == ("complete", "no_payment_required")
    assert (done.intent_id, done.is_paid) == ("", True)


@pytest.mark.checklist("K1")
@pytest.mark.checklist("K1")
def test_key_that_may_do_all_misses_nothing(gateway):
    """Asking what the key may do changes nothing and finds nothing missing."""
    assert gateway.list_missing_scopes() == []


@pytest.mark.checklist("K1")
@pytest.mark.checklist("K1")
def test_key_that_may_not_read_disputes_is_told(gateway, simulator):
    """A restricted key without a right is told in Stripe's own words."""
    fault = ApiFault("GET /v1/disputes", status=403, type="invalid_request_error")
    simulator.faults.add(fault)

    assert gateway.list_missing_scopes() == ["Disputes read"]


def test_refund_without_funds_is_declined(gateway, simulator, paid):
    """A balance that is too low is a refusal with Stripe's own word."""
    simulator.faults.add(
        ApiFault(
            "POST /v1/refunds",
            status=400,
            type="invalid_request_error",
            code="balance_insufficient",
        )
    )

    with pytest.raises(base.DeclinedError) as caught:
        gateway.refund(make_refund(paid, amount=100))

    assert caught.value.code == "balance_insufficient"
