"""What every call to Stripe carries."""

import ast

import pytest

from tests.house import reading

HARMLESS = {
    "retrieve",
    "retrieve_current",
    "list",
    "auto_paging_iter",
    "search",
    "to_dict",
}


def _changing_calls():
    for module in reading.read("store/gateways"):
        for call in module.calls():
            names = reading.chain(call)
            if "v1" in names and names[-1] not in HARMLESS:
                yield module, call


def _has_key(call):
    return any(
        isinstance(key, ast.Constant) and key.value == "idempotency_key"
        for argument in call.args
        if isinstance(argument, ast.Dict)
        for key in argument.keys
    )


@pytest.mark.checklist("I1")
def test_every_change_at_stripe_has_a_key():
    """No call that changes something at Stripe goes without an idempotency key."""
    calls = list(_changing_calls())

    assert calls, "the gateway's calls have a new shape: this test must learn it"
    assert [module.at(call) for module, call in calls if not _has_key(call)] == []


@pytest.mark.checklist("K2")
def test_the_global_key_is_never_set():
    """Nothing assigns the SDK's global key: the gateway has a client of its own."""
    uses = [
        module.at(node)
        for module in reading.read(*reading.PACKAGES)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and reading.chain(node) == ["stripe", "api_key"]
    ]

    assert uses == []
