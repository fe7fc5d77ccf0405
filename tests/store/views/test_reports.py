"""What Django mails when a page of ours fails: where to look, and nobody's name."""

import logging

import django
import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils.log import AdminEmailHandler

from tests.store import paying
from tests.store_factories import make_item, make_piece

pytestmark = pytest.mark.django_db(transaction=True)

EMAIL = "secret@customer.example"
OPERATOR = "operator@shop.example"
# Django 6 wants the address alone.
ADMINS = [OPERATOR] if django.VERSION >= (6, 0) else [("Operator", OPERATOR)]


@pytest.fixture
def _reports(settings):
    settings.ADMINS = ADMINS
    handler = AdminEmailHandler(include_html=True)
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)


@pytest.fixture
def lost_table():
    """Return a function that takes a table away until the test is over."""
    lost = []

    def lose(table):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME TO lost_{table}")
        lost.append(table)

    yield lose
    with connection.cursor() as cursor:
        for table in lost:
            cursor.execute(f"ALTER TABLE lost_{table} RENAME TO {table}")


@pytest.fixture
def client():
    """A browser that is answered when a page fails, as every browser is."""
    return Client(raise_request_exception=False)


def read_reports():
    """Return subjects, texts and pages of all reports: Django's own and the longer."""
    assert mail.outbox
    return "\n".join(
        f"{report.subject}\n{report.body}\n{report.alternatives}"
        for report in mail.outbox
    )


@pytest.mark.checklist("K2")
@pytest.mark.usefixtures("_reports", "simulator")
def test_report_of_a_checkout_names_nobody(client, lost_table, settings):
    """K2: neither what was typed nor any variable is in it, and no key of ours."""
    piece = make_piece(item=make_item())
    client.post("/cart/add/", {"serial_number": piece.serial_number})
    lost_table("store_line")

    assert client.post("/checkout/", {"email": EMAIL}).status_code == 500

    report = read_reports()
    assert "store/services/checkout.py" in report
    assert EMAIL not in report
    assert settings.STORE["STRIPE_SECRET_KEY"] not in report
    assert settings.STORE["STRIPE_WEBHOOK_SECRETS"][0] not in report
    assert client.session["cart"] not in report


@pytest.mark.checklist("K2")
@pytest.mark.usefixtures("_reports")
@pytest.mark.parametrize("address", ["/orders/{}/", "/api/v1/orders/{}/"])
def test_report_of_an_order_has_no_token(address, client, lost_table, caplog):
    """K2: the address that opens an order is in no report and in no log line."""
    order = paying.make_paid_order()
    lost_table("store_line")

    assert client.get(address.format(order.token)).status_code == 500

    report = read_reports() + caplog.text
    assert order.token not in report
    assert order.email not in report
    assert "/orders/<" in report


@pytest.mark.usefixtures("_reports")
def test_report_of_a_screen_names_no_customer(admin_client, lost_table):
    """What staff looked for on a screen of ours is not reported."""
    admin_client.raise_request_exception = False
    lost_table("store_order")

    address = reverse("admin:store_order_changelist")
    assert admin_client.get(address, {"q": EMAIL}).status_code == 500

    assert EMAIL not in read_reports()


@pytest.mark.usefixtures("_reports")
def test_developers_see_everything(client, lost_table, settings):
    """Under DEBUG a report is left as Django makes it."""
    settings.DEBUG = True
    order = paying.make_paid_order()
    lost_table("store_line")

    client.get(f"/orders/{order.token}/")

    assert order.token in read_reports()


def test_requests_of_others_are_left_alone(client, caplog):
    """A page that is not ours is logged as ever."""
    client.get("/nowhere/at/all/")

    assert "Not Found: /nowhere/at/all/" in caplog.text
