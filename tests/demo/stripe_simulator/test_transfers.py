"""Transfers to connected accounts through the real SDK."""

import pytest
import stripe

from demo.stripe_simulator.charges import PAYOUT_DELAY_SECONDS
from tests.stripe_orders import session_params

AVAILABLE_AT_ONCE = "4000000000000077"


def code_of(caught):
    """Return status, code and parameter of a refusal."""
    return caught.value.http_status, caught.value.code, caught.value.param


def test_transfer_takes_from_the_balance(api, pay_charge, transfer, account):
    """A transfer lowers the platform's balance by a transaction of its own."""
    made = transfer(pay_charge(), metadata={"order": "7"}, transfer_group="seven")

    moved = api.balance_transactions.retrieve(made.balance_transaction)
    assert (moved.amount, moved.net, moved.source) == (-10_000, -10_000, made.id)
    assert (moved.type, moved.reporting_category) == ("transfer", "transfer")
    assert (made.destination, made.transfer_group) == (account, "seven")
    assert made.destination_payment.startswith("py_")
    assert api.transfers.retrieve(made.id).metadata["order"] == "7"


def test_transfer_tells_the_shop(simulator, pay_charge, transfer, webhook):
    """A transfer sends transfer.created, which carries it."""
    made = transfer(pay_charge())
    simulator.deliver()

    event = webhook.events()[-1]
    assert event["type"] == "transfer.created"
    assert event["data"]["object"]["id"] == made.id


def test_transfer_is_described_later(api, simulator, pay_charge, transfer, webhook):
    """Description and metadata change; one key of metadata, or all, are unset."""
    made = transfer(pay_charge(), metadata={"order": "7", "kept": "yes"})
    change = {"description": "June", "metadata": {"order": ""}}

    changed = api.transfers.update(made.id, change)
    emptied = api.transfers.update(made.id, {"metadata": "", "description": ""})
    simulator.deliver()

    assert (changed.description, changed.metadata.to_dict()) == (
        "June",
        {"kept": "yes"},
    )
    assert (emptied.description, emptied.metadata.to_dict()) == (None, {})
    assert webhook.types()[-2:] == ["transfer.updated", "transfer.updated"]


def test_transfers_of_a_charge_never_exceed_it(api, pay_charge, transfer):
    """The charge is split over several transfers, and no further."""
    charge = pay_charge()

    with pytest.raises(stripe.InvalidRequestError, match=r"exceed .*\$2,499.00"):
        transfer(charge, charge.amount + 1)
    for amount in (200_000, 49_900):
        transfer(charge, amount)
    with pytest.raises(stripe.InvalidRequestError, match="already") as caught:
        transfer(charge, 1)

    assert code_of(caught) == (400, None, "source_transaction")
    assert len(api.transfers.list().data) == 2


def test_reversal_leaves_no_new_room(api, pay_charge, transfer):
    """What was reversed of a charge's transfers is not sent from it again."""
    charge = pay_charge()
    api.transfers.reversals.create(transfer(charge, charge.amount).id)

    with pytest.raises(stripe.InvalidRequestError, match="already"):
        transfer(charge, 1)


def test_transfer_repeats_under_its_key(api, pay_charge, account):
    """The same call under the same key gives the same transfer, once."""
    params = {"amount": 1, "currency": "usd", "destination": account}
    params["source_transaction"] = pay_charge().id
    key = {"idempotency_key": "transfer-1"}

    first, again = (api.transfers.create(params, key) for _ in range(2))

    assert first.id == again.id
    assert len(api.transfers.list().data) == 1


def test_refused_transfer_keeps_its_key(api, simulator, account):
    """A refusal is answered again under its key, even when it could succeed now."""
    params = {"amount": 1, "currency": "usd", "destination": account}
    key = {"idempotency_key": "transfer-1"}
    simulator.connect_account(account, transfers="inactive")

    for capability in ("inactive", "active"):
        simulator.connect_account(account, transfers=capability)
        with pytest.raises(stripe.InvalidRequestError) as caught:
            api.transfers.create(params, key)

        assert caught.value.code == "insufficient_capabilities_for_transfer"


@pytest.mark.parametrize("capability", ["inactive", "pending"])
def test_account_without_capability_gets_nothing(
    simulator, pay_charge, transfer, account, capability
):
    """Only an active capability lets an account get transfers."""
    simulator.connect_account(account, transfers=capability)

    with pytest.raises(stripe.InvalidRequestError, match="destination") as caught:
        transfer(pay_charge())

    assert code_of(caught) == (400, "insufficient_capabilities_for_transfer", None)


@pytest.mark.parametrize(
    ("home", "country"),
    [("US", "GB"), ("DE", "CH"), ("FR", "US"), ("CA", "IS"), ("AU", "AU")],
)
def test_transfer_stays_in_its_area(simulator, pay_charge, transfer, home, country):
    """Transfers go around North America and Europe, elsewhere inside one country."""
    simulator.accounts.move_platform(home)
    simulator.connect_account("acct_here", country)

    assert transfer(pay_charge(), destination="acct_here").amount == 10_000


@pytest.mark.parametrize(
    ("home", "country"), [("US", "AU"), ("AU", "US"), ("JP", "AU")]
)
def test_transfer_leaves_no_area(simulator, pay_charge, transfer, home, country):
    """Between areas no money is sent."""
    simulator.accounts.move_platform(home)
    simulator.connect_account("acct_there", country)

    with pytest.raises(stripe.InvalidRequestError, match=country) as caught:
        transfer(pay_charge(), destination="acct_there")

    assert code_of(caught) == (400, "transfers_not_allowed", None)


