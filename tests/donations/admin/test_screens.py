"""The admin: everything can be seen, and money only by its services be moved."""

from datetime import timedelta

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from donations import models
from donations.domain import bank
from donations.models import PledgeVersion, Settlement
from donations.services import bank_accounts, closings, settlements
from tests import donations_factories as factories
from tests.donations import settling

AT = factories.AT
LEDGER = (models.Donation, models.Account, models.Entry, models.Settlement)
pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    """A published pledge with a donation that waits to be settled."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    settling.release(AT + timedelta(days=40))
    return version


@pytest.fixture
def settlement(version, admin_user):
    """A settlement drafted by another person."""
    pk = settlements.draft_settlement(
        pledge_id=version.pledge_id,
        drafted_by_id=factories.make_user(username="ann").pk,
        at=AT + timedelta(days=40),
    )
    return Settlement.objects.get(pk=pk)


def address(row, page="change"):
    """Return the address of a row's screen, or of its list."""
    name = f"admin:donations_{row._meta.model_name}_{page}"
    return reverse(name, args=[row.pk] if page in {"change", "delete"} else [])


def make_bank_details():
    """Propose where the beneficiary is paid."""
    bank_accounts.propose_details(
        beneficiary_id=models.Beneficiary.objects.earliest("pk").pk,
        details=bank.BankDetails("F", "USD", "", "123", "021000021"),
        proposed_by_id=User.objects.earliest("pk").pk,
        at=AT,
    )


def act(client, rows, name):
    """Run an action of the list on rows and return the page after it."""
    return client.post(
        address(rows[0], "changelist"),
        {"action": name, "_selected_action": [row.pk for row in rows]},
        follow=True,
    ).content.decode()


def test_every_list_and_screen_opens(admin_client, settlement):
    """Each model has a list and a screen that a person can open."""
    models.Project.objects.create(title="Center", body="...")
    make_bank_details()
    closings.close_period(
        pledge_id=settlement.pledge_id,
        ends_on=AT.date(),
        closed_by_id=settlement.drafted_by_id,
        at=AT + timedelta(days=40),
    )
    for model in admin.site._registry:
        if model._meta.app_label == "donations":
            row = model.objects.first()
            for page in ["changelist", "change"] if row else ["changelist"]:
                opened = admin_client.get(address(row or model(), page))
                assert opened.status_code == 200, model


@pytest.mark.parametrize("model", LEDGER)
def test_ledger_is_only_looked_at(admin_client, settlement, model):
    """Nobody adds, changes or deletes what services write."""
    row = model.objects.first()

    answers = [
        admin_client.get(address(row, "add")).status_code,
        admin_client.post(address(row, "delete"), {"post": "yes"}).status_code,
    ]

    assert answers == [403, 403]
    assert 'name="_save"' not in admin_client.get(address(row)).content.decode()


@pytest.mark.parametrize("model", [models.Donation, models.Entry])
def test_amounts_are_formatted(admin_client, version, model):
    """Money is shown as people write it."""
    page = admin_client.get(address(model.objects.first(), "changelist"))

    assert "$249.90" in page.content.decode()


def test_published_versions_are_read_only(admin_client, version):
    """A frozen version has no button to save."""
    page = admin_client.get(address(version)).content.decode()

    assert "It is published and frozen." in page
    assert 'name="_save"' not in page


def test_draft_says_what_is_missing(admin_client):
    """A draft's screen lists what keeps it from being published."""
    draft = factories.make_pledge_version(is_published=False, contract=None)

    page = admin_client.get(address(draft)).content.decode()

    assert "Not yet: name the contract." in page
    assert 'name="_save"' in page


def test_new_version_starts_with_one(admin_client):
    """The form for a first version is ready to fill in."""
    draft = factories.make_pledge_version(is_published=False)

    page = admin_client.get(address(draft, "add")).content.decode()

    assert "Save the draft first." in page
    assert 'name="number" value="1"' in page


def test_publishing_goes_through_the_service(admin_client):
    """The action publishes what is complete, and says what is not."""
    ready = factories.make_pledge_version(slug="ready", is_published=False)
    lacking = factories.make_pledge_version(
        slug="lacking", is_published=False, territories=[]
    )

    page = act(admin_client, [ready, lacking], "publish")

    assert "Version 1 is published." in page
    assert "fill in the territories" in page
    assert list(PledgeVersion.objects.published()) == [ready]


def test_next_version_is_drafted_once(admin_client, version):
    """The action drafts the next version; with a draft open it says so."""
    pages = [act(admin_client, [version.pledge], "draft_next_version") for _ in "ab"]

    assert "the next version is drafted" in pages[0]
    assert "or publish it" in pages[1]
    assert version.pledge.versions.count() == 2


def test_settlement_is_drafted_from_the_pledge(admin_client, version):
    """The action drafts what is payable, and says when nothing is."""
    other = factories.make_pledge_version(slug="other")

    page = act(admin_client, [version.pledge, other.pledge], "draft_settlement")

    assert "the settlement is drafted" in page
    assert "nothing is payable" in page
    assert Settlement.objects.get().drafted_by.username == "admin"


