"""Territories are typed as codes parted by commas."""

import pytest
from django.core.exceptions import ValidationError

from donations.admin.territory_field import TerritoriesField
from donations.models import PledgeVersion
from tests import donations_factories as factories
from tests.donations.admin.forms import save_draft

pytestmark = pytest.mark.django_db


def test_territories_are_typed_with_commas(admin_client):
    """The form shows the codes as they were typed, and stores a list."""
    draft = factories.make_pledge_version(is_published=False)

    save_draft(admin_client, draft, territories="us-ca, GB")
    page = save_draft(admin_client, draft, disclosure="10% of the price.")

    draft.refresh_from_db()
    assert draft.territories == ["US-CA", "GB"]
    assert "was changed successfully" in page


def test_unknown_territories_are_explained(admin_client):
    """A code that stands for nothing is named, and what was meant."""
    draft = factories.make_pledge_version(is_published=False)

    page = save_draft(admin_client, draft, territories="UK")

    draft.refresh_from_db()
    assert "did you mean GB?" in page
    assert draft.territories == ["US"]


def test_frozen_territories_are_read_in_words(admin_client):
    """A published version says where it holds, without codes."""
    version = factories.make_pledge_version(territories=["US-CA", "EU"])
    address = f"/admin/donations/pledgeversion/{version.pk}/change/"

    page = admin_client.get(address).content.decode()

    assert "California, European Union" in page


@pytest.mark.parametrize(
    ("typed", "has_changed"), [("us", False), ("US, GB", True), ("UK", True)]
)
def test_same_territories_are_no_change(typed, has_changed):
    """However they are written, the same codes leave the row as it is."""
    assert TerritoriesField().has_changed(["US"], typed) is has_changed


def test_models_refuse_unknown_territories():
    """A version cleaned without the form says the same."""
    draft = factories.make_pledge_version(is_published=False, territories=["XX"])

    with pytest.raises(ValidationError, match="'XX' is no territory"):
        PledgeVersion.objects.get(pk=draft.pk).full_clean()
