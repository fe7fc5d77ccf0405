"""The badge of a pledge: a drawing with the ledger's total."""

import xml.etree.ElementTree as ET

import pytest
from django.template import Context, Template

from donations.services import badges, impact
from tests import donations_factories as factories

ADDRESS = "/impact/feeding-america-covid-19/badge.svg"
TAG = "{% load donations_badge %}{% pledge_badge slug %}"
pytestmark = pytest.mark.django_db


def test_badge_says_what_the_ledger_says():
    """The total set aside, for whom, and the share."""
    factories.make_donation(is_set_aside=True)

    badge = badges.read_badge(slug="feeding-america-covid-19")

    assert (badge.amount, badge.line, badge.share) == (
        "$249.90",
        "set aside for Feeding America",
        "10% of every price",
    )
    assert badge.title == (
        "$249.90 set aside for Feeding America. We give 10% of every price to Feeding "
        "America (COVID-19 Response Fund)."
    )


def test_fixed_share_is_for_every_piece():
    """An amount for each piece is said as such."""
    factories.make_pledge_version(share_fixed_amount=2500)

    badge = badges.read_badge(slug="feeding-america-covid-19")

    assert badge.share == "$25.00 for every piece"


def test_badge_is_a_drawing_for_itself(client):
    """It has an accessible name, no script, asks for nothing, and may be cached."""
    factories.make_donation(is_set_aside=True)

    response = client.get(ADDRESS)

    root = ET.fromstring(response.content)  # noqa: S314  # Our own.
    names = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert names == {"svg", "title", "rect", "g", "text"}
    assert root.get("role") == "img"
    assert not any("href" in name for one in root.iter() for name in one.attrib)
    assert response["Content-Type"] == "image/svg+xml"
    assert response["Cache-Control"] == "public, max-age=300"


def test_names_are_escaped_in_the_drawing(client):
    """A beneficiary's name is text, whatever is in it."""
    version = factories.make_pledge_version()
    type(version.shares.get().beneficiary).objects.update(legal_name="A & <b>B</b>")

    root = ET.fromstring(client.get(ADDRESS).content)  # noqa: S314  # Our own.

    assert "A & <b>B</b>" in "".join(root.itertext())


def test_tag_shows_the_badge():
    """A host's page gets a linked picture whose text says all of it."""
    factories.make_donation(is_set_aside=True)

    page = Template(TAG).render(Context({"slug": "feeding-america-covid-19"}))

    assert 'href="/impact/feeding-america-covid-19/"' in page
    assert f'src="{ADDRESS}"' in page
    assert 'alt="$249.90 set aside for Feeding America.' in page


def test_unknown_pledge_has_no_badge(client):
    """A slug that no published pledge has is not found, and shows nothing."""
    factories.make_pledge_version(is_published=False)

    assert client.get(ADDRESS).status_code == 404
    assert Template(TAG).render(Context({"slug": "none"})) == ""
    with pytest.raises(impact.PledgeNotFoundError):
        badges.read_badge(slug="none")
