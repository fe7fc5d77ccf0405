"""Transfers to connected accounts through the real SDK."""

import pytest

from tests.stripe_orders import session_params

ACCOUNT = "acct_beneficiary"
AVAILABLE_AT_ONCE = "4000000000000077"


@pytest.fixture(autouse=True)
def account(simulator):
    """A connected account that can get transfers."""
    return simulator.connect_account(ACCOUNT)


@pytest.fixture
def pay(api, simulator):
    """Return a function that pays an order and gives its charge."""

    def pay(card="4242424242424242", **changes):
        session = api.checkout.sessions.create(session_params(**changes))
        simulator.pay(session.id, card)
        return api.charges.list().data[0]

    return pay


@pytest.fixture
def send(api):
    """Return a function that sends a transfer."""

    def send(charge=None, amount=10_000, **changes):
        params = {"amount": amount, "currency": "usd", "destination": ACCOUNT}
        if charge:
            params["source_transaction"] = charge.id
        return api.transfers.create(params | changes)

    return send


def test_transfer_takes_from_the_balance(api, pay, send):
    """A transfer lowers the platform's balance by a transaction of its own."""
    made = send(pay(), metadata={"order": "7"}, transfer_group="seven")

    moved = api.balance_transactions.retrieve(made.balance_transaction)
    assert (moved.amount, moved.net, moved.source) == (-10_000, -10_000, made.id)
    assert (moved.type, moved.reporting_category) == ("transfer", "transfer")
    assert (made.destination, made.transfer_group) == (ACCOUNT, "seven")
    assert made.destination_payment.startswith("py_")
    assert api.transfers.retrieve(made.id).metadata["order"] == "7"
