"""Money that is sent on to other accounts: what is asked, and what is understood."""

from dataclasses import replace

import pytest

from demo.stripe_simulator.faults import ApiFault
from store.gateways import base, connect, transfers
from tests.store.gateways.asking import ORDER, make_request

ACCOUNT = "acct_beneficiary"


@pytest.fixture
def charge_id(gateway, simulator):
    """A paid charge of $2,499.00."""
    simulator.connect_account(ACCOUNT)
    session = gateway.start_session(make_request())
    simulator.pay(session.id)
    simulator.finish_captures()
    return gateway.fetch_session(session.id).charge_id


@pytest.fixture
def request_(charge_id):
    """A share of the charge, to be sent to the account."""
    return connect.TransferRequest(
        idempotency_key="transfer-1",
        account_id=ACCOUNT,
        amount=24_990,
        currency="USD",
        charge_id=charge_id,
        group=ORDER,
        order=ORDER,
        reference="row-1",
    )


def reverse(made, **changes):
    """Take some of a transfer back."""
    asked = connect.RecallRequest(
        idempotency_key="recall-1",
        transfer_id=made.id,
        amount=4_990,
        currency="USD",
        order=ORDER,
        reference="row-2",
    )
    return transfers.reverse_transfer(replace(asked, **changes))


def test_account_tells_what_it_can_take(simulator):
    """Country, payouts and the capability are read; our own account is in the US."""
    simulator.connect_account(ACCOUNT, "DE", payouts_enabled=False, transfers="pending")

    assert transfers.fetch_account(ACCOUNT) == connect.Account(
        id=ACCOUNT, country="DE", is_paying_out=False, is_taking_transfers=False
    )
    assert transfers.fetch_own_account().country == "US"


def test_account_of_nobody_is_named_by_its_code(simulator):
    """An account that is not ours to see is a matter for a person, with a code."""
    with pytest.raises(base.MisconfiguredError) as caught:
        transfers.fetch_account("acct_nobody")

    assert caught.value.code == "account_invalid"


@pytest.mark.checklist("T2", "K2")
def test_transfer_carries_opaque_ids_only(request_, simulator):
    """Charge, group and our references go out, and nothing of the customer."""
    made = transfers.send_transfer(request_)

    (stored,) = simulator.objects("transfer")
    assert (stored["source_transaction"], stored["transfer_group"]) == (
        request_.charge_id,
        ORDER,
    )
    assert stored["metadata"] == {"order": ORDER, "transfer": "row-1"}
    assert made == connect.TransferResult(
        id=stored["id"],
        amount=24_990,
        reversed_amount=0,
        currency="USD",
        account_id=ACCOUNT,
        reference="row-1",
    )


@pytest.mark.checklist("I6")
def test_transfer_is_made_once_under_its_key(request_, simulator):
    """A transfer whose answer was lost is the same when it is asked for again."""
    fault = ApiFault("POST /v1/transfers", 503, when="after", should_retry=False)
    simulator.faults.add(fault)
    with pytest.raises(base.UnavailableError):
        transfers.send_transfer(request_)

    made = transfers.send_transfer(request_)

    assert transfers.find_transfers(ORDER) == [made]


def test_transfers_of_a_group_are_all_found(request_, simulator):
    """A group with more transfers than a page is read to its end."""
    request_ = replace(request_, amount=1)
    for number in range(101):
        key = f"transfer-{number}"
        transfers.send_transfer(replace(request_, idempotency_key=key))

    assert len(transfers.find_transfers(ORDER)) == 101


@pytest.mark.checklist("T3")
def test_recall_takes_some_back(request_):
    """A part comes back under its own key; the transfer says how much of it."""
    made = transfers.send_transfer(request_)

    back = reverse(made)

    assert (back.amount, back.currency, back.reference) == (4_990, "USD", "row-2")
    assert reverse(made) == back
    assert transfers.find_recalls(made.id) == [back]
    assert transfers.find_transfers(ORDER)[0].reversed_amount == 4_990


def test_empty_account_gives_nothing_back(request_, simulator):
    """What the account spent cannot be taken back; Stripe's word for it is kept."""
    made = transfers.send_transfer(request_)
    simulator.spend_connected_balance(ACCOUNT, "usd")

    with pytest.raises(base.DeclinedError) as caught:
        reverse(made)

    assert caught.value.code == "balance_insufficient"
