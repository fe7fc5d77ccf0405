"""Disputes in the admin: until when we may answer, and where."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.store import paying
from tests.store.admin.conftest import make_dispute


@pytest.fixture
def order(db):
    """A paid order."""
    return paying.make_paid_order()


def _page(client, dispute):
    """Return the dispute's page as text."""
    address = reverse("admin:store_dispute_change", args=[dispute.pk])
    return client.get(address).content.decode()


@pytest.mark.parametrize(
    ("key", "address"),
    [
        ("sk_test_1", "https://dashboard.stripe.com/test/disputes/dp_1"),
        ("rk_live_1", "https://dashboard.stripe.com/disputes/dp_1"),
    ],
)
def test_a_dispute_is_answered_at_stripe(admin_client, order, settings, key, address):
    """The page links to the dispute at Stripe, in the mode of the configured key."""
    settings.STORE = {**settings.STORE, "STRIPE_SECRET_KEY": key, "STRIPE_API_BASE": ""}

    page = _page(admin_client, make_dispute(order))

    assert f'href="{address}"' in page
    assert reverse("admin:store_order_change", args=[order.pk]) in page


def test_a_simulated_dispute_is_not_at_stripe(admin_client, order, settings):
    """With another address for the API the page sends nobody to Stripe."""
    base = "http://127.0.0.1:9"
    settings.STORE = {**settings.STORE, "STRIPE_API_BASE": base}

    page = _page(admin_client, make_dispute(order))

    assert f"Not at Stripe: payments go to {base}" in page


@pytest.mark.parametrize(
    ("status", "days", "due"),
    [
        ("needs_response", 7.1, "in 1\xa0week"),
        ("needs_response", -1, "too late"),
        ("lost", 7.1, "-"),
    ],
)
def test_the_list_says_how_long_we_may_answer(admin_client, order, status, days, due):
    """What is left to answer stands in the list, while an answer counts."""
    until = timezone.now() + datetime.timedelta(days=days)
    make_dispute(order, status=status, evidence_due_at=until)

    page = admin_client.get(reverse("admin:store_dispute_changelist"))

    assert f'<td class="field-due">{due}</td>' in page.content.decode()
