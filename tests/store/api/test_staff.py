"""The staff's part of the API: logins, permissions, lists."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from store.models import Difference, Dispute, Order, Payment
from store.services import refunds
from tests.store import paying
from tests.store.api.calling import assert_problem, send
from tests.store.api.staff import make_difference, make_dispute, make_staff
from tests.store_factories import AT, make_piece

PAPER = "tests.store.api.staff.PaperToken"
LISTS = {
    "/api/v1/orders/": "view_order",
    "/api/v1/refunds/": "view_refund",
    "/api/v1/disputes/": "view_dispute",
    "/api/v1/differences/": "view_difference",
}

pytestmark = pytest.mark.django_db
each_list = pytest.mark.parametrize(("address", "permission"), list(LISTS.items()))


@pytest.fixture
def order():
    """A paid order."""
    return paying.make_paid_order()


@pytest.fixture
def payment(order):
    """Its payment."""
    return Payment.objects.get()


def make_rows(order, count):
    """Make rows in every list, of orders of their own."""
    item = order.lines.get().piece.item
    first = Dispute.objects.count()
    for number in range(first, first + count):
        piece = make_piece(item=item)
        payment = paying.make_paid_order(piece).payments.get()
        refunds.request_refund(
            payment_id=payment.pk,
            wish=refunds.Wish(line_ids=(payment.order.lines.get().pk,)),
            origin="staff",
            reason="Does not fit",
            at=AT,
        )
        make_dispute(payment, number)
        make_difference(payment.order, number)


@each_list
def test_strangers_are_asked_to_log_in(client, address, permission):
    """Without a login the answer is 401, as a problem that names the scheme."""
    answer = client.get(address)

    assert_problem(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == "Session"


@each_list
@pytest.mark.parametrize(
    ("permissions", "flags"),
    [
        ([], {}),
        (["add_refund"], {}),
        (list(LISTS.values()), {"is_staff": False}),
    ],
    ids=["no permission", "another permission", "no staff"],
)
def test_each_list_needs_its_permission(
    client, address, permission, permissions, flags
):
    """Who is logged in and may not gets 403, as a problem."""
    client.force_login(make_staff(*permissions, **flags))

    assert_problem(client.get(address), 403, "permission_denied")


@each_list
def test_the_named_permission_is_enough(client, address, permission):
    """Staff with just the permission of a list may read it, and its head."""
    client.force_login(make_staff(permission))

    assert client.get(address).json() == {"next": None, "results": []}
    assert client.head(address).status_code == 200


def test_people_who_left_are_locked_out(client):
    """A deactivated account may do nothing."""
    user = make_staff(*LISTS.values())
    client.force_login(user)
    type(user).objects.update(is_active=False)

    assert_problem(client.get("/api/v1/orders/"), 401, "not_authenticated")


def test_a_session_needs_the_csrf_token(order):
    """A page elsewhere cannot make a logged-in browser refund anything."""
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(make_staff("add_refund"))
    body = {"order": order.number, "lines": ["DTC-1"], "reason": "Fraud"}

    answer = send(browser, "post", "/api/v1/refunds/", body, key="key")

    assert_problem(answer, 403, "permission_denied")
    assert "CSRF" in answer.json()["message"]


def test_the_host_decides_how_staff_logs_in(client, settings, order):
    """With authentication classes of its own the host's are used, and no other."""
    settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [PAPER]}
    make_staff("view_order")

    named = client.get("/api/v1/orders/", headers={"paper": "clerk"})
    unnamed = client.get("/api/v1/orders/")

    assert named.json()["results"][0]["number"] == order.number
    assert unnamed["WWW-Authenticate"] == "Paper"


@pytest.mark.parametrize(
    ("host", "kinds"),
    [
        ("tests.settings", ["SessionLogin"]),
        ("tests.store.api.token_host", ["TokenAuthentication", "SessionLogin"]),
    ],
)
def test_tokens_work_where_they_are_installed(host, kinds):
    """DRF's tokens count as soon as the host installs them, and before that not."""
    code = (
        "import django; django.setup();"
        "from store.api import authentication;"
        "print(*(type(one).__name__ for one in authentication.find_authenticators()))"
    )

    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "DJANGO_SETTINGS_MODULE": host},
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout.split() == kinds


def test_guessing_logins_is_slowed_down(client, settings):
    """After wrong tokens one address has to wait, right tokens included."""
    settings.REST_FRAMEWORK = {"DEFAULT_AUTHENTICATION_CLASSES": [PAPER]}
    settings.STORE = {**settings.STORE, "GUESS_RATE": "2/day"}
    make_staff("view_order")

    for _ in range(2):
        wrong = client.get("/api/v1/orders/", headers={"paper": "guess"})
        assert_problem(wrong, 401, "authentication_failed")

    right = client.get("/api/v1/orders/", headers={"paper": "clerk"})
    assert_problem(right, 429, "throttled")


