"""The impact part of the API."""

import pytest
from django.urls import reverse

from tests import donations_factories as factories

pytestmark = pytest.mark.django_db
USD = "USD"


def test_impact_tells_totals_and_pledges(client):
    """Money is minor units with a currency; what is set aside includes settled."""
    factories.make_donation(is_set_aside=True)

    answer = client.get(reverse("donations_api:impact")).json()

    assert answer["totals"] == [
        {
            "due": {"amount": 0, "currency": USD},
            "set_aside": {"amount": 24990, "currency": USD},
            "settled": {"amount": 0, "currency": USD},
            "acknowledged": {"amount": 0, "currency": USD},
            "reversed": {"amount": 0, "currency": USD},
            "donation_count": 1,
        }
    ]
    assert [pledge["slug"] for pledge in answer["pledges"]] == [
        "feeding-america-covid-19"
    ]


def test_pledge_tells_terms_and_quarters(client):
    """One pledge carries its terms, beneficiaries, quarters and payments."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)

    url = reverse("donations_api:pledge", args=[version.pledge.slug])
    answer = client.get(url).json()

    assert (answer["share"], answer["starts_on"]) == ("10%", "2026-01-01")
    assert answer["beneficiaries"] == [
        {
            "name": "Feeding America",
            "register": "US-EIN",
            "register_id": "36-3673599",
            "weight": 1,
        }
    ]
    assert [quarter["label"] for quarter in answer["quarters"]] == ["2026 Q1"]
    assert answer["settlements"] == []


def test_pledge_tells_each_currency(client):
    """What a pledge gave comes by the currency of the sales, its own first."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, currency="JPY", is_set_aside=True)

    url = reverse("donations_api:pledge", args=[version.pledge.slug])
    answer = client.get(url).json()

    given = {one["currency"]: one for one in answer["by_currency"]}
    assert list(given) == [USD, "JPY"]
    assert given[USD]["totals"] == answer["totals"]
    assert given["JPY"]["totals"]["set_aside"] == {"amount": 24990, "currency": "JPY"}
    assert given["JPY"]["quarters"][0]["set_aside"]["currency"] == "JPY"


@pytest.mark.parametrize(
    ("method", "slug", "status", "code"),
    [
        ("get", "unknown", 404, "not_found"),
        ("post", "unknown", 405, "method_not_allowed"),
    ],
)
def test_errors_are_problems(client, method, slug, status, code):
    """Every error has one shape."""
    url = reverse("donations_api:pledge", args=[slug])

    response = getattr(client, method)(url)

    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == code
    assert response.json()["fields"] == {}


def test_eager_readers_are_slowed_down(client, settings):
    """Above the host's rate the answer is a problem, too."""
    settings.DONATIONS = {**settings.DONATIONS, "API_RATE": "1/min"}
    url = reverse("donations_api:impact")

    statuses = [client.get(url).status_code for _ in range(2)]

    assert statuses == [200, 429]


def test_faults_are_left_to_django(client, settings):
    """What is no API error is Django's to report."""
    settings.DONATIONS = {**settings.DONATIONS, "API_RATE": "often"}
    client.raise_request_exception = False

    assert client.get(reverse("donations_api:impact")).status_code == 500