def test_every_currency_is_drafted_at_once(admin_client, version):
    """The action drafts one settlement in each currency that the pledge gave."""
    factories.make_donation(
        version=version, source="line:euro", currency="EUR", is_set_aside=True
    )
    settling.release(AT + timedelta(days=40))

    page = act(admin_client, [version.pledge], "draft_settlement")

    assert "2 settlements are drafted, one in each currency" in page
    assert set(Settlement.objects.values_list("currency", flat=True)) == {"USD", "EUR"}


def test_draft_by_beat_is_taken_on(admin_client, admin_user, version):
    """Who opens a draft of nobody may take it on, and cannot approve it then."""
    pk = settlements.draft_settlement(
        pledge_id=version.pledge_id, drafted_by_id=None, at=AT + timedelta(days=40)
    )
    settlement = Settlement.objects.get(pk=pk)
    url = address(settlement)
    page = admin_client.get(url).content.decode()
    assert 'name="take_on"' in page
    assert 'name="approve"' not in page

    admin_client.post(url, {"take_on": "1", "digest": settlement.digest})

    settlement.refresh_from_db()
    assert settlement.drafted_by == admin_user
    page = admin_client.get(url).content.decode()
    assert 'name="take_on"' not in page
    assert 'name="approve"' not in page


def test_overdue_donations_are_listed(admin_client):
    """The list of donations tells what is late by law, and what it waits for."""
    late, free = (
        factories.make_pledge_version(slug=code.lower(), territories=[code])
        for code in ("US-CA", "DE")
    )
    factories.make_donation(version=late, source="line:late", is_shipped=False)
    in_time = factories.make_donation(version=free, source="line:in-time")

    page = admin_client.get(
        address(in_time, "changelist"), {"deadline": "over"}
    ).content.decode()

    assert "line:late" in page
    assert "it is not set aside yet" in page
    assert "line:in-time" not in page
    whole = admin_client.get(address(in_time, "changelist")).content.decode()
    assert "line:in-time" in whole


def test_second_person_approves_and_confirms(admin_client, settlement):
    """Two buttons take a settlement to the bank and to its end."""
    url = address(settlement)

    assert 'name="approve"' in admin_client.get(url).content.decode()
    admin_client.post(url, {"approve": "1", "digest": settlement.digest})
    assert 'name="confirm"' in admin_client.get(url).content.decode()
    admin_client.post(url, {"confirm": "1", "reference": "BANK-1"})

    settlement.refresh_from_db()
    assert (settlement.status, settlement.reference) == ("paid", "BANK-1")
    assert "submit-row" in admin_client.get(url).content.decode()


def test_first_person_has_no_button(client, settlement):
    """Whoever drafted a settlement is not even offered to approve it."""
    client.force_login(settlement.drafted_by)
    url = address(settlement)

    assert 'name="approve"' not in client.get(url).content.decode()
    page = client.post(
        url, {"approve": "1", "digest": settlement.digest}, follow=True
    ).content.decode()

    assert "Nothing was done: the person who drafted it cannot approve it." in page


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ({"approve": "1", "digest": "seen before the refund"}, "has changed"),
        ({"confirm": "1", "reference": ""}, "reference is missing"),
        ({"confirm": "1", "reference": "B"}, "cannot go from drafted to paid"),
    ],
)
def test_refused_steps_say_why(admin_client, settlement, step, problem):
    """A step that cannot be taken changes nothing and says why."""
    page = admin_client.post(address(settlement), step, follow=True).content.decode()

    assert problem in page
    assert Settlement.objects.get().status == "drafted"


def test_steps_need_their_rights(client, settlement):
    """Looking at settlements gives nobody the right to approve them."""
    looker = User.objects.create_user("eve", password="s3cret", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_settlement"))
    client.force_login(looker)

    answer = client.post(
        address(settlement), {"approve": "1", "digest": settlement.digest}
    )

    assert answer.status_code == 403


def test_wrong_register_number_is_named(admin_client):
    """A mistyped number is told beside its field."""
    page = admin_client.post(
        reverse("admin:donations_beneficiary_add"),
        {
            "legal_name": "Nobody",
            "register": "US-EIN",
            "register_id": "07-1234567",
            "status": "active",
        },
    ).content.decode()

    assert "07-1234567" in page
    assert "is no US-EIN number" in page


def test_contradicting_terms_are_explained(admin_client):
    """A share that is both percent and amount is told in words."""
    draft = factories.make_pledge_version(is_published=False)
    data = {
        "pledge": draft.pledge_id,
        "number": 2,
        "share_kind": "percent",
        "share_bps": 1000,
        "share_fixed_amount": 5,
        "currency": "USD",
        "tax_mode": "exclusive",
        "starts_on": "2026-02-01",
        "ends_on": "2026-01-01",
        "return_window_days": 30,
        "territories": "US",
        "shares-TOTAL_FORMS": 0,
        "shares-INITIAL_FORMS": 0,
    }

    page = admin_client.post(address(draft, "add"), data).content.decode()

    assert "A percent share needs 1 to 10000 basis points" in page
    assert "The last day comes before the first." in page
