"""Refunds through the real SDK."""

import pytest
import stripe

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
