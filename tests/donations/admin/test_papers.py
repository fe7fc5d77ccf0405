"""Papers in the admin: recorded through services, read ever after."""

import pytest
from django.contrib.auth.models import Permission, User
from django.core.exceptions import ValidationError
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from donations.models import Consent, Contract, Document, Filing, RegisterExtract
from tests import donations_factories as factories
from tests import papers as made

pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    """A draft with its papers."""
    return factories.make_pledge_version(is_published=False)


def address(name, *args):
    """Return the address of a screen."""
    return reverse(f"admin:donations_{name}", args=args)


def upload(text=b"Signed by both.", name="signed.pdf"):
    """Return a file as a browser sends it."""
    return SimpleUploadedFile(name, text)


def file(client, draft, **values):
    """Fill in the form of a filing."""
    data = {"contract": draft.contract_id, "rule": "US-SC-contract", **values}
    return client.post(address("filing_add"), data, follow=True).content.decode()


def test_contract_is_saved_with_its_file(admin_client, draft):
    """A chosen file is stored, with its digest, and linked."""
    screen = address("contract_change", draft.contract_id)
    form = admin_client.get(screen).context["adminform"].form
    data = {f.html_name: f.value() or "" for f in form}
    for prefix in ("consents", "filings"):
        data |= {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}

    page = admin_client.post(screen, data | {"upload": upload()}, follow=True)

    contract = Contract.objects.get(pk=draft.contract_id)
    assert "was changed successfully" in page.content.decode()
    assert contract.document.title == "signed.pdf"
    assert contract.document.stored_by.username == "admin"
    assert contract.document.sha256[:12] in admin_client.get(screen).content.decode()


def test_contract_of_a_published_pledge_is_only_read(admin_client):
    """What a published pledge rests on is read in words, without a button to save."""
    version = factories.make_pledge_version()
    screen = address("contract_change", version.contract_id)

    page = admin_client.get(screen).content.decode()
    listed = admin_client.get(address("contract_changelist")).content.decode()

    assert 'name="_save"' not in page
    assert "field-upload" not in page
    assert "United States" in page
    assert "United States" in listed


def test_contract_names_known_territories(admin_client, draft):
    """A code that stands for nothing is named, with what was meant."""
    contract = draft.contract
    contract.territories = ["UK"]

    with pytest.raises(ValidationError, match="did you mean GB"):
        contract.full_clean()


def test_consent_and_extract_are_recorded(admin_client, draft):
    """Each form stores its file and its row; an empty file is refused."""
    beneficiary = factories.make_beneficiary().pk
    consent = {
        "contract": draft.contract_id,
        "beneficiary": beneficiary,
        "given_by": "Ann Lee",
        "role": "treasurer",
        "given_on": "2026-01-02",
        "upload": upload(b"Yes."),
    }
    extract = {"beneficiary": beneficiary, "taken_on": "2026-01-02"}

    admin_client.post(address("consent_add"), consent)
    refused = admin_client.post(
        address("registerextract_add"), extract | {"upload": upload(b"")}
    )
    admin_client.post(
        address("registerextract_add"), extract | {"upload": upload(b"Registered.")}
    )

    assert Consent.objects.latest("pk").given_by == "Ann Lee"
    assert "empty" in refused.content.decode()
    assert RegisterExtract.objects.count() == 2
    shown = admin_client.get(address("consent_change", Consent.objects.latest("pk").pk))
    assert "signed.pdf" in shown.content.decode()
    assert 'name="_save"' not in shown.content.decode()


def test_filing_is_recorded_with_its_reference(admin_client, draft):
    """A filing says when it was made and how its authority calls it."""
    lacking = file(admin_client, draft, outcome="done", reason="x")
    done = file(
        admin_client,
        draft,
        outcome="done",
        filed_on="2025-12-01",
        reference="SC-77",
    )

    row = Filing.objects.latest("pk")
    assert "This is needed." in lacking
    assert "Leave this empty." in lacking
    assert "was added successfully" in done
    assert (row.reference, row.recorded_by.username) == ("SC-77", "admin")


def test_waiver_needs_a_right_of_its_own(client, draft):
    """Who may record filings may not waive them by that alone."""
    clerk = User.objects.create_user("ann", password="s3cret", is_staff=True)
    names = ["add_filing", "view_filing", "view_contract"]
    clerk.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(clerk)
    before = Filing.objects.count()

    refused = file(client, draft, outcome="waived", reason="No sales there.")
    clerk.user_permissions.add(Permission.objects.get(codename="waive_filing"))
    file(client, draft, outcome="waived", reason="No sales there.")

    assert "You may not waive" in refused
    assert Filing.objects.count() == before + 1
    assert Filing.objects.latest("pk").reason == "No sales there."


def test_recorded_filing_is_only_read(admin_client, draft):
    """A filing shows who recorded it, and has no button."""
    page = admin_client.get(address("filing_change", Filing.objects.first().pk))

    assert "clerk" in page.content.decode()
    assert 'name="_save"' not in page.content.decode()


def test_files_are_for_staff_with_the_right(client, admin_client):
    """A stored file is sent to be kept, to those who may look at papers."""
    document = made.make_document(text=b"<b>Signed.</b>", title="c.html")
    screen = address("document_file", document.pk)
    stranger = User.objects.create_user("bob", password="s3cret", is_staff=True)

    sent = admin_client.get(screen)
    client.force_login(stranger)

    assert b"".join(sent.streaming_content) == b"<b>Signed.</b>"
    assert sent["Content-Disposition"] == 'attachment; filename="c.html"'
    assert client.get(screen).status_code == 404


def test_lost_files_are_not_found(admin_client):
    """A file that the storage lost is told on its screen, and is a 404."""
    document = made.make_document()

    storages["default"].delete(document.name)

    page = admin_client.get(address("document_change", document.pk)).content.decode()
    assert "icon-no.svg" in page
    assert admin_client.get(address("document_file", document.pk)).status_code == 404
    assert admin_client.get(address("document_file", 404)).status_code == 404
    assert Document.objects.count() == 1
