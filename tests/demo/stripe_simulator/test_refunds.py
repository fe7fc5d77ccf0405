"""Refunds through the real SDK."""

import pytest
import stripe

from demo.stripe_simulator.problem import ApiError
from tests.stripe_orders import session_params


@pytest.fixture
def pay(api, simulator):
    """Return a function that pays an order and gives its payment intent."""

    def pay(card="4242424242424242"):
        session = api.checkout.sessions.create(session_params())
        simulator.pay(session.id, card)
        return api.checkout.sessions.retrieve(session.id).payment_intent

    return pay


def test_refunds_never_exceed_the_charge(api, pay):
    """Partial refunds add up to the charge, and no further."""
    intent = pay()

    api.refunds.create({"payment_intent": intent, "amount": 200_000})
    with pytest.raises(stripe.InvalidRequestError, match="greater than") as caught:
        api.refunds.create({"payment_intent": intent, "amount": 49_901})
    rest = api.refunds.create({"payment_intent": intent})

    assert caught.value.param == "amount"
    assert (rest.amount, rest.status) == (49_900, "succeeded")
    with pytest.raises(stripe.InvalidRequestError) as again:
        api.refunds.create({"payment_intent": intent})
    assert again.value.code == "charge_already_refunded"


def test_refund_tells_the_shop(api, simulator, pay, webhook):
    """A refund sends refund.created and charge.refunded."""
    refund = api.refunds.create({"payment_intent": pay(), "metadata": {"n": "7"}})
    simulator.deliver()

    assert webhook.types()[-2:] == ["refund.created", "charge.refunded"]
    assert api.refunds.retrieve(refund.id).metadata["n"] == "7"
    charge = api.charges.retrieve(refund.charge)
    assert (charge.refunded, charge.amount_refunded) == (True, 249_900)


def test_refunds_are_listed_by_intent(api, pay):
    """The refunds of one payment intent are listed, newest first."""
    intent, other = pay(), pay()
    made = [api.refunds.create({"payment_intent": intent, "amount": n}) for n in (1, 2)]
    api.refunds.create({"payment_intent": other})

    found = api.refunds.list({"payment_intent": intent})

    assert [refund.id for refund in found] == [made[1].id, made[0].id]


def test_pending_refund_succeeds_later(api, simulator, pay, webhook):
    """With the slow card a refund is pending first."""
    refund = api.refunds.create({"payment_intent": pay("4000000000007726")})
    assert refund.status == "pending"

    simulator.settle_refunds()
    simulator.deliver()

    assert api.refunds.retrieve(refund.id).status == "succeeded"
    assert webhook.types()[-1] == "refund.updated"


def test_failed_refund_gives_the_money_back(api, simulator, pay, webhook):
    """A refund that fails later can be made again in full."""
    intent = pay("4000000000005126")
    refund = api.refunds.create({"payment_intent": intent})

    simulator.settle_refunds()
    simulator.deliver()

    failed = api.refunds.retrieve(refund.id)
    assert (refund.status, failed.status) == ("succeeded", "failed")
    assert failed.failure_balance_transaction
    assert "refund.failed" in webhook.types()
    assert api.refunds.create({"payment_intent": intent}).amount == 249_900


def test_unpaid_intent_has_nothing_to_refund(api, simulator):
    """An intent without a successful charge is refused."""
    session = api.checkout.sessions.create(session_params())
    simulator.pay(session.id, "4000000000000002")
    intent = api.checkout.sessions.retrieve(session.id).payment_intent

    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.refunds.create({"payment_intent": intent})

    assert caught.value.code == "payment_intent_unexpected_state"


def test_disputed_charge_is_refunded_only_when_won(api, simulator, pay):
    """While a dispute is open there is no refund; after a win there is."""
    intent = pay("4000000000000259")
    simulator.open_disputes()

    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.refunds.create({"payment_intent": intent})
    simulator.close_dispute(api.disputes.list().data[0].id, won=True)

    assert caught.value.code == "charge_disputed"
    assert api.refunds.create({"payment_intent": intent}).status == "succeeded"


