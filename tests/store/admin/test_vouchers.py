"""Vouchers in the admin: contradictions are named, and used ones stay."""

import pytest
from django.urls import reverse

from store.models import Voucher, VoucherUse
from tests.store import paying
from tests.store.admin.conftest import make_voucher
from tests.store_factories import AT

pytestmark = pytest.mark.django_db

ADD = "admin:store_voucher_add"
PERCENT = {
    "code": "WINTER-10",
    "kind": "percent",
    "discount_bps": "10",
    "discount_amount": "0",
    "minimum_amount": "0",
    "uses-TOTAL_FORMS": 0,
    "uses-INITIAL_FORMS": 0,
}
AMOUNT = {
    "kind": "amount",
    "discount_bps": "0",
    "discount_amount": "50.00",
    "currency": "USD",
}


def _add(client, **changes):
    """Send the form of a new voucher; return the page after it."""
    return client.post(reverse(ADD), PERCENT | changes, follow=True).content.decode()


def test_both_kinds_are_added(admin_client):
    """Ten percent of any currency, and fifty dollars from five hundred on."""
    _add(admin_client)
    _add(admin_client, **AMOUNT, code="FIFTY", minimum_amount="500")

    percent, amount = Voucher.objects.order_by("pk")
    assert (percent.discount_bps, percent.discount_amount) == (1000, 0)
    assert (amount.discount_amount, amount.minimum_amount) == (5000, 50000)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"discount_bps": "0"}, "Type the percentage that it takes off"),
        ({"discount_bps": "1000"}, "A percentage is between 0 and 100."),
        ({"discount_amount": "5", "currency": "USD"}, "has no amount: leave 0 here"),
        (AMOUNT | {"discount_amount": "0"}, "Type the amount that it takes off."),
        (AMOUNT | {"discount_bps": "100"}, "has no percentage: leave 0 here"),
        (
            AMOUNT | {"discount_amount": "0", "currency": ""},
            "The amount needs a currency, as USD.",
        ),
        (AMOUNT | {"currency": ""}, "needs a currency of three capitals"),
        ({"minimum_amount": "5"}, "needs a currency of three capitals"),
        ({"code": "winter"}, "Capitals, digits and hyphens."),
        (
            {
                "starts_at_0": "2026-03-02",
                "starts_at_1": "10:00",
                "ends_at_0": "2026-03-02",
                "ends_at_1": "09:00",
            },
            "It ends before it starts.",
        ),
    ],
)
def test_contradictions_are_named(admin_client, changes, problem):
    """What cannot be is refused beside its field, and never by a constraint's name."""
    page = _add(admin_client, **changes)

    assert problem in page
    assert "store_voucher" not in page
    assert not Voucher.objects.exists()


def test_a_limit_is_not_below_its_uses(admin_client):
    """A voucher used three times cannot be limited to two."""
    voucher = make_voucher(uses_count=3)
    address = reverse("admin:store_voucher_change", args=[voucher.pk])

    page = admin_client.post(address, PERCENT | {"usage_limit": "2"}).content.decode()

    assert "It was used 3 times already." in page


def test_uses_are_shown_with_the_limit(admin_client):
    """The list says how often of how many; without a limit, of any."""
    make_voucher(uses_count=1)
    make_voucher(code="ANY", usage_limit=None)

    page = admin_client.get(reverse("admin:store_voucher_changelist")).content.decode()

    assert "1 of 5" in page
    assert "0 of any" in page


def test_a_used_voucher_stays(admin_client):
    """Neither the form nor the action deletes what an order used."""
    voucher = make_voucher(uses_count=1)
    order = paying.make_paid_order()
    VoucherUse.objects.create(voucher=voucher, order=order, is_live=False, used_at=AT)
    address = reverse("admin:store_voucher_delete", args=[voucher.pk])
    chosen = {"action": "delete_selected", "_selected_action": [voucher.pk]}

    form = admin_client.post(address, {"post": "yes"})
    admin_client.post(
        reverse("admin:store_voucher_changelist"), chosen | {"post": "yes"}
    )

    assert form.status_code == 403
    assert Voucher.objects.filter(pk=voucher.pk).exists()


def test_an_unused_voucher_can_be_deleted(admin_client):
    """A code that nobody used may go."""
    voucher = make_voucher()

    admin_client.post(
        reverse("admin:store_voucher_delete", args=[voucher.pk]), {"post": "yes"}
    )

    assert not Voucher.objects.exists()
