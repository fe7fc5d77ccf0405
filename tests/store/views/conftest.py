"""What the page tests share: a shopper, a collection, and a way to count queries."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import extras_factories, store_factories

_IMAGE = re.compile(r"<img\b[^>]*>")


@pytest.fixture
def collection(db):
    """A published collection under a pledge of 10%."""
    return store_factories.make_collection()


@pytest.fixture
def item(collection):
    """An item of the collection at $2,499.00, with two pictures."""
    item = store_factories.make_item(collection=collection, slug="aya")
    store_factories.make_item_image(item=item, position=1)
    store_factories.make_item_image(item=item, position=2, view="side")
    return item


@pytest.fixture
def piece(item):
    """One piece of the item, on sale."""
    return store_factories.make_piece(item=item, serial_number="DTC-0001-01")


@pytest.fixture
def shopper(client):
    """A browser without any cookie."""
    return client


@pytest.fixture
def strict_shopper():
    """A browser whose forms must carry their token."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def shopper_with_cart(client, piece):
    """A browser with one piece in its cart."""
    client.post("/cart/add/", {"serial_number": piece.serial_number})
    return client


@pytest.fixture
def read_statements():
    """Get a page and return the SQL statements that it took."""

    def read(browser, address):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            response = browser.get(address)
        assert response.status_code == 200
        return [query["sql"] for query in captured]

    return read


@pytest.fixture
def find_images():
    """Return every image tag of an answer."""

    def find(response):
        return _IMAGE.findall(response.content.decode())

    return find


@pytest.fixture
def currencies(settings):
    """A shop of three currencies; the first one is the items' own."""
    settings.STORE = {**settings.STORE, "CURRENCIES": ["USD", "EUR", "GBP"]}


@pytest.fixture
def euros(currencies, piece):
    """The piece, for $2,499.00 or €2,299.00."""
    extras_factories.make_price(item=piece.item)
    return piece
