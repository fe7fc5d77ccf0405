"""The page behind the link in the mail: reading changes nothing, a button answers."""

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from donations.models import Acknowledgement
from tests import donations_factories as factories
from tests.donations import settling

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _cache():
    """Nobody has opened any link yet."""
    cache.clear()


@pytest.fixture
def part():
    """A part of 249.90, paid."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    return settling.settle(version).parts.get()


@pytest.fixture
def address(part):
    """The link that its beneficiary was sent."""
    return reverse("donations:acknowledge", args=[settling.make_token(part)])


def answers():
    """Return what was answered."""
    return list(Acknowledgement.objects.values_list("answer", "answered_by"))


def test_page_says_what_was_paid(client, address):
    """Whoever has the link sees amount, day and reference, and is asked."""
    answer = client.get(address)

    page = answer.content.decode()
    for text in ("$249.90", "BANK-1", "April 2, 2026", "Yes, the money arrived"):
        assert text in page
    assert answer["Cache-Control"] == "private, no-store"
    assert answer["X-Robots-Tag"] == "noindex"
    assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize("method", ["get", "head"])
def test_reading_changes_nothing(client, address, method):
    """A program that scans mails opens the link as often as it likes."""
    for _ in range(3):
        assert getattr(client, method)(address).status_code == 200

    assert answers() == [("", "")]


def test_button_acknowledges(client, address, part):
    """A name and a press of the button, and the payment is acknowledged."""
    page = client.post(address, {"acknowledge": "1", "name": "Dana Lee"})

    assert "You acknowledged $249.90" in page.content.decode()
    assert answers() == [("acknowledged", "Dana Lee")]
    part.settlement.refresh_from_db()
    assert part.settlement.status == "acknowledged"


def test_button_disputes(client, address):
    """The other button says what is wrong."""
    page = client.post(
        address, {"dispute": "1", "name": "Dana Lee", "reason": "Nothing came."}
    )

    assert "not shown as acknowledged" in page.content.decode()
    assert Acknowledgement.objects.get().reason == "Nothing came."


def test_incomplete_answer_is_asked_for_again(client, address):
    """What was typed stays, and the page says what is missing."""
    answer = client.post(address, {"dispute": "1", "name": "Dana Lee"})

    assert answer.status_code == 422
    page = answer.content.decode()
    assert "a dispute needs a reason" in page
    assert 'value="Dana Lee"' in page
    assert answers() == [("", "")]


@pytest.mark.parametrize("method", ["get", "post"])
def test_used_link_is_gone(client, address, method, caplog):
    """After the answer the link shows nothing any more, and says so to our log."""
    client.post(address, {"acknowledge": "1", "name": "Dana Lee"})

    answer = getattr(client, method)(address)

    assert answer.status_code == 410
    assert "$249.90" not in answer.content.decode()
    assert "refused: link used again" in caplog.text


def test_made_up_link_is_not_found(client, part):
    """A link that nobody was sent is like any address that does not exist."""
    address = reverse("donations:acknowledge", args=["0" * 64])

    assert client.get(address).status_code == 404


def test_foreign_form_is_refused(address):
    """Another site's form cannot answer for the beneficiary."""
    browser = Client(enforce_csrf_checks=True)

    answer = browser.post(address, {"acknowledge": "1", "name": "Dana Lee"})

    assert answer.status_code == 403
    assert answers() == [("", "")]


def test_guesser_has_to_wait(client, address, settings):
    """Who opens too many links is told when to come back, whatever they are."""
    settings.DONATIONS = {**settings.DONATIONS, "LINK_RATE": "1/min"}
    client.get(address)

    answer = client.get(address)

    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60


def test_advice_is_downloaded_by_the_link(client, address):
    """The link has the remittance advice of its payment, and of no other."""
    answer = client.get(f"{address}remittance.csv")

    text = b"".join(answer.streaming_content).decode()
    assert text.splitlines()[1].endswith("2026-03-02,249.90,USD")
    assert answer["Content-Disposition"].startswith("attachment")


def test_acknowledgement_is_public(client, address):
    """The impact page shows the day and the sum."""
    assert "not yet" in client.get(reverse("donations:impact")).content.decode()

    client.post(address, {"acknowledge": "1", "name": "Dana Lee"})

    page = client.get(reverse("donations:impact")).content.decode()
    assert "Acknowledged" in page
    assert "not yet" not in page
    assert "Dana Lee" not in page
