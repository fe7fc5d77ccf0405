"""`manage.py reconcile`: tables for people, JSON for programs, a code for cron."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.management import CommandError, call_command

from demo.stripe_simulator.faults import ApiFault
from store.management.commands import reconcile
from store.models import Difference, Payment
from tests.store.services.reconciliation import digests

pytestmark = pytest.mark.django_db


class Terminal(io.StringIO):
    """A stream that a person looks at."""

    def isatty(self):
        """Say that it is a terminal."""
        return True


@pytest.fixture
def at():
    """A moment of today, for the command reads the clock."""
    with time_machine.travel(datetime(2026, 11, 20, 12, 0, tzinfo=UTC), tick=False):
        yield datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture
def simulator(simulator, at):
    """The simulator at that moment."""
    simulator.clock.set_to(at)
    return simulator


@pytest.fixture
def run(at, simulator):
    """A function that runs the command an hour later; returns code and output."""

    def run(*arguments, errors=None):
        output = io.StringIO()
        with time_machine.travel(at + timedelta(hours=1), tick=False):
            try:
                call_command(
                    "reconcile",
                    *arguments,
                    stdout=output,
                    stderr=errors or io.StringIO(),
                    no_color=True,
                )
            except CommandError as error:
                return error.returncode, output.getvalue() + str(error)
        return 0, output.getvalue()

    return run


def test_agreement_ends_well(payment, run):
    """Without differences the sums are shown, and the exit code is 0."""
    code, output = run("--since", "2d")

    assert code == 0
    lines = output.splitlines()
    assert lines[0] == (
        "Compared 2026-11-17 00:00 to 2026-11-20 13:00 UTC with 4 calls to Stripe."
    )
    assert lines[2].split() == [
        "day",
        "currency",
        "sum",
        "ours",
        "Stripe",
        "difference",
    ]
    assert lines[4].split() == [
        "2026-11-20",
        "USD",
        "payments",
        "2,499.00",
        "2,499.00",
        "0.00",
    ]
    assert lines[-1] == "No differences."


@pytest.mark.checklist("C3")
def test_differences_end_with_one(payment, run):
    """Each difference is a line with its order, its amounts and what helps; code 1."""
    Payment.objects.update(amount=payment.amount + 1)

    code, output = run()

    assert code == 1
    (line,) = [one for one in output.splitlines() if "payment_amount" in one]
    assert payment.order.number in line
    assert line.split()[3:5] == ["2,499.01", "2,499.00"]
    assert output.endswith(f"{Difference.objects.open().count()} differences.")


@pytest.mark.checklist("C3")
def test_repair_is_told(pay, run):
    """A repaired payment is a line, and no difference any more: code 0."""
    placed = pay()

    code, output = run()

    assert (code, placed.now()) == (0, "paid")
    assert "Repaired:" in output
    assert placed.session_id in output


@pytest.mark.checklist("C3")
def test_dry_run_writes_nothing(pay, run):
    """A dry run changes no row, says what it would do, and ends with 1."""
    placed = pay()
    before = digests.of_every_table()

    code, output = run("--dry-run")

    assert digests.of_every_table() == before
    assert (code, placed.now()) == (1, "pending")
    assert "dry run: nothing is written; 1 payments would be booked" in output


def test_dry_run_repairs_nothing_else(payment, run):
    """A dry run with other differences promises no repair."""
    Payment.objects.update(amount=payment.amount + 1)

    assert "(dry run: nothing is written):" in run("--dry-run")[1]


def test_gone_differences_are_counted(payment, run):
    """What an earlier run found and this one does not is counted."""
    Payment.objects.update(amount=payment.amount + 1)
    run()
    Payment.objects.update(amount=payment.amount)

    assert "2 earlier differences are gone." in run()[1]


def test_converted_amounts_are_counted(payment, run):
    """What Stripe converted is said not to be compared."""
    Payment.objects.update(currency="EUR")

    assert "1 amounts that Stripe converted are not compared." in run()[1]


def test_programs_get_json(pay, payment, run):
    """With --json one object says the same, amounts in minor units."""
    placed = pay()
    Payment.objects.update(amount=payment.amount + 1)

    code, output = run("--json")

    said = json.loads(output.rpartition("}")[0] + "}")
    assert (code, said["ok"], said["dry_run"]) == (1, False, False)
    assert [one["reference"] for one in said["repaired"]] == [placed.session_id]
    by_kind = {one["kind"]: one for one in said["differences"]}
    amounts = by_kind["payment_amount"]
    assert (amounts["ours"], amounts["stripe"]) == (249_901, 249_900)
    assert {one["sum"] for one in said["totals"]} == {"fees", "payments"}
    assert "step" not in output


@pytest.mark.parametrize(
    "arguments",
    [
        ["--since", "yesterday"],
        ["--since", "2026-13-01"],
        ["--since", "0d"],
        ["--since", "2026-11-20", "--until", "2026-11-19"],
        ["--until", "2026-12-24"],
    ],
)
def test_senseless_arguments_end_with_two(run, db, arguments):
    """A stretch of time that makes no sense is refused before Stripe is asked."""
    code, output = run(*arguments)

    assert code == 2
    assert "2026-" in output


@pytest.mark.parametrize(
    ("since", "until", "shown"),
    [
        ("2026-11-01", "2026-11-08", "2026-10-31 00:00 to 2026-11-08 00:00"),
        (
            "2026-11-01T08:00Z",
            "2026-11-08T09:30",
            "2026-10-31 00:00 to 2026-11-08 09:30",
        ),
        ("3d", "1d", "2026-11-16 00:00 to 2026-11-19 13:00"),
    ],
)
def test_stretch_is_told(simulator, run, since, until, shown):
    """Days, moments and days back are understood; a day before is compared too."""
    _, output = run("--since", since, "--until", until)

    assert f"Compared {shown} UTC" in output


def test_unreachable_stripe_ends_with_three(payment, simulator, run):
    """When Stripe cannot be asked the code is 3, and nothing is called gone."""
    simulator.faults.add(ApiFault("GET /v1/refunds", 503, should_retry=False))

    code, output = run()

    assert code == 3
    assert "Stripe did not answer" in output


def test_progress_is_a_bar_on_a_terminal(payment, run):
    """A person sees a bar, which is wiped away in the end."""
    errors = Terminal()

    run("--since", "2d", errors=errors)

    written = errors.getvalue()
    assert "[" + "#" * 30 + "] 6 of 6, done" in written
    assert written.endswith("\r\033[K")


def test_progress_is_lines_elsewhere(payment, run):
    """A log gets one plain line for each step."""
    errors = io.StringIO()

    run("--since", "2d", errors=errors)

    lines = errors.getvalue().splitlines()
    assert lines[0] == "step 1 of 6: payments"
    assert len(lines) == 6


def test_long_run_writes_few_lines(payment, run):
    """A log gets no more than a line for each tenth of a long run."""
    errors = io.StringIO()

    run("--since", "90d", errors=errors)

    assert len(errors.getvalue().splitlines()) == 10


def test_quiet_run_shows_no_progress(payment, run):
    """With -v 0 only the result is written."""
    errors = io.StringIO()

    run("-v", "0", errors=errors)

    assert errors.getvalue() == ""


def test_help_says_what_codes_mean():
    """--help explains what is compared, the exit codes, and gives examples."""
    parser = reconcile.Command().create_parser("manage.py", "reconcile")

    text = parser.format_help()

    for words in ("exit codes:", "examples:", "--dry-run", "3  Stripe cannot"):
        assert words in text
