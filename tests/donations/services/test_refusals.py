"""What an attacker tries at settlements is refused, and told to the security log."""

import logging

import pytest
from django.db import connection

from donations.models import Donation, Entry, SettlementPart
from donations.services import audit, settlements
from tests import donations_factories as factories
from tests.donations import settling

pytestmark = pytest.mark.django_db


@pytest.fixture
def drafted():
    """A drafted settlement of one donation of 249.90."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    return settling.draft(version)


def refusals(caplog):
    """Return what the security log was told."""
    told = (one for one in caplog.records if one.name == "donations.security")
    return [(one.levelno, one.getMessage()) for one in told]


def change_rows(rows, **values):
    """Change rows behind the services' back."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        rows.update(**values)
        cursor.execute("SET session_replication_role = DEFAULT")


@pytest.mark.parametrize("row", ["donation", "part"])
def test_changed_lines_are_not_approved(drafted, caplog, row):
    """Whoever changes a line after the draft is refused by the digest, and logged."""
    if row == "donation":
        change_rows(Donation.objects, posted_amount=24_989)
    else:
        change_rows(Donation.objects, settlement=None)

    with pytest.raises(settlements.SettlementChangedError):
        settling.approve(drafted)

    assert refusals(caplog) == [
        (logging.WARNING, f"refused: changed lines (settlement={drafted.pk})")
    ]
    assert not Entry.objects.filter(kind="instruct").exists()


def test_drafter_is_refused_and_logged(drafted, caplog):
    """The person who drafted it approves nothing, and the log has both ids."""
    person = drafted.drafted_by_id

    with pytest.raises(settlements.SecondPersonError):
        settlements.approve_settlement(
            settlement_id=drafted.pk,
            approved_by_id=person,
            digest=drafted.digest,
            at=settling.LATER,
        )

    told = f"refused: drafter approves (person={person} settlement={drafted.pk})"
    assert refusals(caplog) == [(logging.WARNING, told)]


@pytest.mark.parametrize("values", [{"amount": 1}, {"failed_at": settling.LATER}])
def test_changed_part_after_approval_shows(drafted, values):
    """A part that is changed after its approval no longer fits the ledger."""
    settling.approve(drafted)
    if "failed_at" in values:
        values = {**values, "failed_by": drafted.drafted_by, "failure": "made up"}

    change_rows(SettlementPart.objects, **values)

    assert (f"settlement {drafted.pk}", "settlement") in {
        (found.row, found.rule) for found in audit.audit_ledger()
    }


def test_logs_name_no_person_or_account(drafted, caplog):
    """What is logged are rules and ids."""
    with pytest.raises(settlements.SettlementChangedError):
        settlements.approve_settlement(
            settlement_id=drafted.pk,
            approved_by_id=settling.make_people()[1].pk,
            digest="0" * 64,
            at=settling.LATER,
        )

    assert "bob" not in caplog.text
    assert "Feeding" not in caplog.text
