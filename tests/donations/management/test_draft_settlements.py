"""The command drafts what is due, says what it did, and ends with a useful code."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
import time_machine
from django.core.management import CommandError, call_command

from donations.models import Settlement
from donations.services import settlement_donations, settlements
from tests import donations_factories as factories

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 4, 3, 9, tzinfo=UTC)


class Terminal(StringIO):
    """A stream that a person looks at."""

    def isatty(self):
        """Say that this is a terminal."""
        return True


@pytest.fixture
def version():
    """A pledge that settles on Fridays, with one donation that is releasable."""
    version = factories.make_pledge_version(settlement_cadence="weekly")
    factories.make_donation(version=version, is_set_aside=True)
    return version


def run(*arguments, at=FRIDAY, stderr=None):
    """Run the command at a moment and return what it printed."""
    printed = StringIO()
    with time_machine.travel(at, tick=False):
        call_command(
            "draft_settlements",
            *arguments,
            stdout=printed,
            stderr=stderr or StringIO(),
        )
    return printed.getvalue()


def refuse(*arguments):
    """Run the command and return the code and the words with which it refuses."""
    with pytest.raises(CommandError) as refused:
        run(*arguments)
    return refused.value.returncode, str(refused.value)


def test_table_names_each_draft(version):
    """One line for each draft: pledge, amount, donations, settlement."""
    printed = run()

    number = Settlement.objects.get().pk
    assert printed.splitlines() == [
        "pledge               amount  donations  settlement",
        f"Diamonds That Care  $249.90          1  {number}, drafted",
    ]
    assert run() == "Nothing is due.\n"


def test_dry_run_keeps_nothing(version):
    """A dry run, also of a day to come, says what would be and leaves no trace."""
    assert "Nothing is due." in run("--dry-run", at=FRIDAY.replace(day=1))

    printed = run("--dry-run", "--until=2026-04-10", at=FRIDAY.replace(day=1))

    assert "$249.90          1  not kept" in printed
    assert not Settlement.objects.exists()


def test_one_pledge_on_any_day(version):
    """A person drafts one pledge whatever the day."""
    slug = version.pledge.slug

    printed = run(f"--pledge={slug}", "--any-day", at=FRIDAY.replace(day=2))

    assert "drafted" in printed


def test_json_is_one_object(version):
    """A program reads amounts in minor units."""
    found = json.loads(run("--json"))

    assert found == {
        "dry_run": False,
        "overdue": 0,
        "drafted": [
            {
                "pledge": "Diamonds That Care",
                "currency": "USD",
                "amount": 24990,
                "donations": 1,
                "settlement": Settlement.objects.get().pk,
                "problem": "",
            }
        ],
    }


def test_overdue_donations_are_told():
    """Whoever settles hears of what the law wants paid and nothing can pay."""
    version = factories.make_pledge_version(territories=["US-CA"])
    factories.make_donation(version=version, is_set_aside=True, is_shipped=False)

    printed = run(at=FRIDAY.replace(month=6))

    assert "1 donations are past their deadline" in printed


def test_lost_draft_ends_with_one(version, monkeypatch):
    """A draft that another process took from us is named, and the code says so."""

    def lose(**_values):
        raise settlements.SettlementChangedError("settlement 1 has changed")

    monkeypatch.setattr(settlement_donations, "take_donations", lose)

    code, words = refuse()

    assert (code, words) == (1, "1 drafts were lost: run it again.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--until=2026-04-10"], "add --dry-run"),
        (["--dry-run", "--until=soon"], "'soon' is no day"),
        (["--dry-run", "--until=2026-02-30"], "'2026-02-30' is no day"),
        (["--pledge=nobody"], "There are: feeding-america-covid-19"),
    ],
)
def test_senseless_arguments_end_with_two(version, arguments, words):
    """What cannot be meant is refused before anything happens, with a way out."""
    code, said = refuse(*arguments)

    assert code == 2
    assert words in said


def test_progress_is_for_terminals(version):
    """A person sees how far it is; a log does not."""
    terminal, log = Terminal(), StringIO()

    run(stderr=terminal)
    Settlement.objects.update(drafted_at=factories.AT)
    factories.make_donation(version=version, source="line:2", is_set_aside=True)
    run(stderr=log)

    assert "1 donations taken in" in terminal.getvalue()
    assert log.getvalue() == ""
