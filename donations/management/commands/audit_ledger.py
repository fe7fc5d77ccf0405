"""`manage.py audit_ledger`: is the ledger what it should be, to the cent?"""

import json
from argparse import RawDescriptionHelpFormatter
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from donations.services import audit

_EPILOG = """
what is checked:
  guards      the database still refuses to change entries and published pledges
  entries     each digest matches its row; accounts, kind and currency go together
  seals       each root holds all of its entries as they are, and the root before
  donations   what is posted for each is what its entries come to, by beneficiary
  statements  what was signed is what its lines say, and nothing is dated in its period
  balances    pending, payable and in-transit balances, settlements, public counter

exit codes:
  0  all is well
  1  something is wrong; each line names the row

examples:
  manage.py audit_ledger
  manage.py audit_ledger --json | jq '.findings[].row'
"""


class Command(BaseCommand):
    """Print every finding, and end with 0 only when there is none."""

    help = (
        "Check every ledger entry, every donation and every settlement against each "
        "other, and the public counter against the ledger. Changes nothing."
    )

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        """Keep the epilog's lines as they are."""
        kwargs |= {"epilog": _EPILOG, "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer machine-readable output."""
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object instead of lines"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the audit."""
        self.is_json = options["json"]
        self.total = audit.count_entries()
        found = 0
        if self.is_json:
            self.stdout.write('{"findings": [', ending="")
        for finding in audit.audit_ledger(progress=self._show_progress):
            self._write(asdict(finding), is_first=not found)
            found += 1
        self._clear_progress()
        self._finish(found)

    def _write(self, finding: dict[str, str], *, is_first: bool) -> None:
        self._clear_progress()
        if self.is_json:
            separator = "" if is_first else ", "
            self.stdout.write(separator + json.dumps(finding), ending="")
        else:
            line = "{row}: {detail} [{rule}]".format(**finding)
            self.stdout.write(self.style.ERROR(line))

    def _finish(self, found: int) -> None:
        if self.is_json:
            closing = {"entries": self.total, "ok": not found}
            self.stdout.write(f"], {json.dumps(closing)[1:]}")
        elif not found:
            line = f"{self.total} entries checked: all is well."
            self.stdout.write(self.style.SUCCESS(line))
        if found:
            raise CommandError(f"{found} findings in {self.total} entries.")

    def _show_progress(self, done: int) -> None:
        if self.stderr.isatty():
            share = f"{done * 100 // max(self.total, 1)}%"
            self.stderr.write(f"\r{done} of {self.total} entries {share}", ending="")

    def _clear_progress(self) -> None:
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
