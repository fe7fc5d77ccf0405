"""The contract read from the SDK: what it refuses, and that it is not vacuous."""

import copy
import io
import json
import pathlib
import re

import pytest
import requests

from demo.stripe_simulator import server
from demo.stripe_simulator.contract import forms, schema
from demo.stripe_simulator.contract.check import ContractError
from demo.stripe_simulator.contract.wsgi import Guard
from tests import stripe_contract
from tests.stripe_orders import auth, session_params

SAMPLES = pathlib.Path(__file__).parent / "data" / "stripe-samples.json"


@pytest.fixture
def contract():
    """The contract of the installed SDK."""
    return stripe_contract.contract()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"payment_method_types": ["card"]}, "payment_method_types"),
        ({"ui_mode": "hosted"}, "ui_mode"),
        ({"expire_at": 1}, "expire_at"),
        ({"expires_at": "2027-01-01"}, "expires_at"),
        (
            {"shipping_address_collection": {"allowed_countries": ["XX"]}},
            "shipping_address_collection\\[allowed_countries\\]\\[0\\]",
        ),
        ({"metadata": {"a": {"b": "c"}}}, "metadata"),
        ({"payment_intent_data": {"transfer_data": {"amount": 1}}}, "destination"),
        ({"automatic_tax": True}, "automatic_tax"),
        ({"allow_promotion_codes": "yes"}, "allow_promotion_codes"),
    ],
)
def test_wrong_call_never_leaves(api, simulator, change, problem):
    """A parameter outside the contract is caught before the call is sent."""
    with pytest.raises(ContractError, match=problem):
        api.checkout.sessions.create(session_params(**change))

    assert not simulator.calls


@pytest.mark.parametrize("amount", [10.5, "12,00", None])
def test_amount_is_an_integer(api, simulator, amount):
    """A line item's amount is a whole number of minor units."""
    price = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "x"}}
    lines = [{"quantity": 1, "price_data": price | {"tax": 1}}]

    with pytest.raises(ContractError, match=r"unit_amount|tax"):
        api.checkout.sessions.create(session_params(line_items=lines))

    assert not simulator.calls


def test_call_outside_the_contract_is_refused(api):
    """A call, a filter or a version that nobody agreed on does not leave."""
    with pytest.raises(ContractError, match="limt"):
        api.events.list({"limt": 3})
    with pytest.raises(ContractError, match="no such operation"):
        api.subscriptions.list()
    with pytest.raises(ContractError, match="Stripe-Version"):
        api.events.list(options={"stripe_version": "2020-08-27"})


@pytest.mark.parametrize(
    ("pairs", "problem"),
    [
        ([("a", "1"), ("a", "2")], "sent twice"),
        ([("a", "1"), ("a[b]", "2")], "both"),
        ([("a[b]", "1"), ("a", "2")], "both"),
        ([("a[b]", "1"), ("a[b][c]", "2")], "both"),
    ],
)
def test_contradicting_keys_are_refused(pairs, problem):
    """A form that says two things about one key is refused."""
    with pytest.raises(forms.FormError, match=problem):
        forms.unflatten(pairs)


def test_form_becomes_nested_values(contract):
    """Form text is read back as numbers, truth, lists and objects."""
    body = (
        "mode=payment&metadata[7]=1&automatic_tax[enabled]=false&expires_at=12"
        "&line_items[0][price_data][currency]=usd&line_items[0][quantity]=2"
        "&line_items[0][price_data][unit_amount]=5&expand[]=payment_intent"
    )

    values = contract.check_request("POST", "/v1/checkout/sessions", body)

    price = {"currency": "usd", "unit_amount": 5}
    assert values == {
        "automatic_tax": {"enabled": False},
        "expand": ["payment_intent"],
        "expires_at": 12,
        "line_items": [{"price_data": price, "quantity": 2}],
        "metadata": {"7": "1"},
        "mode": "payment",
    }


