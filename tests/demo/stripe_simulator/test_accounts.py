"""The platform's account and the connected ones."""

import pytest
import stripe

from demo.stripe_simulator.endpoints import Endpoint
from demo.stripe_simulator.problem import ApiError
from tests.demo.stripe_simulator.conftest import SECRET


def test_platform_is_in_the_us(api, simulator):
    """The key's own account is in the US unless it is moved."""
    own = api.accounts.retrieve_current()
    simulator.accounts.move_platform("de")

    moved = api.accounts.retrieve(own.id)

    assert (own.country, own.default_currency) == ("US", "usd")
    assert (moved.country, moved.default_currency) == ("DE", "eur")
    assert simulator.objects("account") == []


def test_account_is_connected_and_changed(api, simulator):
    """A new account can get money; a change leaves the rest as it was."""
    made = simulator.connect_account("acct_helpers", "GB")
    simulator.connect_account("acct_helpers", payouts_enabled=False)

    changed = api.accounts.retrieve("acct_helpers")

    assert (made["payouts_enabled"], made["default_currency"]) == (True, "gbp")
    assert (changed.country, changed.payouts_enabled) == ("GB", False)
    assert changed.capabilities.transfers == "active"
    assert [one.id for one in api.accounts.list()] == ["acct_helpers"]


def test_change_is_told_to_connect_endpoints(simulator, account, webhook):
    """account.updated comes from the connected account, to connect endpoints."""
    endpoint = Endpoint(webhook.url, (SECRET,), is_connect=True)
    simulator.deliveries.endpoints = [endpoint]

    simulator.connect_account(account, transfers="inactive")
    simulator.deliver()

    (event,) = webhook.events()
    assert (event["type"], event["account"]) == ("account.updated", account)
    assert event["data"]["object"]["capabilities"]["transfers"] == "inactive"


def test_unknown_account_is_forbidden(api):
    """An account that is not connected is answered as one that revoked its access."""
    with pytest.raises(stripe.PermissionError, match="'acct_nobody'") as caught:
        api.accounts.retrieve("acct_nobody")

    # The SDK keeps the code of this error in the body only.
    assert caught.value.http_status == 403
    assert caught.value.json_body["error"]["code"] == "account_invalid"


@pytest.mark.parametrize(
    ("account_id", "asked", "param"),
    [
        ("nobody", {}, "id"),
        ("acct_platform", {}, "id"),
        ("acct_x", {"country": "XX"}, "country"),
        ("acct_x", {"transfers": "on"}, "transfers"),
    ],
)
def test_account_is_refused_by_name(simulator, account_id, asked, param):
    """An account that cannot exist is not connected."""
    with pytest.raises(ApiError) as caught:
        simulator.connect_account(account_id, **asked)

    assert caught.value.body["param"] == param
    assert simulator.objects("account") == []


def test_account_spends_what_it_has(simulator, account, transfer, pay_charge):
    """A connected account spends its balance in one currency, and no more."""
    transfer(pay_charge())

    simulator.spend_connected_balance(account, "usd", 4_000)
    with pytest.raises(ApiError, match="6000 usd"):
        simulator.spend_connected_balance(account, "usd", 6_001)
    with pytest.raises(ApiError, match="0 eur"):
        simulator.spend_connected_balance(account, "eur", 1)
    simulator.spend_connected_balance(account, "usd")

    assert simulator.accounts.balances(simulator.accounts.get(account)) == {"usd": 0}


def test_secrets_of_the_simulator_stay_inside(api, simulator, account, transfer):
    """What an account spent is the simulator's own knowledge."""
    assert not [key for key in simulator.objects("account")[0] if key[0] == "_"]
    assert "_spent" not in api.accounts.retrieve(account)
