"""`manage.py audit_ledger`: says which row is wrong, and ends accordingly."""

import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from donations.models import Entry
from tests import donations_factories as factories

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self):
        """Say that it is a terminal."""
        return True


def alter():
    """Change an entry behind the ORM's back, the triggers switched off."""
    entry = Entry.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        Entry.objects.update(amount=1)
        cursor.execute("SET session_replication_role = DEFAULT")
    return entry


def run(**options):
    """Run the command and return what it printed."""
    output = io.StringIO()
    call_command("audit_ledger", stdout=output, **options)
    return output.getvalue()


def test_good_ledger_ends_well():
    """When all is well one line says how much was looked at."""
    factories.make_donation(is_set_aside=True)

    assert run() == "1 entries checked: all is well.\n"


def test_altered_entry_is_named():
    """A line names the row, and the command fails."""
    factories.make_donation(is_set_aside=True)
    entry = alter()
    output = io.StringIO()

    with pytest.raises(CommandError, match="findings in 1 entries"):
        call_command("audit_ledger", stdout=output, no_color=True)

    first = output.getvalue().splitlines()[0]
    assert first.startswith(f"entry {entry.pk}: payload digest differs: ")


def test_programs_get_json():
    """With --json the answer is one object."""
    factories.make_donation(is_set_aside=True)

    assert json.loads(run(json=True)) == {"findings": [], "entries": 1, "ok": True}


def test_programs_get_every_finding():
    """With --json each finding has row, rule and detail."""
    factories.make_donation(is_set_aside=True)
    entry = alter()
    output = io.StringIO()

    with pytest.raises(CommandError):
        call_command("audit_ledger", stdout=output, json=True)

    answer = json.loads(output.getvalue())
    assert answer["ok"] is False
    assert len(answer["findings"]) > 1
    assert answer["findings"][0]["row"] == f"entry {entry.pk}"


def test_people_see_progress():
    """On a terminal the number of entries looked at is shown."""
    factories.make_donation(is_set_aside=True)
    screen = Terminal()

    call_command("audit_ledger", stdout=io.StringIO(), stderr=screen)

    assert "1 of 1 entries 100%" in screen.getvalue()


def test_help_explains_itself(capsys):
    """The help says what is checked, and what the exit codes mean."""
    with pytest.raises(SystemExit):
        call_command("audit_ledger", "--help")

    shown = capsys.readouterr().out
    for words in ("Changes nothing.", "exit codes:", "examples:", "--json"):
        assert words in shown
