"""The database itself refuses what must never happen, whoever asks."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from donations.models import (
    Account,
    Beneficiary,
    Consent,
    Contract,
    Document,
    Donation,
    Entry,
    Filing,
    PledgeShare,
    PledgeVersion,
    RegisterExtract,
    Settlement,
)
from tests import donations_factories as factories
from tests import papers

AT = factories.AT
pytestmark = pytest.mark.django_db


def refuse(act, match):
    """Check that the database refuses an act, and with which words."""
    with pytest.raises(IntegrityError, match=match), transaction.atomic():
        act()


@pytest.fixture
def version():
    """A published version with one donation in the ledger."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    return version


@pytest.mark.checklist("M7")
@pytest.mark.parametrize("model", [Entry, Account])
def test_ledger_is_never_changed(version, model):
    """Entries and accounts refuse UPDATE and DELETE, one by one and all at once."""
    row = model.objects.first()

    refuse(lambda: model.objects.update(currency="EUR"), "never updated or deleted")
    refuse(row.save, "never updated or deleted")
    with connection.cursor() as cursor:
        refuse(
            lambda: cursor.execute(f"DELETE FROM {model._meta.db_table}"),  # noqa: S608
            "never updated or deleted",
        )


@pytest.mark.parametrize("model", [Consent, Document, Filing, RegisterExtract])
def test_papers_are_never_changed(version, model):
    """What was recorded of a promise's papers refuses UPDATE and DELETE."""
    row = model.objects.first()

    refuse(row.save, "never updated or deleted")
    with connection.cursor() as cursor:
        refuse(
            lambda: cursor.execute(f"DELETE FROM {model._meta.db_table}"),  # noqa: S608
            "never updated or deleted",
        )


def test_contract_is_frozen_with_its_pledge(version):
    """A contract changes until a published version rests on it."""
    draft = factories.make_pledge_version(slug="draft", is_published=False)

    Contract.objects.filter(pk=draft.contract_id).update(goods="Rings")

    contracts = Contract.objects.filter(pk=version.contract_id)
    refuse(lambda: contracts.update(goods="Rings"), "draft another contract")
    with connection.cursor() as cursor:
        refuse(
            lambda: cursor.execute(
                "DELETE FROM donations_contract WHERE id = %s", [version.contract_id]
            ),
            "draft another contract",
        )


def test_filing_says_what_became(version):
    """A filing without a reference, or a waiver without a reason, is not a row."""
    for values in ({"outcome": "done"}, {"outcome": "waived"}):
        refuse(
            lambda values=values: Filing.objects.create(
                contract=version.contract,
                rule="US-SC-contract",
                recorded_by=papers.make_clerk(),
                recorded_at=AT,
                **values,
            ),
            "says_what_became",
        )


@pytest.mark.parametrize(
    "terms",
    [
        {"share_bps": 500},
        {"disclosure": "5%"},
        {"ends_on": factories.AT.date()},
        {"number": 9},
        {"published_at": None, "is_current": False},
    ],
)
def test_published_terms_are_frozen(version, terms):
    """No term of a published version ever changes."""
    refuse(lambda: PledgeVersion.objects.update(**terms), "published version is frozen")


def test_published_versions_are_kept(version):
    """A published version is never deleted, even one that nobody bought under."""
    with connection.cursor() as cursor:
        refuse(
            lambda: cursor.execute("DELETE FROM donations_pledgeversion"),
            "published version is frozen",
        )


def test_another_version_may_become_current(version):
    """Being current is the one thing that a published version can lose."""
    PledgeVersion.objects.update(is_current=False)

    assert not PledgeVersion.objects.filter(is_current=True).exists()


def test_published_shares_are_frozen(version):
    """Who gets what part is as frozen as the terms."""
    share = version.shares.get()
    other = factories.make_beneficiary(register_id=factories.REGISTER_IDS[1])
    new = PledgeShare(version=version, beneficiary=other, weight=1, ordinal=5)

    refuse(lambda: PledgeShare.objects.update(weight=9), "published and frozen")
    refuse(share.delete, "published and frozen")
    refuse(new.save, "published and frozen")


