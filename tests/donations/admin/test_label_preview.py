"""The label beneath a pledge's form is what shoppers will read."""

import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from donations.models import PledgeVersion
from tests import donations_factories as factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    """A draft of ten percent."""
    return factories.make_pledge_version(is_published=False)


def fill_in(client, draft, **changes):
    """Return the form of a draft as a browser sends it, with changes."""
    address = reverse("admin:donations_pledgeversion_change", args=[draft.pk])
    context = client.get(address).context
    data = {f.html_name: f.value() or "" for f in context["adminform"].form}
    (formset,) = context["inline_admin_formsets"]
    for form in (formset.formset.management_form, *formset.formset.forms):
        data |= {f.html_name: f.value() if f.value() is not None else "" for f in form}
    return data | changes


def preview(client, draft, **changes):
    """Return the label of a form, its white space evened out."""
    address = reverse("admin:donations_pledgeversion_label", args=[draft.pk])
    page = client.post(address, fill_in(client, draft, **changes))
    return re.sub(r"\s+", " ", page.content.decode())


def test_saved_label_is_shown_without_script(admin_client, draft):
    """The page itself has the label of the draft as it was saved."""
    address = reverse("admin:donations_pledgeversion_change", args=[draft.pk])

    page = admin_client.get(address).content.decode()

    assert "$100.00</strong> of this, 10% of the price, to Feeding America" in page
    assert f'data-preview="/admin/donations/pledgeversion/{draft.pk}/label/"' in page
    assert "donations/admin/label.js" in page


def test_typed_label_follows_the_form(admin_client, draft):
    """What is typed is printed as shoppers would read it, and nothing is saved."""
    page = preview(admin_client, draft, share_bps="1500", ends_on="2027-03-31")

    assert "$150.00</strong> of this, 15% of the price" in page
    assert "to March 31, 2027." in page
    assert "Your purchase is not a tax-deductible gift." in page
    assert PledgeVersion.objects.get().share_bps == 1000


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"ends_on": ""}, "Ends on: This field is required."),
        ({"share_bps": "0"}, "A percent share needs 1 to 10000"),
        ({"currency": "usd"}, "An amount needs a currency of three capitals"),
        ({"shares-0-DELETE": "on"}, "Name at least one beneficiary."),
    ],
)
def test_label_waits_for_what_it_needs(admin_client, draft, changes, fault):
    """Until a label can be printed, the form's own words say why."""
    page = preview(admin_client, draft, **changes)

    assert fault in page
    assert "giving-line" not in page


def test_unfit_draft_says_why(admin_client):
    """A draft that was saved with a currency that is none has no label."""
    draft = factories.make_pledge_version(is_published=False, currency="usd")

    page = admin_client.get(
        reverse("admin:donations_pledgeversion_change", args=[draft.pk])
    ).content.decode()

    assert "three capital letters" in page
    assert "giving-line" not in page


def test_new_draft_has_no_label_yet(admin_client, draft):
    """A form that was never saved asks an address of its own."""
    page = admin_client.get(reverse("admin:donations_pledgeversion_add"))
    answer = admin_client.post(
        reverse("admin:donations_pledgeversion_label_new"),
        fill_in(admin_client, draft, number="2", **{"shares-INITIAL_FORMS": "0"}),
    )

    assert "Save the draft first" in page.content.decode()
    assert "$100.00" in answer.content.decode()


def test_label_is_for_staff_with_the_right(client, draft):
    """Who may not look at pledges is told no label."""
    client.force_login(User.objects.create_user("bob", is_staff=True))

    answer = client.post(
        reverse("admin:donations_pledgeversion_label", args=[draft.pk])
    )

    assert answer.status_code == 403
