"""The papers of a promise: stored with digests, recorded once, asked for by law."""

import hashlib
import logging
from datetime import date, timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from donations.models import Consent, Contract, Document, Filing, RegisterExtract
from donations.services import documents, papers, paperwork, publication
from tests import donations_factories as factories
from tests import papers as made

AT = factories.AT
RULE = "US-SC-contract"
pytestmark = pytest.mark.django_db


@pytest.fixture
def draft():
    """A draft for South Carolina, complete with its papers."""
    return factories.make_pledge_version(is_published=False, territories=["US-SC"])


def obstacles(version):
    """Return what keeps a version from being published."""
    return publication.list_obstacles(pledge_version_id=version.pk)


def change(draft, **fields):
    """Change the draft's contract."""
    Contract.objects.filter(pk=draft.contract_id).update(**fields)


def waive(draft, **values):
    """Let the clerk answer for a filing."""
    values = {"rule": RULE, "reason": "No sales there.", **values}
    return papers.waive_filing(
        contract_id=draft.contract_id, by_id=made.make_clerk().pk, at=AT, **values
    )


def test_complete_papers_are_no_obstacle(draft):
    """With contract, consent, extract and filings there is nothing to ask for."""
    assert obstacles(draft) == []


def test_document_is_stored_with_its_digest():
    """The digest is of what was uploaded; the name in the storage is nobody's guess."""
    document = made.make_document(text=b"Signed.", title="../contract.pdf")

    assert document.title == "contract.pdf"
    assert "contract" not in document.name
    assert document.sha256 == hashlib.sha256(b"Signed.").hexdigest()
    with documents.open_document(document=document) as stored:
        assert stored.read() == b"Signed."


def test_empty_document_is_refused():
    """A file without content proves nothing."""
    with pytest.raises(documents.EmptyDocumentError, match=r"contract\.txt is empty"):
        made.make_document(text=b"")

    assert not Document.objects.exists()


@pytest.mark.parametrize("is_lost", [True, False])
def test_changed_or_lost_files_are_told(draft, is_lost):
    """A contract whose file is not what was stored is no contract."""
    storage, name = storages["default"], draft.contract.document.name
    storage.delete(name)
    if not is_lost:
        storage.save(name, ContentFile(b"Signed, but otherwise."))

    assert "the contract's file is not the one that was stored" in obstacles(draft)
    assert (
        "the register extract of Feeding America is not the one that was stored"
        in obstacles(draft)
    )


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ("goods", "the contract does not say the goods"),
        ("use_of_name", "the contract does not say the use of the name"),
        ("amount_per_piece", "the contract does not say the amount per piece"),
        ("final_accounting", "the contract does not say the final accounting"),
        ("payment_manner", "the contract does not say the manner of payment"),
        (
            "merchant_signer",
            "the contract lacks the merchant's signature: name, role and date",
        ),
        (
            "beneficiary_role",
            "the contract lacks the beneficiary's signature: name, role and date",
        ),
    ],
)
def test_every_clause_is_needed(draft, field, reason):
    """Section 8: what the contract leaves out is named, and only that."""
    change(draft, **{field: ""})

    assert obstacles(draft) == [reason]


def test_signatures_have_a_date(draft):
    """A name and a role without a day are no signature."""
    change(draft, merchant_signed_on=None)

    assert obstacles(draft) == [
        "the contract lacks the merchant's signature: name, role and date"
    ]


def test_signed_file_is_needed(draft):
    """A contract without its file is not published upon."""
    change(draft, document=None)

    assert obstacles(draft) == ["the contract's file is missing"]


def test_terms_stay_within_the_contract(draft):
    """Days, territories and share of the terms are those that were signed."""
    change(
        draft,
        starts_on=draft.starts_on + timedelta(days=1),
        territories=["GB"],
        amount_per_piece="5% of the price",
    )

    found = " ".join(obstacles(draft))

    assert "the contract holds from 2026-01-02 to 2030-12-31" in found
    assert "the contract does not reach South Carolina" in found
    assert "the contract gives '5% of the price', the terms 10%" in found


