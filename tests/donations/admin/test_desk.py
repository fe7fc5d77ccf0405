"""The settlement desk and the papers of a settlement, on their screens."""

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from donations.models import Beneficiary, Settlement
from donations.services import acknowledgements, sending
from tests import donations_factories as factories
from tests.donations import settling

DESK = "admin:donations_settlement_desk"
pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    """A pledge with a donation of 249.90 that is payable."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    settling.release(settling.LATER)
    return version


@pytest.fixture
def looker(client):
    """A browser of somebody who may only look."""
    eve = User.objects.create_user("eve", password="s3cret", is_staff=True)
    eve.user_permissions.add(Permission.objects.get(codename="view_settlement"))
    client.force_login(eve)
    return client


def read(client):
    """Return the desk's page."""
    return client.get(reverse(DESK)).content.decode()


def press(client, **button):
    """Press a button of the desk and return the page after it."""
    return client.post(reverse(DESK), button, follow=True).content.decode()


def fetch(client, name, pk):
    """Return status and text of a paper."""
    answer = client.get(reverse(f"admin:donations_settlement_{name}", args=[pk]))
    content = answer.streaming_content if answer.streaming else [answer.content]
    return answer.status_code, b"".join(content).decode()


def test_desk_drafts_and_discards(admin_client, version):
    """Both buttons do what they say, and say what they did."""
    assert "$249.90" in read(admin_client)
    assert "The settlement is drafted." in press(admin_client, draft=version.pledge_id)
    settlement = Settlement.objects.get()
    assert f"Discard settlement {settlement.pk}" in read(admin_client)

    page = press(admin_client, discard=settlement.pk)

    assert "its donations are free again" in page
    settlement.refresh_from_db()
    assert settlement.status == "discarded"


def test_desk_tells_what_is_overdue(admin_client, version):
    """What the law wants paid by now is counted, with a link to the reasons."""
    settling.settle(version)
    assert "wants it paid" not in read(admin_client)

    factories.make_donation(version=version, source="line:late", is_set_aside=True)

    page = read(admin_client)
    assert "1 donation is past the day by which the law wants it paid" in page
    assert f"{reverse('admin:donations_donation_changelist')}?deadline=over" in page


def test_desk_says_what_it_cannot_do(admin_client, version):
    """A refusal is told in words."""
    settlement = settling.approve(settling.draft(version))

    assert "Nothing was done" in press(admin_client, discard=settlement.pk)
    assert "Nothing was done" in press(admin_client, draft=version.pledge_id)


def test_desk_asks_again(admin_client, version):
    """A dispute is shown with its words; a button sends another link."""
    part = settling.settle(version).parts.get()
    acknowledgements.dispute(
        token=settling.make_token(part), name="Dana", reason="Late.", at=settling.LATER
    )
    assert "Late." in read(admin_client)

    page = press(admin_client, ask=part.pk)

    assert "The beneficiary is asked again." in page
    assert part.acknowledgements.count() == 2


@pytest.mark.parametrize("button", ["draft", "discard", "ask"])
def test_looking_gives_no_right(looker, version, button):
    """Who may look at the desk changes nothing on it, and is shown no button."""
    part = settling.settle(version).parts.get()

    assert f'name="{button}"' not in read(looker)
    answer = looker.post(reverse(DESK), {button: part.pk})

    assert answer.status_code == 403


def test_desk_needs_a_right(client):
    """Staff of other desks do not see this one."""
    client.force_login(User.objects.create_user("eve", is_staff=True))

    assert client.get(reverse(DESK)).status_code == 403


def test_settlements_link_to_the_desk(admin_client, version):
    """The list of settlements leads to the desk."""
    page = admin_client.get(reverse("admin:donations_settlement_changelist"))

    assert reverse(DESK) in page.content.decode()


def test_advice_is_printed_and_downloaded(looker, version):
    """Both list each donation and come to the part."""
    part = settling.settle(version).parts.get()
    uuid = str(part.settlement.donations.get().uuid)

    for name in ("advice_csv", "advice_page"):
        status, text = fetch(looker, name, part.pk)
        assert (status, uuid in text, "249.90" in text) == (200, True, True)


def test_missing_part_is_not_found(looker):
    """A paper of no part is like any address that does not exist."""
    assert fetch(looker, "advice_csv", 0)[0] == 404


def test_evidence_names_what_a_rail_moved(looker, version, book):
    """The rail's own names, amounts and moments, for an auditor."""
    settling.put_on_rail()
    part = settling.approve(settling.draft(version)).parts.get()
    sending.send_part(part_id=part.pk, at=settling.LATER)

    text = fetch(looker, "part_evidence", part.pk)[1]

    assert text.splitlines()[1] == "fake_1,24990,USD,2026-04-02T12:00:00+00:00"


def test_bank_has_no_evidence_of_its_own(looker, version):
    """What a person paid is proved by its reference."""
    part = settling.settle(version).parts.get()

    assert len(fetch(looker, "part_evidence", part.pk)[1].splitlines()) == 1


def test_payment_file_is_given_to_who_pays(admin_client, version):
    """There is none in dollars, and the screen says why."""
    settlement = settling.approve(settling.draft(version))

    status, text = fetch(admin_client, "payment_file", settlement.pk)

    assert status == 409
    assert "SEPA moves euros, not USD" in text


def test_payment_file_is_not_for_lookers(looker, version):
    """It has whole account numbers in it."""
    settlement = settling.approve(settling.draft(version))

    assert fetch(looker, "payment_file", settlement.pk)[0] == 403


def test_settlement_screen_takes_every_step(admin_client, version):
    """Discarding, failing and asking again work from the settlement's own screen."""
    Beneficiary.objects.update(contact_email="giving@feeding.example")
    drafted = settling.draft(version)
    url = reverse("admin:donations_settlement_change", args=[drafted.pk])
    admin_client.post(url, {"discard": "1"})
    approved = settling.approve(settling.draft(version))
    part = approved.parts.get()
    url = reverse("admin:donations_settlement_change", args=[approved.pk])

    admin_client.post(url, {"fail": part.pk, f"reason-{part.pk}": "Account closed."})

    approved.refresh_from_db()
    drafted.refresh_from_db()
    assert (drafted.status, approved.status) == ("discarded", "failed")
    assert "failed: Account closed." in admin_client.get(url).content.decode()


def test_settlement_screen_asks_again(admin_client, version):
    """Who lost the mail gets another one."""
    settlement = settling.settle(version)
    part = settlement.parts.get()
    part.acknowledgements.update(sent_at=settling.LATER)
    url = reverse("admin:donations_settlement_change", args=[settlement.pk])

    assert 'name="ask"' in admin_client.get(url).content.decode()
    admin_client.post(url, {"ask": part.pk})

    assert part.acknowledgements.get().sent_at is None
