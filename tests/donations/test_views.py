"""The impact pages: what the ledger says, in words that a shopper reads."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import translation

from donations.domain.money import Money
from donations.models import Project, Settlement
from donations.services import donations, settlements
from donations.templatetags import donations_impact
from tests import donations_factories as factories
from tests.donations import settling

AT = factories.AT
pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    """A pledge with one donation settled, one reversed, one set aside, one due."""
    version = factories.make_pledge_version()
    for source in ("line:1", "line:2"):
        factories.make_donation(version=version, source=source, is_set_aside=True)
    donations.retarget_donation(source="line:2", base_amount=0, at=AT, cause="back")
    _settle(version)
    later = AT + timedelta(days=100)
    factories.make_donation(
        version=version, source="line:3", base_amount=1000, at=later, is_set_aside=True
    )
    factories.make_donation(version=version, source="line:4", base_amount=5000)
    return version


def _settle(version):
    people = [factories.make_user(username=name) for name in ("ann", "bob")]
    at = AT + timedelta(days=31)
    settling.release(at)
    pk = settlements.draft_settlement(
        pledge_id=version.pledge_id, drafted_by_id=people[0].pk, at=at
    )
    settlements.approve_settlement(
        settlement_id=pk,
        approved_by_id=people[1].pk,
        digest=Settlement.objects.get().digest,
        at=at,
    )
    settlements.confirm_settlement(settlement_id=pk, reference="BANK-1", at=at)


def read(client, name, *args):
    """Return a page's text with its white space evened out."""
    response = client.get(reverse(f"donations:{name}", args=args))
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def test_impact_page_shows_the_ledger(client, version):
    """Set aside, settled, due and reversed are the sums of the ledger."""
    page = read(client, "impact")

    for words in ("$250.90", "$249.90", "$5.00", "from 3 pieces", "BANK-1"):
        assert words in page


def test_impact_page_names_who_is_paid(client, version):
    """Cause, beneficiary with its register number, and who gives."""
    page = read(client, "impact")

    for words in (
        "COVID-19 Response Fund",
        "Feeding America",
        "US-EIN 36-3673599",
        "United States",
        "The donation is made by Example Jewelers. Your purchase is not a "
        "tax-deductible gift.",
    ):
        assert words in page


def test_chart_is_drawn_without_script(client, version):
    """The bars are in the page itself: no script, no style attribute."""
    page = read(client, "pledge", version.pledge.slug)

    assert page.count('class="impact-bar impact-bar-set-aside"') == 2
    assert "2026 Q1" in page
    assert "2026 Q2" in page
    assert "<script" not in page
    assert "style=" not in page


def test_numbers_of_the_drawing_are_plain(client, version, settings):
    """A host's thousand separators do not get into the drawing."""
    settings.USE_THOUSAND_SEPARATOR = True
    settings.LANGUAGE_CODE = "de"

    page = read(client, "impact")

    assert re.search(r'<svg class="impact-chart" viewBox="0 0 600 220"', page)


def test_pledge_page_shows_its_payments(client, version):
    """One pledge's page has its quarters, its payments and how it is computed."""
    page = read(client, "pledge", version.pledge.slug)

    for words in ("BANK-1", "April 2, 2026", "How we calculate", "10%"):
        assert words in page


def test_fixed_share_is_told_per_piece(client):
    """A fixed share reads as an amount for each piece, tax or not."""
    version = factories.make_pledge_version(
        share_fixed_amount=2500, tax_mode="inclusive"
    )

    page = read(client, "pledge", version.pledge.slug)

    assert "$25.00 for each piece" in page
    assert "the tax in the price counts" in page


def test_projects_are_told_apart_from_money(client):
    """Social projects have their own place, with the source of their figures."""
    Project.objects.create(
        title="Zhigansk hospital",
        place="Zhigansk",
        body="Built for the district.",
        figure="$6 million",
        source_note="the producer's report",
    )

    page = read(client, "impact")

    for words in ("Zhigansk hospital", "$6 million", "Source: the producer"):
        assert words in page


def test_empty_shop_has_a_page(client):
    """Before the first pledge the page says so."""
    assert "No pledge is published yet." in read(client, "impact")


def test_several_pledges_each_have_figures(client):
    """With more than one pledge each shows its own sums."""
    for slug in ("a", "b"):
        version = factories.make_pledge_version(slug=slug)
        factories.make_donation(version=version, source=slug, is_set_aside=True)

    page = read(client, "impact")

    assert page.count('<dl class="impact-figures">') == 3


@pytest.mark.parametrize("slug", ["unknown", "draft"])
def test_unpublished_pledges_are_not_found(client, slug):
    """A slug that nobody published is no page."""
    factories.make_pledge_version(slug="draft", is_published=False)

    assert client.get(reverse("donations:pledge", args=[slug])).status_code == 404


def test_pages_are_only_read(client):
    """Nothing can be posted to an impact page."""
    assert client.post(reverse("donations:impact")).status_code == 405


def test_pages_extend_what_the_host_names(client, settings):
    """A host puts the pages into its own frame by one setting."""
    settings.DONATIONS = {**settings.DONATIONS, "BASE_TEMPLATE": "store/base.html"}

    assert "site-header" in read(client, "impact")


@pytest.mark.parametrize(
    ("language", "text"),
    [("de", "2.499,00\xa0$"), ("xx", "$2,499.00"), (None, "$2,499.00")],
)
def test_amounts_follow_the_language(language, text):
    """Amounts are written as the page's language writes them, if Babel knows it."""
    with translation.override(language):
        assert donations_impact.money(Money(249900, "USD")) == text


def test_pledge_page_shows_every_currency(client):
    """Each currency has its figures and its own drawing, under names of their own."""
    version = factories.make_pledge_version()
    for source, currency in (("line:1", "USD"), ("line:2", "EUR")):
        factories.make_donation(
            version=version, source=source, currency=currency, is_set_aside=True
        )

    page = read(client, "pledge", version.pledge.slug)

    assert "$249.90" in page
    assert "€249.90" in page
    assert re.findall(r'id="(chart-title-[^"]+)"', page) == [
        "chart-title-1-USD",
        "chart-title-1-EUR",
    ]
