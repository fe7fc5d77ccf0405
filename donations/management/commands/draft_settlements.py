"""`manage.py draft_settlements`: what is to be paid to beneficiaries by now?"""

import json
from argparse import RawDescriptionHelpFormatter
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date

from donations.domain import money
from donations.models import Pledge
from donations.services import deadlines, settlement_schedule
from donations.services.settlement_schedule import Drafted

_EPILOG = """
what is drafted:
  a pledge whose day of settling has come (every Friday, or the first one of a month or
  quarter) and drafted nothing yet, in each currency in which something is payable; and
  sooner, what the law wants paid before its next day. Beat does the same every hour.

A draft moves no money and is in nobody's name: in the admin one person takes it on,
and another approves it. Safe to run at any time, also twice at once.

exit codes:
  0  all that is due is drafted, or nothing is due
  1  a draft was lost to another process; run it again
  2  the arguments make no sense

examples:
  manage.py draft_settlements
  manage.py draft_settlements --dry-run --until 2026-12-31
  manage.py draft_settlements --pledge feeding-america --any-day
  manage.py draft_settlements --json | jq '.drafted[].amount'
"""
_HEADS = ("pledge", "amount", "donations", "settlement")


class Command(BaseCommand):
    """Draft, print a table, and end with 0 only when nothing was lost."""

    help = (
        "Draft the settlements that are due, for one person to take on and another to "
        "approve."
    )

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        """Keep the epilog's lines as they are."""
        kwargs |= {"epilog": _EPILOG, "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer one pledge, another day, a dry run and machine-readable output."""
        parser.add_argument("--pledge", metavar="SLUG", help="only this pledge")
        parser.add_argument(
            "--any-day",
            action="store_true",
            help="draft everything payable, whatever the day",
        )
        parser.add_argument(
            "--until",
            metavar="DATE",
            help="look ahead to the end of that day; with --dry-run only",
        )
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say what would be drafted, and draft nothing",
        )
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object instead"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Draft what is due."""
        if options["until"] and not options["dry_run"]:
            raise CommandError("--until looks ahead: add --dry-run.", returncode=2)
        at = _read_end(options["until"]) if options["until"] else timezone.now()
        chosen = {
            "at": at,
            "pledge_id": _find_pledge(options["pledge"]),
            "is_any_day": options["any_day"],
        }
        if options["dry_run"]:
            drafted = settlement_schedule.forecast_settlements(**chosen)
        else:
            drafted = settlement_schedule.draft_due_settlements(
                **chosen, progress=self._show_progress
            )
        self._print(drafted, at, options)
        lost = sum(bool(one.problem) for one in drafted)
        if lost:
            raise CommandError(f"{lost} drafts were lost: run it again.", returncode=1)

    def _print(
        self, drafted: Sequence[Drafted], at: datetime, options: dict[str, Any]
    ) -> None:
        self._clear_progress()
        overdue = deadlines.count_overdue(on=timezone.localdate(at))
        if options["json"]:
            found = {
                "dry_run": options["dry_run"],
                "overdue": overdue,
                "drafted": [_describe(one) for one in drafted],
            }
            self.stdout.write(json.dumps(found, indent=2))
            return
        for line in _lines(drafted, is_dry=options["dry_run"]):
            self.stdout.write(line)
        if overdue:
            self.stdout.write(
                self.style.WARNING(
                    f"{overdue} donations are past their deadline; the admin's list of "
                    "donations says why."
                )
            )

    def _show_progress(self, done: int) -> None:
        if self.stderr.isatty():
            line = f"\r{done} donations taken in"
            self.stderr.write(line, style_func=str, ending="")

    def _clear_progress(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", style_func=str, ending="")


def _lines(drafted: Sequence[Drafted], *, is_dry: bool) -> Iterator[str]:
    if not drafted:
        yield "Nothing is due."
        return
    rows = [_HEADS, *(_row(one, is_dry=is_dry) for one in drafted)]
    widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
    for pledge, amount, count, outcome in rows:
        first, second, third, _ = widths
        yield f"{pledge:<{first}}  {amount:>{second}}  {count:>{third}}  {outcome}"


def _row(one: Drafted, *, is_dry: bool) -> tuple[str, str, str, str]:
    amount = money.format_money(one.amount) if one.amount else one.currency
    outcome = one.problem or ("not kept" if is_dry else f"{one.settlement_id}, drafted")
    return one.pledge_name, amount, str(one.donation_count), outcome


def _describe(one: Drafted) -> dict[str, Any]:
    return {
        "pledge": one.pledge_name,
        "currency": one.currency,
        "amount": one.amount.amount if one.amount else None,
        "donations": one.donation_count,
        "settlement": one.settlement_id,
        "problem": one.problem,
    }


def _find_pledge(slug: str | None) -> int | None:
    if slug is None:
        return None
    found = Pledge.objects.filter(slug=slug).values_list("pk", flat=True).first()
    if found is None:
        known = ", ".join(
            Pledge.objects.order_by("slug").values_list("slug", flat=True)
        )
        raise CommandError(f"No pledge {slug!r}. There are: {known}.", returncode=2)
    return found


def _read_end(text: str) -> datetime:
    """Return the last moment of a day that somebody typed.

    Raises:
        CommandError: it is none, with exit code 2.
    """
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None:
        raise CommandError(f"{text!r} is no day, as 2026-12-31.", returncode=2)
    return timezone.make_aware(datetime.combine(day, time.max))
