"""Disputes and inquiries: what they move, and what they tell the shop."""

import pytest
import stripe

from demo.stripe_simulator.disputes import INQUIRY_SECONDS, RESPONSE_SECONDS
from demo.stripe_simulator.problem import ApiError
from tests.stripe_orders import session_params


@pytest.fixture
def charge(api, simulator):
    """A paid charge of $2,499.00."""
    session = api.checkout.sessions.create(session_params())
    simulator.pay(session.id)
    simulator.finish_captures()
    return api.charges.list().data[0]


def moved(api, dispute_id):
    """Return what a dispute took from the balance and gave back, with fees."""
    found = api.disputes.retrieve(dispute_id).balance_transactions
    return [(row.amount, row.fee, row.reporting_category) for row in found]


def test_dispute_takes_the_money_and_a_fee(api, simulator, charge, webhook):
    """A dispute withdraws the charge at once and names the day to answer by."""
    dispute = simulator.dispute(charge.id)
    simulator.deliver()

    assert moved(api, dispute["id"]) == [(-249_900, 1_500, "dispute")]
    assert webhook.types()[-2:] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]
    details = api.disputes.retrieve(dispute["id"]).evidence_details
    assert details.due_by == dispute["created"] + RESPONSE_SECONDS
    assert api.charges.retrieve(charge.id).disputed


def test_won_dispute_gives_the_money_back(api, simulator, charge, webhook):
    """A win reinstates the amount, without the fee, and refunds are allowed again."""
    dispute = simulator.dispute(charge.id)
    simulator.respond(dispute["id"])

    closed = simulator.close_dispute(dispute["id"], won=True)
    simulator.deliver()

    assert closed["status"] == "won"
    assert moved(api, dispute["id"])[1] == (249_900, 0, "dispute_reversal")
    assert webhook.types()[-3:] == [
        "charge.dispute.updated",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ]
    assert api.refunds.create({"charge": charge.id}).amount == 249_900


def test_lost_dispute_keeps_the_money(api, simulator, charge):
    """A loss moves nothing more, and the charge cannot be refunded either."""
    dispute = simulator.dispute(charge.id, 100_000)

    simulator.close_dispute(dispute["id"], won=False)

    assert moved(api, dispute["id"]) == [(-100_000, 1_500, "dispute")]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.refunds.create({"charge": charge.id})
    assert caught.value.code == "charge_disputed"


@pytest.mark.parametrize(("disputed", "given_back"), [(249_900, 50_000), (1_000, 0)])
def test_nobody_gets_twice_what_was_refunded(
    api, simulator, charge, disputed, given_back
):
    """Of a lost dispute the part that had been refunded comes back in the end."""
    api.refunds.create({"charge": charge.id, "amount": 50_000})
    dispute = simulator.dispute(charge.id, disputed)

    closed = simulator.close_dispute(dispute["id"], won=False)

    assert closed["status"] == "lost"
    amounts = [amount for amount, *_ in moved(api, dispute["id"])]
    assert (amounts[0], sum(amounts[1:])) == (-disputed, given_back)


def test_no_bank_takes_more_than_was_paid(api, simulator, charge):
    """Disputes share a charge, and while one of them has money there is no refund."""
    simulator.dispute(charge.id, 100_000)
    won = simulator.dispute(charge.id, 149_900)

    with pytest.raises(ApiError, match="over 1 to 0 of this charge"):
        simulator.dispute(charge.id)
    simulator.close_dispute(won["id"], won=True)

    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.refunds.create({"charge": charge.id})
    assert caught.value.code == "charge_disputed"


def test_card_disputes_nothing_twice(api, simulator):
    """What a card stands for is left out where the charge is disputed already."""
    session = api.checkout.sessions.create(session_params())
    simulator.pay(session.id, "4000000000000259")
    simulator.dispute(api.charges.list().data[0].id, 1_000)

    simulator.open_disputes()

    assert len(simulator.objects("dispute")) == 1