@pytest.mark.parametrize(
    ("params", "param"),
    [({}, "charge"), ({"charge": "ch_x", "origin": "customer_balance"}, "origin")],
)
def test_refund_of_nothing_is_refused(api, params, param):
    """A refund names a charge or an intent, and nothing not simulated."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.refunds.create(params)

    assert caught.value.param == param


def test_refund_without_funds_waits(api, simulator, pay):
    """A refund that waits for funds says so, and has not moved the balance yet."""
    simulator.plan_refunds("pending", pending_reason="insufficient_funds")

    waiting = api.refunds.create({"payment_intent": pay()})
    done = simulator.finish_refund(waiting.id, "succeeded")

    assert (waiting.status, waiting.pending_reason) == ("pending", "insufficient_funds")
    assert waiting.balance_transaction is None
    assert done["balance_transaction"]
    assert "pending_reason" not in api.refunds.retrieve(waiting.id)


@pytest.mark.parametrize("status", ["requires_action", "pending"])
def test_unfinished_refund_counts_until_canceled(api, simulator, pay, webhook, status):
    """The charge counts a refund from the start, and no more once it is canceled."""
    simulator.plan_refunds(status)
    intent = pay()

    refund = api.refunds.create({"payment_intent": intent, "amount": 9_900})
    counted = api.charges.retrieve(refund.charge).amount_refunded
    simulator.finish_refund(refund.id, "canceled")
    simulator.deliver()

    canceled = api.refunds.retrieve(refund.id)
    assert (refund.status, counted) == (status, 9_900)
    assert ("next_action" in refund) == (status == "requires_action")
    assert (canceled.status, canceled.failure_reason) == (
        "canceled",
        "merchant_request",
    )
    assert api.charges.retrieve(refund.charge).amount_refunded == 0
    assert webhook.types()[-2:] == ["charge.refund.updated", "refund.updated"]


@pytest.mark.parametrize(
    ("first", "second"),
    [("canceled", "succeeded"), ("failed", "canceled"), ("succeeded", "pending")],
)
def test_finished_refund_does_not_start_again(api, simulator, pay, first, second):
    """What is over stays over; only a success may still fail."""
    simulator.plan_refunds("pending")
    refund = api.refunds.create({"payment_intent": pay()})
    simulator.finish_refund(refund.id, first)

    with pytest.raises(ApiError, match="cannot become"):
        simulator.finish_refund(refund.id, second)


def test_refund_at_the_dashboard_is_found(api, simulator, pay, webhook):
    """A refund made past the shop carries no metadata of ours, and is listed."""
    intent = pay()
    charge = api.payment_intents.retrieve(intent).latest_charge

    made = simulator.refund_at_dashboard(charge, 500)
    simulator.deliver()

    (found,) = api.refunds.list({"payment_intent": intent}).data
    assert (found.id, found.amount) == (made["id"], 500)
    assert found.metadata.to_dict() == {}
    assert webhook.types()[-2:] == ["refund.created", "charge.refunded"]


def test_pending_refund_fails_when_disputed(api, simulator, pay):
    """A dispute takes the place of a refund on its way, which fails for it."""
    intent = pay("4000000000007726")
    refund = api.refunds.create({"payment_intent": intent, "amount": 100})

    dispute = simulator.dispute(refund.charge)

    failed = api.refunds.retrieve(refund.id)
    assert failed.failure_reason == "charge_for_pending_refund_disputed"
    assert dispute["amount"] == 249_800
    assert api.charges.retrieve(refund.charge).amount_refunded == 0


def test_refund_of_a_bank_debit_has_its_own_type(api, simulator):
    """Stripe's books call money of bank debits payment, not charge."""
    session = api.checkout.sessions.create(session_params())
    simulator.pay(session.id, "debit_ok")
    simulator.settle_bank(session.id)
    simulator.finish_captures()
    intent = api.checkout.sessions.retrieve(session.id).payment_intent
    api.refunds.create({"payment_intent": intent})

    rows = api.balance_transactions.list().data

    assert [(row.type, row.reporting_category) for row in rows] == [
        ("payment_refund", "refund"),
        ("payment", "charge"),
    ]