def test_contract_names_its_territories(draft):
    """A contract that says nowhere holds nowhere."""
    change(draft, territories=[])

    assert "the contract does not say the territories" in obstacles(draft)


def test_each_beneficiary_consents_and_is_registered():
    """One consent and one extract do not speak for two."""
    draft = factories.make_pledge_version(is_published=False, weights=(1, 1))
    contract = made.make_contract(version=draft, reference="B")
    type(draft).objects.filter(pk=draft.pk).update(contract=contract)
    made.file_all(contract, draft.territories)

    assert obstacles(draft) == [
        "Feeding America has not consented to this contract",
        "Fund 1 has not consented to this contract",
    ]


def test_extract_is_needed(draft):
    """A beneficiary without an extract of its register is promised nothing."""
    draft.shares.all().delete()
    other = factories.make_beneficiary(
        legal_name="Fund 9", register_id=factories.REGISTER_IDS[3]
    )
    draft.shares.create(beneficiary=other)

    assert "an extract of the register is missing for Fund 9" in obstacles(draft)


def test_missing_filings_are_named(draft):
    """Each filing that the territories ask for is named with its last day."""
    contract = made.make_contract(version=draft, reference="B")
    type(draft).objects.filter(pk=draft.pk).update(contract=contract)

    assert obstacles(draft)[1:] == [
        "South Carolina: file the contract and the notice of solicitation by "
        "2025-12-22 (US-SC-contract), or waive it",
        "South Carolina: register as a commercial co-venturer by 2026-01-01 "
        "(US-SC-registration), or waive it",
    ]


def test_late_filings_are_told(draft):
    """A filing made within the lead time is none; a waiver may answer for it."""
    papers.record_filing(
        contract_id=draft.contract_id,
        rule=RULE,
        filed_on=date(2025, 12, 23),
        reference="SC-1",
        by_id=made.make_clerk().pk,
        at=AT,
    )
    late = obstacles(draft)
    waive(draft, reason="The state agreed by letter.")

    assert late == [
        "South Carolina: file the contract and the notice of solicitation was due by "
        "2025-12-22, filed on 2025-12-23"
    ]
    assert obstacles(draft) == []


def test_waivers_are_logged_by_name(draft, caplog):
    """Who answered for a filing, and why, is in the row and in the log."""
    with caplog.at_level(logging.WARNING):
        filing = waive(draft, reason=" No sales there. ")

    standing = paperwork.list_standings(contract=draft.contract)[RULE]
    assert standing == filing
    assert (standing.recorded_by.username, standing.reason) == (
        "papers.clerk",
        "No sales there.",
    )
    assert f"filing {RULE} of contract {draft.contract_id} waived" in caplog.text


def test_waiver_needs_its_reason(draft):
    """Nobody waives without a word."""
    with pytest.raises(papers.ReasonMissingError):
        waive(draft, reason=" ")

    assert not Filing.objects.filter(outcome="waived").exists()


@pytest.mark.parametrize("rule", ["US-SC-accounting", "US-XX-contract"])
def test_only_known_filings_are_recorded(draft, rule):
    """What no law asks to be filed cannot be filed or waived."""
    with pytest.raises(papers.UnknownRuleError, match=rule):
        waive(draft, rule=rule)


def test_papers_bring_their_files():
    """A consent and an extract are recorded together with what was uploaded."""
    beneficiary = factories.make_beneficiary()
    draft = factories.make_pledge_version(is_published=False)
    clerk = made.make_clerk()

    consent = papers.record_consent(
        consent=Consent(
            contract=draft.contract,
            beneficiary=beneficiary,
            given_by="Jo Doe",
            role="treasurer",
            given_on=AT.date(),
        ),
        upload=ContentFile(b"Yes.", "yes.txt"),
        recorded_by_id=clerk.pk,
        at=AT,
    )
    extract = papers.record_extract(
        extract=RegisterExtract(beneficiary=beneficiary, taken_on=AT.date()),
        upload=ContentFile(b"Registered.", "extract.txt"),
        recorded_by_id=clerk.pk,
        at=AT,
    )

    assert [consent.document.title, extract.document.stored_by] == ["yes.txt", clerk]
    assert documents.is_intact(document=extract.document)
