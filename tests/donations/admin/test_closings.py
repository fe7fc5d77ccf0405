"""The screens on which one person closes a period and another one signs it."""

import json
from datetime import UTC, datetime

import pytest
import time_machine
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from donations.models import Closing
from tests import donations_factories as factories
from tests.donations import closing as closing_steps
from tests.donations import settling

NOON = datetime(2026, 4, 3, 12, tzinfo=UTC)
LIST = "admin:donations_closing_changelist"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _april():
    """It is April, and March is over."""
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def version():
    """A pledge that gave something in March."""
    version = factories.make_pledge_version(weights=(1, 1))
    closing_steps.give(version, [9990, 10010, 10030])
    return version


def let_in(client, number):
    """Log one of the two people in."""
    client.force_login(settling.make_people()[number])
    return client


def press(client, closing, **values):
    """Press the button on the screen of a period; return the page after it."""
    url = reverse("admin:donations_closing_change", args=[closing.pk])
    posted = {"sign": "1", "digest": closing.digest, **values}
    return client.post(url, posted, follow=True).content.decode()


def add(client, version, ends_on="2026-03-31"):
    """Send the form that closes a period; return the page after it."""
    url = reverse("admin:donations_closing_add")
    form = {"pledge": version.pledge_id, "ends_on": ends_on}
    return client.post(url, form, follow=True).content.decode()


def test_two_people_close_a_period(client, version):
    """One closes, reads the sums and cannot sign; the other one signs."""
    add(let_in(client, 0), version)
    closing = Closing.objects.get()
    url = reverse("admin:donations_closing_change", args=[closing.pk])

    page = client.get(url).content.decode()
    assert "Another person than you must sign it" in page
    assert "given $15.03, true up -$0.01, total $15.02" in page
    assert "cannot sign it" in press(client, closing)
    assert "Sign this statement" in let_in(client, 1).get(url).content.decode()
    assert "Signed and published." in press(client, closing)

    assert Closing.objects.get().is_signed
    assert "Sign this statement" not in client.get(url).content.decode()
    assert "2026" in client.get(reverse(LIST)).content.decode()


def test_day_that_cannot_be_is_told_at_its_field(client, version):
    """A day that is not over closes nothing."""
    page = add(let_in(client, 0), version, "2026-04-03")

    assert "2026-04-03 is not over" in page
    assert not Closing.objects.exists()


def test_missing_day_is_told(client, version):
    """Without a day nothing is checked and nothing is closed."""
    assert "This field is required." in add(let_in(client, 0), version, "")


def test_other_check_sum_signs_nothing(client, version):
    """What was signed must be what was seen."""
    closing = closing_steps.close(version)

    page = press(let_in(client, 1), closing, digest="0" * 64)

    assert "has changed: close it again" in page
    assert not Closing.objects.get().is_signed


def test_statement_is_read_before_it_is_signed(client, version):
    """Every line can be read beforehand, and afterwards it is the same."""
    closing = closing_steps.close(version)
    url = reverse("admin:donations_closing_statement", args=[closing.pk])
    let_in(client, 1)

    before = client.get(url).getvalue()

    press(client, closing)
    assert client.get(url).getvalue() == before
    assert json.loads(before)[-1]["digest"] == closing.digest


def test_rights_are_asked_for(client, version):
    """Who may only look neither closes nor signs; who may not look reads nothing."""
    closing = closing_steps.close(version)
    clerk = User.objects.create_user("clerk", password="s3cret", is_staff=True)
    client.force_login(clerk)
    statement = reverse("admin:donations_closing_statement", args=[closing.pk])
    screen = reverse("admin:donations_closing_change", args=[closing.pk])
    assert client.get(statement).status_code == 403

    clerk.user_permissions.add(Permission.objects.get(codename="view_closing"))

    assert client.get(statement).status_code == 200
    assert client.post(screen, {"digest": closing.digest}).status_code == 403
    assert client.get(reverse("admin:donations_closing_add")).status_code == 403