def test_an_order_for_staff(client, order, payment):
    """Staff sees customer, money and pieces, and not the customer's secret."""
    Payment.objects.update(refunded_amount=100)
    client.force_login(make_staff("view_order"))

    answer = client.get("/api/v1/orders/")

    (shown,) = answer.json()["results"]
    assert (shown["email"], shown["full_name"]) == (order.email, "Ada Lovelace")
    assert shown["total"] == {"amount": 249900, "currency": "USD"}
    assert shown["refunded"] == {"amount": 100, "currency": "USD"}
    assert shown["lines"][0]["serial_number"] == order.lines.get().piece.serial_number
    assert order.token not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"status": "paid"}, 1),
        ({"status": ["paid", "review"]}, 1),
        ({"status": "review"}, 0),
        ({"number": "bcdf2345"}, 1),
        ({"number": "BCDF"}, 0),
        ({"email": "CUSTOMER@"}, 1),
        ({"email": "nobody"}, 0),
        ({"ordering": "oldest"}, 1),
    ],
)
def test_orders_are_found(client, order, query, count):
    """Orders are narrowed by status, number, and a part of the address."""
    Order.objects.update(number="BCDF2345")
    client.force_login(make_staff("view_order"))

    assert len(client.get("/api/v1/orders/", query).json()["results"]) == count


@pytest.mark.parametrize(
    ("address", "query", "count"),
    [
        ("/api/v1/disputes/", {"status": "needs_response"}, 1),
        ("/api/v1/disputes/", {"status": "won"}, 0),
        ("/api/v1/disputes/", {"order": "BCDF2345"}, 1),
        ("/api/v1/differences/", {"open": "true"}, 1),
        ("/api/v1/differences/", {"open": "false"}, 0),
        ("/api/v1/differences/", {"kind": "day_total"}, 0),
    ],
)
def test_what_is_wrong_is_found(client, order, payment, address, query, count):
    """Disputes are narrowed by status and order, differences by kind and state."""
    Order.objects.update(number="BCDF2345")
    make_dispute(payment)
    make_difference(order)
    client.force_login(make_staff(*LISTS.values()))

    assert len(client.get(address, query).json()["results"]) == count


@each_list
def test_bad_filters_name_the_field(client, address, permission):
    """A filter or an order that does not exist is a problem."""
    client.force_login(make_staff(permission))
    field = "kind" if address.endswith("differences/") else "status"

    assert_problem(client.get(address, {field: "odd"}), 400, "invalid", field)
    wrong = client.get(address, {"ordering": "odd"})
    assert_problem(wrong, 400, "invalid", "ordering")


def test_a_dispute_for_staff(client, order, payment):
    """A dispute shows what is disputed, what the bank holds, and how it stands."""
    make_dispute(payment)
    client.force_login(make_staff("view_dispute"))

    (shown,) = client.get("/api/v1/disputes/").json()["results"]

    assert (shown["id"], shown["order"]) == ("dp_0", order.number)
    assert shown["amount"] == {"amount": 249900, "currency": "USD"}
    assert shown["withdrawn"] == {"amount": 100, "currency": "USD"}


def test_a_difference_for_staff(client, order):
    """A difference shows both amounts where there are two, and who looks after it."""
    user = make_staff("view_difference")
    make_difference(order, owner=user)
    Difference.objects.update(theirs_amount=None)
    client.force_login(user)

    (shown,) = client.get("/api/v1/differences/").json()["results"]

    assert shown["ours"] == {"amount": 200, "currency": "USD"}
    assert (shown["theirs"], shown["owner"]) == (None, "clerk")
    assert shown["order"] == order.number


@each_list
def test_lists_cost_the_same_at_any_size(client, order, address, permission):
    """Ten rows cost as many statements as one: no OFFSET, no COUNT, no row by row."""
    client.force_login(make_staff(permission))
    make_rows(order, 1)
    few = _statements(client, address)

    make_rows(order, 4)

    many = _statements(client, address)
    assert len(many) == len(few) <= 9
    assert [sql for sql in many if "OFFSET" in sql or "COUNT(" in sql] == []


@each_list
def test_pages_follow_each_other(client, order, address, permission):
    """Following `next` shows every row once."""
    client.force_login(make_staff(permission))
    make_rows(order, 4)
    seen, following = [], f"{address}?page_size=2"

    while following:
        page = client.get(following).json()
        seen += [row.get("number") or row["id"] for row in page["results"]]
        following = page["next"]

    assert len(seen) == len(set(seen)) >= 4


def _statements(client, address):
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address).status_code == 200
    return [query["sql"] for query in queries]
