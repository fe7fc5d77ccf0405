"""Probes."""

import pytest
from django.db import DatabaseError, connection


def test_live_needs_nothing(client):
    """The process says that it lives without asking anybody."""
    assert client.get("/health/live").status_code == 200


@pytest.mark.django_db
def test_ready_asks_the_database(client):
    """Ready means that the database answers."""
    assert client.get("/health/ready").status_code == 200


@pytest.mark.django_db
def test_lost_database_is_not_ready(client):
    """Without the database the probe answers 503."""

    def fail(*_):
        raise DatabaseError("gone")

    with connection.execute_wrapper(fail):
        assert client.get("/health/ready").status_code == 503
