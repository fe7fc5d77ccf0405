"""The screens say how beneficiaries are paid, how far it came, and what to mend."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from donations.models import Beneficiary, SettlementPart
from donations.services import rails, sending
from tests import donations_factories as factories
from tests.donations import settling

BENEFICIARY = {
    "legal_name": "Feeding America",
    "register": "US-EIN",
    "register_id": "36-3673599",
    "status": "active",
    "rail": "fake",
    "rail_account": "acct_1",
}
REFUSED = rails.Outcome(is_paid=False, problem="transfers are inactive")
pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted(book):
    """A drafted settlement: a person pays one beneficiary, a rail the other."""
    version = factories.make_pledge_version(weights=(2, 1))
    factories.make_donation(version=version, is_set_aside=True)
    settling.put_on_rail()
    return settling.draft(version)


@pytest.fixture
def refused(drafted, book):
    """That settlement approved, its rail's part refused once."""
    book.faults = [REFUSED]
    settling.approve(drafted)
    part = drafted.parts.get(rail="fake")
    sending.send_part(part_id=part.pk, at=settling.LATER)
    return drafted


def read(client, settlement):
    """Return the screen of a settlement."""
    return client.get(address(settlement)).content.decode()


def press(client, settlement, **button):
    """Press a button and return the page after it."""
    answer = client.post(address(settlement), button, follow=True)
    return answer.content.decode()


def address(settlement):
    """Return the address of a settlement's screen."""
    return reverse("admin:donations_settlement_change", args=[settlement.pk])


def test_rail_is_chosen_from_those_there_are(admin_client, book):
    """A person chooses among the bank and the rails of the settings."""
    url = reverse("admin:donations_beneficiary_add")

    page = admin_client.get(url).content.decode()
    admin_client.post(url, BENEFICIARY)

    assert '<option value="bank" selected>bank</option>' in page
    assert '<option value="fake">fake</option>' in page
    assert Beneficiary.objects.get().rail == "fake"


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"rail": "pigeon"}, "No such rail. There are: bank, fake."),
        ({"rail_account": ""}, "This rail needs an account to pay to."),
    ],
)
def test_wrong_rail_is_told(admin_client, book, values, problem):
    """A rail that nobody knows, or one without an account, is told in words."""
    page = admin_client.post(
        reverse("admin:donations_beneficiary_add"), BENEFICIARY | values
    ).content.decode()

    assert problem in page
    assert not Beneficiary.objects.exists()


def test_rail_that_is_not_ready_is_told(admin_client, drafted, book):
    """An approval that a rail prevents says which beneficiary and why."""
    book.obstacles["acct_1"] = "payouts are stopped"

    page = press(admin_client, drafted, approve="1", digest=drafted.digest)

    assert "Nothing was done: Feeding America: payouts are stopped." in page
    assert "drafted" in read(admin_client, drafted)


def test_parts_say_how_far_they_came(admin_client, refused):
    """Each part shows its rail, its account, its tries and its problem."""
    page = read(admin_client, refused)

    assert "fake acct_1" in page
    assert "on its way, tries: 1" in page
    assert "transfers are inactive" in page
    assert "waits for the bank&#x27;s reference" in page


def test_person_sends_again(
    admin_client, refused, book, django_capture_on_commit_callbacks
):
    """A button brings the turn of the part forward."""
    part = refused.parts.get(rail="fake")
    assert "Send again to Feeding America by fake" in read(admin_client, refused)
    before = part.next_try_at

    with django_capture_on_commit_callbacks() as callbacks:
        press(admin_client, refused, send=part.pk)

    part.refresh_from_db()
    assert part.next_try_at != before
    assert len(callbacks) == 1


def test_other_settlements_are_not_sent(
    admin_client, refused, django_capture_on_commit_callbacks
):
    """A button of one settlement sends no part of another."""
    with django_capture_on_commit_callbacks() as callbacks:
        press(admin_client, refused, send="0")

    assert callbacks == []


def test_hand_confirms_the_bank_alone(admin_client, refused):
    """With the bank's part confirmed, that button is gone; the rail's stays."""
    press(admin_client, refused, confirm="1", reference="BANK-1")

    page = read(admin_client, refused)
    assert "paid, BANK-1" in page
    assert 'name="confirm"' not in page
    assert 'name="send"' in page


def test_rail_alone_has_nothing_to_confirm(admin_client, refused):
    """A person who confirms what only rails pay is told why not."""
    SettlementPart.objects.filter(rail="bank").update(rail="fake")

    page = press(admin_client, refused, confirm="1", reference="BANK-1")

    assert "Nothing was done: rails pay all of settlement" in page


def test_sending_needs_its_right(client, refused):
    """Looking at a settlement gives nobody the right to send it again."""
    looker = User.objects.create_user("eve", password="s3cret", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_settlement"))
    client.force_login(looker)
    part = refused.parts.get(rail="fake")

    assert 'name="send"' not in read(client, refused)
    assert client.post(address(refused), {"send": part.pk}).status_code == 403