@pytest.mark.parametrize(
    "damage",
    [
        lambda event: event.pop("api_version"),
        lambda event: event.update(api_version="2025-03-31.basil"),
        lambda event: event.update(type="checkout.session.done"),
        lambda event: event.update(type="invoice.paid"),
        lambda event: event["data"].update(object={"object": "charge"}),
        lambda event: event["data"]["object"].update(amount_total="12900"),
        lambda event: event["data"]["object"].update(livemode=None),
        lambda event: event["data"]["object"].update(payment_status="PAID"),
        lambda event: event["data"]["object"].pop("mode"),
    ],
    ids=[
        "no version",
        "old version",
        "unknown type",
        "foreign type",
        "other object",
        "text for amount",
        "no livemode",
        "unknown status",
        "missing key",
    ],
)
def test_damaged_event_is_refused(api, simulator, contract, damage):
    """An event is held against envelope, version, type and object."""
    simulator.pay(api.checkout.sessions.create(session_params()).id)
    event = simulator.objects("event")[-1]
    contract.check_event(copy.deepcopy(event))

    damage(event)

    with pytest.raises(ContractError):
        contract.check_event(event)


def test_published_samples_fit(contract):
    """Stripe's own samples keep to the contract; one is older than a new key."""
    samples = json.loads(SAMPLES.read_text())["resources"]
    known = {n: s for n, s in samples.items() if s.get("object") in contract.schemas}
    drift = {}

    for name, sample in known.items():
        try:
            contract.check_object(sample)
        except ContractError as error:
            drift[name] = re.findall(r"'(\w+)' is a required", str(error))

    assert len(known) > 15
    assert drift == {"dispute": ["submission_method"]}


def test_samples_with_a_wrong_id_do_not_fit(contract):
    """The check of an object is not vacuous: a number is no id."""
    samples = json.loads(SAMPLES.read_text())["resources"]
    known = [s for s in samples.values() if s.get("object") in contract.schemas]

    for sample in [each for each in known if "id" in each]:
        with pytest.raises(ContractError):
            contract.check_object(sample | {"id": 5})


def test_document_is_kept_between_starts(tmp_path):
    """The second start reads the contract from the file the first one wrote."""
    built = schema.load(tmp_path)
    (kept,) = tmp_path.iterdir()
    kept.write_text(json.dumps({"kept": True}))

    assert built == schema.build()
    assert schema.load(tmp_path) == {"kept": True}


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ("payment_method_types[]=card", "payment_method_types", "parameter_unknown"),
        (
            "line_items[0][price_data][unit_amount]=5",
            "line_items[0][price_data][currency]",
            "parameter_missing",
        ),
        ("ui_mode=hosted", "ui_mode", None),
    ],
)
def test_guard_names_the_parameter(body, param, code):
    """A raw call that breaks the contract gets 400, and is reported."""
    running = server.start(mode="manual")
    url = f"{running.url}/v1/checkout/sessions"

    with requests.Session() as session:
        session.trust_env = False
        answer = session.post(url, data=body, headers=auth(), timeout=5)
    running.stop()

    error = answer.json()["error"]
    assert answer.status_code == 400
    assert (error["param"], error.get("code")) == (param, code)
    assert len(running.simulator.violations) == 1
    assert not running.simulator.calls


def test_guard_reports_a_wrong_answer(contract):
    """An answer that breaks the contract still goes out, and is reported."""
    reported = []

    def app(environ, start_response):
        start_response("200 OK", [])
        return [b'{"object": "list", "data": "none", "has_more": false, "url": "/"}']

    guard = Guard(app, contract, reported.append)
    environ = {"PATH_INFO": "/v1/events", "REQUEST_METHOD": "GET"}
    environ |= {"QUERY_STRING": "limit=1", "wsgi.input": io.BytesIO()}
    sent = guard(environ, lambda status, headers, exc=None: None)

    assert b"".join(sent).startswith(b'{"object"')
    assert "data" in str(reported[0])
