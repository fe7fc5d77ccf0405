"""What was signed never changes; whoever gets around that is found."""

import pytest
from django.db import IntegrityError, connection, transaction

from donations.models import Closing, Entry, PledgeVersion, StatementLine
from tests import donations_factories as factories
from tests.donations import closing as closing_steps
from tests.donations.services.test_audit import alter, find

AT, AFTER = factories.AT, closing_steps.AFTER
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE donations_closing SET digest = 'x'",
        "UPDATE donations_closing SET signed_at = NULL, signed_by_id = NULL",
        "DELETE FROM donations_closing",
        "UPDATE donations_statementline SET content = 'x'",
        "DELETE FROM donations_statementline",
        "INSERT INTO donations_statementline (closing_id, position, content) "
        "SELECT closing_id, 99, content FROM donations_statementline",
    ],
)
def test_signed_period_never_changes(statement):
    """The database itself refuses to change what was signed."""
    closing_steps.close_and_sign(factories.make_pledge_version())

    with (
        pytest.raises(IntegrityError, match="signed period and its statement"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)


def test_entry_smuggled_into_a_closed_period_is_found():
    """An entry that got there without us is named with its period."""
    version = factories.make_pledge_version()
    closing_steps.give(version, [1000])
    closing = closing_steps.close_and_sign(version)
    factories.make_donation(version=version, source="late", is_set_aside=True, at=AFTER)

    alter(Entry.objects.filter(donation__source="late"), posted_at=AT)

    assert (f"closing {closing.pk}", "period") in find()


@pytest.mark.parametrize(
    ("model", "values", "rule"),
    [
        (StatementLine, {"content": '{"digest":"0","kind":"piece"}'}, "statement"),
        (Closing, {"digest": "0" * 64}, "statement"),
        (PledgeVersion, None, "period"),
    ],
)
def test_altered_statement_is_found(model, values, rule):
    """Neither a line nor the digest changes without the audit."""
    version = factories.make_pledge_version()
    closing_steps.give(version, [1000])
    closing_steps.close_and_sign(version)

    if values is None:
        type(version.pledge).objects.update(closed_until=None)
    else:
        alter(model.objects.all(), **values)

    assert [found for _, found in find()] == [rule]
