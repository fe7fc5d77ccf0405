"""Reversals of transfers through the real SDK."""

import pytest
import stripe


@pytest.fixture
def sent(pay_charge, transfer):
    """A transfer of $100.00."""
    return transfer(pay_charge())


def test_reversal_brings_money_back(api, sent):
    """A reversal raises the platform's balance by a transaction of its own."""
    params = {"amount": 400, "metadata": {"n": "7"}}

    made = api.transfers.reversals.create(sent.id, params)

    moved = api.balance_transactions.retrieve(made.balance_transaction)
    assert (moved.amount, moved.net, moved.source) == (400, 400, made.id)
    kinds = (moved.type, moved.reporting_category)
    assert kinds == ("transfer_refund", "transfer_reversal")
    found = api.transfers.retrieve(sent.id)
    assert (found.amount_reversed, found.reversed) == (400, False)
    assert [one.id for one in found.reversals.data] == [made.id]
    assert (made.transfer, made.metadata["n"]) == (sent.id, "7")
    assert made.destination_payment_refund.startswith("pyr_")


def test_reversal_tells_the_shop(api, simulator, sent, webhook):
    """A reversal, in part too, sends transfer.reversed with the transfer."""
    api.transfers.reversals.create(sent.id, {"amount": 400})
    simulator.deliver()

    event = webhook.events()[-1]
    assert event["type"] == "transfer.reversed"
    assert event["data"]["object"]["amount_reversed"] == 400


def test_reversals_never_exceed_the_transfer(api, sent):
    """Parts add up to the transfer; the rest is what no amount stands for."""
    create = api.transfers.reversals.create
    create(sent.id, {"amount": 9_000})

    with pytest.raises(stripe.InvalidRequestError, match="greater than") as caught:
        create(sent.id, {"amount": 1_001})
    rest = create(sent.id)

    assert caught.value.param == "amount"
    assert rest.amount == 1_000
    assert api.transfers.retrieve(sent.id).reversed
    with pytest.raises(stripe.InvalidRequestError, match="already"):
        create(sent.id, {"amount": 1})


def test_empty_account_gives_nothing_back(api, simulator, sent, account):
    """A connected account that spent its balance refuses a reversal."""
    simulator.spend_connected_balance(account, "usd", 9_700)

    with pytest.raises(stripe.InvalidRequestError, match=account) as caught:
        api.transfers.reversals.create(sent.id, {"amount": 301})

    assert caught.value.code == "balance_insufficient"
    assert api.transfers.retrieve(sent.id).amount_reversed == 0
    assert api.transfers.reversals.create(sent.id, {"amount": 300}).amount == 300


def test_other_transfers_fill_the_balance(api, simulator, sent, transfer, pay_charge):
    """What a later transfer brings is there for the reversal of an earlier one."""
    simulator.spend_connected_balance(sent.destination, "USD")

    transfer(pay_charge(), 600)

    assert api.transfers.reversals.create(sent.id, {"amount": 600}).amount == 600
    with pytest.raises(stripe.InvalidRequestError, match="insufficient"):
        api.transfers.reversals.create(sent.id, {"amount": 1})


def test_reversals_are_listed_in_pages(api, sent):
    """The reversals of a transfer are listed, newest first; ten stand inside it."""
    create = api.transfers.reversals.create
    made = [create(sent.id, {"amount": 1}).id for _ in range(12)]

    page = api.transfers.reversals.list(sent.id, {"limit": 5})

    assert [one.id for one in page.auto_paging_iter()] == made[::-1]
    inside = api.transfers.retrieve(sent.id).reversals
    assert ([one.id for one in inside.data], inside.has_more) == (made[:1:-1], True)


def test_reversal_is_found_below_its_transfer(api, sent, transfer, pay_charge):
    """A reversal has an address below its own transfer, and below no other."""
    made = api.transfers.reversals.create(sent.id)

    found = api.transfers.reversals.retrieve(sent.id, made.id)

    assert found.amount == 10_000
    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.transfers.reversals.retrieve(transfer(pay_charge()).id, made.id)
    assert caught.value.code == "resource_missing"


def test_reversal_repeats_under_its_key(api, sent):
    """The same call under the same key takes the money back once."""
    key = {"idempotency_key": "reversal-1"}

    for _ in range(2):
        api.transfers.reversals.create(sent.id, {"amount": 100}, key)

    assert api.transfers.retrieve(sent.id).amount_reversed == 100


@pytest.mark.parametrize(
    ("name", "value"), [("amount", 0), ("refund_application_fee", True)]
)
def test_reversal_says_which_parameter_is_wrong(api, sent, name, value):
    """Nothing, and what is not simulated, is refused by name."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        api.transfers.reversals.create(sent.id, {name: value})

    assert caught.value.param == name


def test_unknown_transfer_is_missing(api):
    """A transfer that does not exist is neither reversed nor listed."""
    for call in (api.transfers.reversals.create, api.transfers.reversals.list):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            call("tr_nothing")

        assert caught.value.http_status == 404