def test_drafts_can_be_changed():
    """What nobody was promised is still free."""
    version = factories.make_pledge_version(is_published=False)

    PledgeVersion.objects.update(share_bps=500)
    PledgeShare.objects.update(weight=9)
    version.shares.all().delete()
    version.delete()

    assert not PledgeVersion.objects.exists()


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"posted_amount": 24991}, "posted_within_target"),
        ({"posted_amount": -1}, "posted_within_target"),
        ({"target_amount": 24991}, "target_within_share"),
        ({"target_amount": -1}, "target_within_share|posted_within_target"),
        ({"status": "gone"}, "known_status"),
        ({"status": "settled"}, "status_fits_amounts"),
        ({"status": "due"}, "status_fits_amounts"),
        ({"set_aside_at": None}, "set_aside_has_moment"),
        ({"settled_at": AT}, "settled_has_settlement"),
        ({"base_amount": 0}, "gives_something"),
    ],
)
def test_donations_stay_within_reason(version, values, rule):
    """Amounts, status and moments of a donation fit each other."""
    refuse(lambda: Donation.objects.update(**values), rule)


@pytest.mark.parametrize(
    ("values", "rule"),
    [
        ({"amount": 0}, "amount_positive"),
        ({"amount": -5}, "amount_positive"),
        ({"kind": "gift"}, "known_kind"),
    ],
)
def test_entries_are_entries(version, values, rule):
    """An entry has a positive amount and a known kind."""
    entry = Entry.objects.get()
    entry.pk, entry.idempotency_key = None, "other"
    for name, value in values.items():
        setattr(entry, name, value)

    refuse(entry.save, rule)


def test_entry_has_two_accounts(version):
    """An entry from an account to itself says nothing."""
    entry = Entry.objects.get()
    entry.pk, entry.idempotency_key, entry.credit = None, "other", entry.debit

    refuse(entry.save, "two_accounts")


def test_keys_are_used_once(version):
    """Two entries never share an idempotency key, nor two donations a source."""
    entry, donation = Entry.objects.get(), Donation.objects.get()
    entry.pk = donation.pk = None
    donation.uuid = None

    refuse(entry.save, "idempotency_key")
    donation.uuid = "12345678123456781234567812345678"
    refuse(donation.save, "source")


def test_one_current_version_a_pledge(version):
    """A pledge promises one thing at a time."""
    refuse(
        lambda: PledgeVersion.objects.create(
            pledge=version.pledge,
            number=2,
            share_bps=1,
            currency="USD",
            starts_on=AT.date(),
            ends_on=AT.date(),
            published_at=AT,
            is_current=True,
        ),
        "one_current",
    )


def test_settlement_needs_two_people(version):
    """The database knows that nobody approves what they drafted."""
    person = factories.make_user(username="ann")

    refuse(
        lambda: Settlement.objects.create(
            pledge=version.pledge,
            currency="USD",
            status="approved",
            drafted_by=person,
            approved_by=person,
            drafted_at=AT,
        ),
        "second_person",
    )


def test_register_number_is_checked():
    """A beneficiary's number is normalized, or refused beside its field."""
    good = Beneficiary(legal_name="Feeding America", register_id="363673599")
    bad = Beneficiary(legal_name="Nobody", register_id="07-1234567")

    good.full_clean()

    assert good.register_id == "36-3673599"
    with pytest.raises(ValidationError) as refused:
        bad.full_clean()
    assert list(refused.value.message_dict) == ["register_id"]


def test_rows_say_what_they_are(version):
    """Every row has words of its own, in the admin and in logs."""
    cause = version.pledge.cause
    donation, entry = Donation.objects.get(), Entry.objects.get()

    words = [str(row) for row in (cause, version.pledge, version, donation, entry)]

    assert words == [
        "COVID-19 Response Fund",
        "Diamonds That Care",
        "Version 1",
        "line:1",
        f"Entry {entry.pk}, set_aside",
    ]
    assert str(entry.debit).startswith("donation:USD:p")
    assert "weight 1" in str(version.shares.get())
