"""Certificates in the API."""

import json

import pytest

from store.domain import certificate as facts
from store.services import catalog
from tests.store_factories import AT, make_piece

pytestmark = pytest.mark.django_db


@pytest.fixture
def piece():
    """A piece on sale."""
    return make_piece()


def _address(piece):
    return f"/api/v1/certificates/{piece.certificate.number}/"


def test_document_is_the_frozen_one(client, piece):
    """The document is the frozen text, and its bytes are one link away."""
    shown = client.get(_address(piece)).json()

    text = client.get(shown["text_url"].removeprefix("https://shop.example"))
    assert shown["document"] == json.loads(piece.certificate.text)
    assert shown["digest"] == facts.digest_of(text.content.decode())
    assert shown["status"] == "issued"


def test_older_versions_are_listed(client, piece):
    """After a correction the number answers with the newest, and lists both."""
    number = piece.certificate.number
    catalog.withdraw_piece(piece_id=piece.pk)
    catalog.revise_piece(piece_id=piece.pk)
    catalog.put_on_sale(piece_ids=[piece.pk], at=AT)

    shown = client.get(f"/api/v1/certificates/{number}/").json()

    assert shown["version"] == 2
    assert [(one["version"], one["status"]) for one in shown["versions"]] == [
        (2, "issued"),
        (1, "superseded"),
    ]


def test_unknown_numbers_are_not_found(client):
    """A number that was never given out is a problem with its own code."""
    answer = client.get("/api/v1/certificates/NEVERISSUED/")

    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_one_query(client, piece, django_assert_num_queries):
    """All versions come with one statement."""
    address = _address(piece)

    with django_assert_num_queries(1):
        client.get(address)
