"""Every call twice, and every body malformed: a named field, and nothing saved."""

import re
from pathlib import Path

import pytest
from django.apps import apps

from store.api import parsers, refusal_words
from store.models import Voucher
from tests.store import paying
from tests.store.api.calling import assert_problem, new_key, open_cart, send
from tests.store.api.staff import make_staff
from tests.store_factories import make_item, make_piece

STORE = Path(__file__).parents[3] / "store"
RAISED = re.compile(r'(?:Refused|Mismatch)Error\(\s*"(\w+)",\s*"(\w+)"')

pytestmark = pytest.mark.django_db

# What each writing address takes: method, place, and a body that is right.
CALLS = {
    "begin": ("post", "/api/v1/carts/", {}),
    "add": ("post", "{cart}lines/", {"serial_number": "DTC-2"}),
    "engrave": ("put", "{cart}lines/DTC-1/", {"engraving": "Ada"}),
    "voucher": ("put", "{cart}voucher/", {"code": "WINTER-10"}),
    "currency": ("put", "{cart}currency/", {"currency": "USD"}),
    "checkout": (
        "post",
        "{cart}checkout/",
        {
            "email": "ada@shop.example",
            "country": "US",
            "region": "NY",
            "is_insured": False,
            "is_gift": True,
            "gift_note": "For Ada.",
        },
    ),
    "return": (
        "post",
        "/api/v1/orders/{token}/returns/",
        {"lines": ["DTC-9"], "reason": "Too small."},
    ),
    "refund": (
        "post",
        "/api/v1/refunds/",
        {
            "order": "BCDF2345",
            "lines": ["DTC-9"],
            "amount": {"amount": 100, "currency": "USD"},
            "restock": ["DTC-9"],
            "is_shipping_included": False,
            "reason": "Scratch",
        },
    ),
}
NEEDED = {"serial_number", "engraving", "code", "currency", "email", "order", "reason"}
each_call = pytest.mark.parametrize("call", list(CALLS))


@pytest.fixture
def places(client, simulator, settings):
    """The addresses of a cart and of a paid order, for somebody who may refund."""
    often = {"API_WRITE_RATE": "9999/min", "API_RATE": "9999/min"}
    settings.STORE = {**settings.STORE, **often, "API_ORDER_RATE": "9999/min"}
    item = make_item(engraving_length=10)
    pieces = [make_piece(item=item, serial_number=f"DTC-{n}") for n in (1, 2, 9)]
    order = paying.make_paid_order(pieces.pop())
    type(order).objects.update(number="BCDF2345")
    Voucher.objects.create(code="WINTER-10", kind="percent", discount_bps=1000)
    cart = open_cart(client, pieces[0])
    client.force_login(make_staff("add_refund"))
    return {"cart": cart, "token": order.token}


@pytest.fixture
def ask(client, places):
    """Send a call with another body than the right one."""

    def ask(call, change=lambda body: body, *, key=None):
        method, place, body = CALLS[call]
        address = place.format(**places)
        return send(client, method, address, change(body), key=key or new_key())

    return ask


def needed(call):
    """Return the fields that a call cannot do without."""
    names = NEEDED | ({"lines"} if call == "return" else set())
    return names & CALLS[call][2].keys()


def without(body, *names):
    """Return a body without these fields."""
    return {name: value for name, value in body.items() if name not in names}


