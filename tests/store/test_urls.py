"""Addresses that nobody gave out."""

import pytest


@pytest.mark.parametrize(
    "address", ["/orders/%00/", "/certificates/%00/", "/certificates/%00.json"]
)
def test_odd_bytes_find_nothing(client, db, address):
    """A zero byte, which no database takes, is an unknown address like any other."""
    assert client.get(address).status_code == 404
