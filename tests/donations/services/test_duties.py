"""The compliance calendar: duties of drafts and current pledges, dated."""

from datetime import date

import pytest

from donations.models import PledgeVersion
from donations.services import duties, papers, pledges
from tests import donations_factories as factories
from tests import papers as made

AT = factories.AT
pytestmark = pytest.mark.django_db


def read(**terms):
    """Return the duties of one pledge as day and title."""
    terms = {"territories": ["US-SC"], "ends_on": date(2026, 12, 31), **terms}
    version = factories.make_pledge_version(**terms)
    return version, [(str(duty.on), duty.title) for duty in duties.list_duties()]


def test_filings_are_counted_back_and_accounts_forward():
    """Filings come before the first day, accountings and payments after the last."""
    _, found = read()

    assert found == [
        ("2025-12-22", "File the contract and the Notice of Solicitation"),
        ("2026-01-01", "Register as a commercial co-venturer"),
        ("2027-03-01", "Final accounting"),
        ("2027-03-01", "Last payment"),
        ("2027-03-31", "File the joint financial report"),
    ]


def test_filings_say_what_became_of_them():
    """A filing that was made or waived is done; one without a record is open."""
    version, _ = read(is_published=False)
    contract = made.make_contract(version=version, reference="B")
    PledgeVersion.objects.update(contract=contract)
    papers.waive_filing(
        contract_id=contract.pk,
        rule="US-SC-contract",
        reason="No sales there.",
        by_id=made.make_clerk().pk,
        at=AT,
    )

    waived, missing, *ahead = duties.list_duties()

    assert (waived.filing.outcome, missing.filing) == ("waived", None)
    today = AT.date()
    assert [duty.is_open(today) for duty in (waived, missing)] == [False, True]
    assert all(duty.is_open(today) for duty in ahead)
    assert not any(duty.is_open(date(2028, 1, 1)) for duty in ahead)


def test_versions_on_one_contract_owe_once():
    """A next version that rests on the same contract adds no duty."""
    version, before = read()
    pledges.draft_next_version(pledge_id=version.pledge_id)

    assert len(duties.list_duties()) == len(before)


def test_draft_without_a_contract_has_its_clock():
    """Before anything is signed, the draft's own days say what is owed."""
    _, found = read(is_published=False, contract=None)

    assert [day for day, _ in found] == ["2025-12-22", "2026-01-01", "2027-03-31"]


def test_replaced_versions_owe_nothing():
    """What another version replaced is not in the calendar."""
    read()
    PledgeVersion.objects.update(is_current=False)

    assert duties.list_duties() == []


def test_calendar_file_names_pledge_place_and_source():
    """Each event says whose duty it is, where, and which law asks."""
    read()

    text = duties.write_calendar(at=AT).replace("\r\n ", "")

    assert text.count("BEGIN:VEVENT") == 5
    assert (
        "SUMMARY:Diamonds That Care: Register as a commercial co-venturer "
        "(South Carolina)" in text
    )
    assert "S.C. Code 33-56-70(A)" in text