def assert_blames(answer, name):
    """Expect a problem with this field, or with something inside it, and no other."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (400, "invalid")
    assert {field.partition(".")[0] for field in problem["fields"]} == {name}


def count_rows():
    """Return how many rows each table has."""
    models = apps.get_app_config("store").get_models()
    return {model.__name__: model.objects.count() for model in models}


@each_call
def test_each_call_is_right_as_it_stands(ask, call):
    """The bodies that the other tests spoil are good ones."""
    assert ask(call).status_code in {200, 201}


@each_call
def test_each_call_may_be_sent_twice(ask, call):
    """A call that is repeated with its key answers the same and adds no row."""
    key = new_key()
    first = ask(call, key=key)
    before = count_rows()

    again = ask(call, key=key)

    # A cart begun twice is two carts, of which one stays empty.
    new_rows = {"Cart": 1} if call == "begin" else {}
    assert again.status_code == first.status_code
    assert call == "begin" or again.json() == first.json()
    assert {n: c - before[n] for n, c in count_rows().items() if c - before[n]} == (
        new_rows
    )


@each_call
def test_missing_fields_are_named(ask, call):
    """A body without a field that is needed saves nothing and names it."""
    before = count_rows()

    for name in needed(call):
        answer = ask(call, lambda body, name=name: without(body, name))
        assert_problem(answer, 400, "invalid", name)

    assert count_rows() == before


@each_call
def test_optional_fields_may_be_missing(ask, call):
    """What need not be said may be left out."""
    optional = CALLS[call][2].keys() - needed(call) - {"lines"}

    answer = ask(call, lambda body: without(body, *optional))

    assert answer.status_code in {200, 201}


@each_call
def test_wrong_types_are_named(ask, call):
    """A field of another type saves nothing and is named, with its place inside."""
    before = count_rows()

    for name, right in CALLS[call][2].items():
        for wrong in (None, 7, 1.5, True, [], {}, "\0", "\ud800"):
            if type(wrong) is not type(right) or isinstance(wrong, str):
                answer = ask(call, lambda body, n=name, w=wrong: body | {n: w})
                assert_blames(answer, name)

    assert count_rows() == before


@each_call
def test_huge_values_are_named(ask, call):
    """A value longer than its column saves nothing and is named."""
    before = count_rows()

    for name, right in CALLS[call][2].items():
        huge = ["x" * 5000] if isinstance(right, list) else "x" * 5000
        answer = ask(call, lambda body, n=name, h=huge: body | {n: h})
        assert_blames(answer, name)

    assert count_rows() == before


@each_call
def test_unknown_fields_are_named(ask, call):
    """A field that there is not saves nothing and is named: it may be a typo."""
    before = count_rows()

    answer = ask(call, lambda body: body | {"mail_to": "x"})

    assert_problem(answer, 400, "invalid", "mail_to")
    assert count_rows() == before


@each_call
def test_a_body_is_an_object(ask, call):
    """Any other JSON saves nothing."""
    before = count_rows()

    for body in ("[]", '"text"', "7", "null"):
        answer = ask(call, lambda _, body=body: body)
        assert_problem(answer, 400, "invalid", "body")

    assert count_rows() == before


@each_call
def test_what_is_no_json_is_refused(ask, call):
    """A body that is no JSON, or too much of it, is a problem and no crash."""
    before = count_rows()

    for body in ("{", '{"email": NaN}', "9" * 5000, "[" * 30_000):
        answer = ask(call, lambda _, body=body: body)
        assert_problem(answer, 400, "parse_error")
    huge = " " * (parsers.LARGEST_BODY + 1)
    assert_problem(ask(call, lambda _: huge), 413, "too_large")

    assert count_rows() == before


@each_call
def test_other_formats_are_refused(client, places, call):
    """A form is not JSON."""
    method, place, _ = CALLS[call]
    address = place.format(**places)

    answer = client.generic(
        method.upper(),
        address,
        "a=b",
        content_type="application/x-www-form-urlencoded",
        headers={"Idempotency-Key": "key"},
    )

    assert_problem(answer, 415, "unsupported_media_type")


def test_every_rule_has_its_words():
    """Whatever input a service refuses, the API says why in a sentence of its own."""
    sources = [*STORE.glob("services/**/*.py"), *STORE.glob("domain/*.py")]
    texts = [source.read_text(encoding="utf-8") for source in sources]

    raised = {rule for text in texts for rule in RAISED.findall(text)}
    vouchers = (STORE / "services" / "vouchers.py").read_text(encoding="utf-8")
    raised |= {("voucher_code", r) for r in re.findall(r'_refused\("(\w+)"', vouchers)}

    assert raised
    assert raised - set(refusal_words.WORDS) == set()
