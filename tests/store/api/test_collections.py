"""Collections in the API."""

import pytest

from tests.store_factories import make_collection, make_collection_image

pytestmark = pytest.mark.django_db

LIST = "/api/v1/collections/"


def test_collections_show_their_promise(client):
    """A collection has its words, its pictures and the terms of its pledge."""
    collection = make_collection()
    make_collection_image(collection=collection, alt_text="Three rings.")

    (shown,) = client.get(LIST).json()["results"]

    assert shown["slug"] == "diamonds-that-care"
    assert shown["giving"]["cause"] == "COVID-19 Response Fund"
    assert shown["pictures"][0]["alt_text"] == "Three rings."
    assert client.get(f"{LIST}diamonds-that-care/").json() == shown


def test_drafts_are_hidden(client):
    """An unpublished collection is neither listed nor found."""
    make_collection(is_published=False)

    assert client.get(LIST).json() == {"next": None, "results": []}
    assert client.get(f"{LIST}diamonds-that-care/").status_code == 404