@pytest.mark.parametrize("name", ["destination", "source_transaction"])
def test_unknown_end_is_refused(transfer, name):
    """An account or a charge that does not exist is named in the refusal."""
    with pytest.raises(stripe.InvalidRequestError, match="'nobody'") as caught:
        transfer(**{name: "nobody"})

    assert code_of(caught) == (400, "resource_missing", name)


def test_platform_sends_nothing_to_itself(api, transfer):
    """The platform's own account is no destination."""
    own = api.accounts.retrieve_current().id

    with pytest.raises(stripe.InvalidRequestError, match="No such destination"):
        transfer(destination=own)


def test_currency_is_that_of_the_charge(pay_charge, transfer):
    """Money of a charge is sent on in the charge's currency."""
    with pytest.raises(stripe.InvalidRequestError, match=r"\(usd\).*\(eur\)") as caught:
        transfer(pay_charge(), currency="eur")

    assert caught.value.param == "source_transaction"


def test_unpaid_charge_is_no_source(pay_charge, transfer):
    """A declined charge has nothing to send on."""
    with pytest.raises(stripe.InvalidRequestError, match="not paid") as caught:
        transfer(pay_charge("4000000000000002"))

    assert caught.value.param == "source_transaction"


@pytest.mark.parametrize(
    ("changes", "param"),
    [
        ({"amount": 0}, "amount"),
        ({"amount": None}, "amount"),
        ({"source_type": "bank_account"}, "source_type"),
    ],
)
def test_transfer_says_which_parameter_is_wrong(transfer, changes, param):
    """Nothing, no amount and what is not simulated are refused by name."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        transfer(**changes)

    assert caught.value.param == param


def test_balance_must_be_available(simulator, pay_charge, transfer):
    """Without a charge, money is sent once it is available, and not before."""
    pay_charge()
    simulator.finish_captures()

    with pytest.raises(stripe.InvalidRequestError, match="available") as caught:
        transfer()
    simulator.clock.move(PAYOUT_DELAY_SECONDS + 1)

    assert code_of(caught) == (400, "balance_insufficient", None)
    assert transfer().source_transaction is None


def test_balance_is_spent_once(simulator, pay_charge, transfer):
    """The available balance, less the fee, is sent to the last unit."""
    pay_charge(AVAILABLE_AT_ONCE)
    simulator.finish_captures()
    available = simulator.transfers.available("usd")

    transfer(amount=available)

    assert available < 249_900
    with pytest.raises(stripe.InvalidRequestError, match="insufficient"):
        transfer(amount=1)


def test_transfer_waits_for_its_charge(api, simulator, pay_charge, transfer):
    """A transfer of a charge that is pending leaves the available balance alone."""
    pay_charge(AVAILABLE_AT_ONCE)
    simulator.finish_captures()
    before = simulator.transfers.available("usd")

    charge = pay_charge()
    early = transfer(charge)
    simulator.finish_captures()
    late = transfer(charge)

    assert simulator.transfers.available("usd") == before
    for made in (early, late):
        moved = api.balance_transactions.retrieve(made.balance_transaction)
        assert moved.status == "pending"


def test_group_comes_from_the_charge(pay_charge, transfer):
    """Without a group the charge's is taken, or one is made up for it."""
    named = session_params()["payment_intent_data"] | {"transfer_group": "order-7"}

    plain = pay_charge()
    in_group = pay_charge(payment_intent_data=named)

    assert transfer(plain).transfer_group == f"group_{plain.payment_intent}"
    assert transfer(in_group).transfer_group == "order-7"


def test_transfers_are_found(api, simulator, pay_charge, transfer):
    """Transfers are listed by group and by destination, newest first, in pages."""
    simulator.connect_account("acct_other")
    charge = pay_charge()
    made = [transfer(charge, transfer_group="a").id for _ in range(3)]
    transfer(charge, transfer_group="b", destination="acct_other")

    page = api.transfers.list({"transfer_group": "a", "limit": 2})
    (other,) = api.transfers.list({"destination": "acct_other"}).data

    assert [one.id for one in page.auto_paging_iter()] == made[::-1]
    assert other.transfer_group == "b"
    assert api.transfers.list({"created": {"gt": other.created}}).data == []


def test_refund_and_dispute_leave_transfers_alone(api, simulator, pay_charge, transfer):
    """The platform refunds, the platform is charged back; the account keeps all."""
    refunded, disputed = pay_charge(), pay_charge()
    made = [transfer(charge).id for charge in (refunded, disputed)]

    api.refunds.create({"charge": refunded.id})
    simulator.close_dispute(simulator.dispute(disputed.id)["id"], won=False)

    found = [api.transfers.retrieve(one) for one in made]
    assert [one.amount_reversed for one in found] == [0, 0]
    assert simulator.objects("transfer_reversal") == []


def test_transfer_expands_what_it_names(api, pay_charge, transfer, account):
    """Account, charge and balance transaction are put in place of their ids."""
    paths = ["destination", "source_transaction", "balance_transaction"]
    charge = pay_charge()

    found = api.transfers.retrieve(transfer(charge).id, {"expand": paths})

    assert found.destination.id == account
    assert found.source_transaction.amount == charge.amount
    assert found.balance_transaction.amount == -10_000
