"""`manage.py reconcile`: is what Stripe says the same as what we have booked?"""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from store.gateways import base as gateways
from store.management import reports
from store.management.explained import ExplainedCommand
from store.services.reconciliation import runs

_EPILOG = """
what is compared, both ways:
  payments    Stripe's Sessions with what we have booked
  refunds     amount and status of each, made by us or in the Dashboard
  disputes    amount, status, and what the bank holds
  orders      each status with the money of the order
  donations   each target with the money that is kept
  balance     Stripe's books by day and currency with ours

Only "paid at Stripe, unpaid here" is repaired: the order is confirmed, and the report
says so. Every other difference is a row in the admin, for a person; docs say what to do
about each. Calls are paced (STORE["RECONCILE_CALLS_PER_SECOND"]). Safe to run at any
time, also twice at once.

exit codes:
  0  no differences (repaired ones are none)
  1  differences are open; each line names one
  2  the arguments make no sense
  3  Stripe cannot be reached, or refuses our key; nothing was called gone

examples:
  manage.py reconcile                          the last 30 days
  manage.py reconcile --since 3d --dry-run     say what would be done, write nothing
  manage.py reconcile --since 2026-11-01 --until 2026-11-08
  manage.py reconcile --json | jq -r '.differences[].reference'
"""

_DAYS = re.compile(r"^([1-9]\d{0,4})d\Z")
_BAR = 30


class Command(ExplainedCommand):
    """Compare, print tables, and end with 0 only when nothing differs."""

    help = (
        "Compare payments, refunds, disputes, orders, donations and daily sums with "
        "Stripe, both ways."
    )
    epilog = _EPILOG

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer the stretch of time, a dry run and machine-readable output."""
        when = 'a day (2026-11-01), a moment, or days back ("30d")'
        parser.add_argument(
            "--since", default="30d", metavar="WHEN", help=f"{when}; 30d by default"
        )
        parser.add_argument(
            "--until",
            metavar="WHEN",
            help=f"{when}; now by default; a day is not in it",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="write nothing and repair nothing; say what would be done",
        )
        parser.add_argument(
            "--json",
            action="store_true",
            help="print one JSON object instead of tables",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the comparison."""
        now = timezone.now()
        since = _read_moment(options["since"], now)
        until = _read_moment(options["until"], now) if options["until"] else now
        if not since < until <= now:
            raise CommandError(
                f"--since {since:%Y-%m-%d %H:%M} must be before --until "
                f"{until:%Y-%m-%d %H:%M}, and that not after now.",
                returncode=2,
            )
        self.is_shown = options["verbosity"] > 0 and not options["json"]
        report = self._compare(since, until, now, is_dry=options["dry_run"])
        self._print(report, is_json=options["json"])
        if report.found:
            raise CommandError(f"{len(report.found)} differences.", returncode=1)

    def _compare(
        self, since: datetime, until: datetime, now: datetime, *, is_dry: bool
    ) -> runs.Report:
        try:
            return runs.reconcile(
                since=since,
                until=until,
                at=now,
                is_dry=is_dry,
                progress=self._show_progress,
            )
        except gateways.GatewayError as error:
            self._clear_progress()
            raise CommandError(
                f"Stripe did not answer: {error}. What was found "
                "so far is kept, nothing was called gone; run it again later.",
                returncode=3,
            ) from None

    def _print(self, report: runs.Report, *, is_json: bool) -> None:
        self._clear_progress()
        if is_json:
            self.stdout.write(json.dumps(reports.describe(report), indent=2))
            return
        for line in reports.lines(report):
            self.stdout.write(line)
        if not report.found:
            self.stdout.write(self.style.SUCCESS("No differences."))

    def _show_progress(self, step: str, done: int, total: int) -> None:
        if not self.is_shown:
            return
        if self.stderr.isatty():
            bar = "#" * (_BAR * done // total)
            line = f"\r\033[K[{bar:<{_BAR}}] {done} of {total}, {step}"
            self._tell(line, ending="")
        elif done < total and _is_tenth(done, total):
            self._tell(f"step {done + 1} of {total}: {step}")

    def _clear_progress(self) -> None:
        if self.is_shown and self.stderr.isatty():
            self._tell("\r\033[K", ending="")

    def _tell(self, text: str, ending: str = "\n") -> None:
        """Write progress beside the output, without the color of an error."""
        self.stderr.write(text, style_func=str, ending=ending)


def _is_tenth(done: int, total: int) -> bool:
    """Tell whether another tenth begins here: a log needs no more lines."""
    return not done or done * 10 // total > (done - 1) * 10 // total


def _read_moment(text: str, now: datetime) -> datetime:
    """Return the moment that somebody typed; a day begins at midnight, in UTC.

    Raises:
        CommandError: it is none, with exit code 2.
    """
    days = _DAYS.match(text)
    if days:
        return now - timedelta(days=int(days[1]))
    try:
        day, moment = parse_date(text), parse_datetime(text)
    except ValueError:
        day = moment = None
    if day is not None:
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    if moment is None:
        raise CommandError(
            f"{text!r} is no day, no moment and no number of days: 2026-11-01, "
            "2026-11-01T08:00Z or 30d.",
            returncode=2,
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