def test_refund_in_full_answers_an_inquiry(api, simulator, charge):
    """A part does not; then the buyer has everything back and the bank is content."""
    inquiry = simulator.warn(charge.id)["id"]
    api.refunds.create({"charge": charge.id, "amount": 900})
    assert api.disputes.retrieve(inquiry).status == "warning_needs_response"

    api.refunds.create({"charge": charge.id})

    assert api.disputes.retrieve(inquiry).status == "warning_closed"


def test_inquiry_moves_no_money(api, simulator, charge, webhook):
    """An inquiry ends as it began: nothing withdrawn, the charge refundable."""
    inquiry = simulator.warn(charge.id)
    simulator.respond(inquiry["id"])
    closed = simulator.close_dispute(inquiry["id"], won=False)
    simulator.deliver()

    assert inquiry["is_charge_refundable"] is True
    assert (closed["status"], moved(api, inquiry["id"])) == ("warning_closed", [])
    assert "charge.dispute.funds_withdrawn" not in webhook.types()
    assert api.refunds.create({"charge": charge.id}).status == "succeeded"


def test_escalated_inquiry_takes_the_money(api, simulator, charge):
    """An inquiry that is escalated is a dispute from then on."""
    inquiry = simulator.warn(charge.id, 5_000)

    dispute = simulator.escalate(inquiry["id"])

    assert (dispute["id"], dispute["status"]) == (inquiry["id"], "needs_response")
    assert dispute["is_charge_refundable"] is False
    assert moved(api, dispute["id"]) == [(-5_000, 1_500, "dispute")]
    with pytest.raises(ApiError, match="no inquiry"):
        simulator.escalate(dispute["id"])


@pytest.mark.parametrize(
    ("card", "status", "reason"),
    [
        ("4000000000000259", "needs_response", "fraudulent"),
        ("4000000000002685", "needs_response", "product_not_received"),
        ("4000000000001976", "warning_needs_response", "general"),
    ],
)
def test_card_is_disputed_by_itself(api, simulator, card, status, reason):
    """With these cards the bank comes back a moment after the payment."""
    session = api.checkout.sessions.create(session_params())
    simulator.pay(session.id, card)
    assert not api.disputes.list().data

    simulator.deliveries.mode = "auto"
    simulator.clock.move(simulator.disputes.open_seconds)
    simulator.tick()
    simulator.deliveries.mode = "manual"

    (dispute,) = api.disputes.list().data
    assert (dispute.status, dispute.reason) == (status, reason)


@pytest.mark.parametrize(
    ("status", "seconds", "end"),
    [
        ("needs_response", RESPONSE_SECONDS, "lost"),
        ("under_review", RESPONSE_SECONDS, "under_review"),
        ("warning_needs_response", INQUIRY_SECONDS, "warning_closed"),
    ],
)
def test_time_decides_what_nobody_answered(
    api, simulator, charge, status, seconds, end
):
    """A dispute without evidence is lost when due, an inquiry ends by itself."""
    dispute = simulator.dispute(charge.id, status=status)

    simulator.deliveries.mode = "auto"
    simulator.deliveries.endpoints = []
    simulator.clock.move(seconds + 1)
    simulator.tick()
    simulator.deliveries.mode = "manual"

    assert api.disputes.retrieve(dispute["id"]).status == end


@pytest.mark.parametrize(
    ("values", "words"),
    [({"amount": 249_901}, "1 to 249900"), ({"status": "won"}, "begins as")],
)
def test_impossible_dispute_is_refused(simulator, charge, values, words):
    """No dispute is over more than the charge, or over before it began."""
    with pytest.raises(ApiError, match=words):
        simulator.dispute(charge.id, **values)


def test_closed_dispute_stays_closed(simulator, charge):
    """A dispute is decided once."""
    dispute = simulator.dispute(charge.id)
    simulator.close_dispute(dispute["id"], won=True)

    with pytest.raises(ApiError, match="closed: won"):
        simulator.close_dispute(dispute["id"], won=False)
