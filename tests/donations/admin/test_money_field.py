"""The amounts of a pledge are typed as people write them."""

import pytest
from django.urls import reverse

from donations.models import PledgeVersion
from tests import donations_factories as factories
from tests.donations.admin.forms import save_draft

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("currency", "typed", "amount"),
    [("USD", "1,000.50", 100050), ("JPY", "1,000", 1000), ("KWD", "1.005", 1005)],
)
def test_amounts_are_typed_in_the_pledges_currency(
    admin_client, currency, typed, amount
):
    """Cap and minimum become minor units of the currency typed beside them."""
    draft = factories.make_pledge_version(is_published=False)

    save_draft(
        admin_client, draft, currency=currency, cap_amount=typed, minimum_amount=""
    )

    draft.refresh_from_db()
    assert (draft.cap_amount, draft.minimum_amount) == (amount, None)


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"cap_amount": "10.005"}, "USD has 2 decimals"),
        ({"cap_amount": "-1"}, "An amount is not negative."),
        ({"cap_amount": "1", "currency": "us"}, "needs a currency of three capitals"),
    ],
)
def test_a_refused_amount_names_the_rule(admin_client, changes, rule):
    """A text that is no amount is refused beside its field."""
    draft = factories.make_pledge_version(is_published=False)

    page = save_draft(admin_client, draft, **changes)

    assert rule in page
    assert PledgeVersion.objects.get().cap_amount is None


def test_saving_unchanged_keeps_the_amounts(admin_client):
    """A form that is opened and saved stores the amounts it had."""
    draft = factories.make_pledge_version(
        is_published=False, share_fixed_amount=2500, cap_amount=1_000_000
    )

    save_draft(admin_client, draft)

    draft.refresh_from_db()
    assert (draft.share_fixed_amount, draft.cap_amount) == (2500, 1_000_000)


def test_frozen_amounts_are_read_as_money(admin_client):
    """Published terms show $25.00, not minor units."""
    version = factories.make_pledge_version(share_fixed_amount=2500)

    page = admin_client.get(
        reverse("admin:donations_pledgeversion_change", args=[version.pk])
    ).content.decode()

    assert "$25.00" in page
    assert "2500" not in page
