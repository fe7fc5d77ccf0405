"""The compliance calendar in the admin."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from tests import donations_factories as factories

pytestmark = pytest.mark.django_db


def test_calendar_shows_what_is_owed(admin_client):
    """Each duty with its day, place, source and state; the list of pledges links it."""
    factories.make_pledge_version(territories=["US-SC"])

    page = admin_client.get(reverse("admin:donations_calendar")).content.decode()
    pledges = admin_client.get(reverse("admin:donations_pledge_changelist"))

    for words in ("Dec. 22, 2025", "South Carolina", "33-56-70(A)", "Done", "verify"):
        assert words in page
    assert reverse("admin:donations_calendar") in pledges.content.decode()


def test_calendar_is_a_file_too(admin_client):
    """Mail and phone programs get the same days."""
    factories.make_pledge_version(territories=["US-SC"])

    response = admin_client.get(reverse("admin:donations_calendar_file"))

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert b"DTSTART;VALUE=DATE:20251222" in response.content


def test_empty_calendar_says_so(admin_client):
    """Without pledges there is nothing to do."""
    page = admin_client.get(reverse("admin:donations_calendar")).content.decode()

    assert page.count("Nothing.") == 2


@pytest.mark.parametrize("name", ["donations_calendar", "donations_calendar_file"])
def test_calendar_is_for_staff_with_the_right(client, name):
    """Who may not look at pledges sees no calendar."""
    client.force_login(User.objects.create_user("bob", is_staff=True))

    assert client.get(reverse(f"admin:{name}")).status_code == 403
