"""What all addresses of the API have in common."""

import pytest

from tests.store_factories import make_collection

pytestmark = pytest.mark.django_db

LIST = "/api/v1/collections/"


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_the_api_only_reads(client, method):
    """Every method that would change something is a problem."""
    answer = getattr(client, method)(LIST)

    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "method_not_allowed"


@pytest.mark.parametrize("place", ["orders", "certificates", "items", "collections"])
def test_odd_bytes_find_nothing(client, place):
    """A zero byte, which no database takes, is an unknown address like any other."""
    assert client.get(f"/api/v1/{place}/%00/").status_code == 404


def test_head_is_answered(client):
    """Caches and probes may ask for the headers alone."""
    make_collection()

    assert client.head(LIST).status_code == 200


def test_answers_are_json_only(client):
    """Asking for a format that is not there says which one is."""
    answer = client.get(LIST, headers={"accept": "text/csv"})

    assert answer.status_code == 406
    assert "application/json" in answer.json()["message"]


def test_reading_is_slowed_down(client, settings):
    """The host's rate holds for one address."""
    settings.STORE = {**settings.STORE, "API_RATE": "1/min"}

    assert client.get(LIST).status_code == 200
    assert client.get(LIST).status_code == 429


def test_host_header_is_not_believed(client, settings):
    """Addresses in answers come from the setting, not from the request."""
    make_collection()

    answer = client.get(LIST, headers={"host": "localhost"}).json()

    assert answer["results"][0]["url"].startswith("https://shop.example/")
