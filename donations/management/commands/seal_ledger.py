"""`manage.py seal_ledger`: put every entry of the ledger under a seal."""

from argparse import RawDescriptionHelpFormatter
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from donations.services import seals

_EPILOG = """
Beat does this every ten minutes; by hand it is needed before something is published
at once. Entries are sealed up to 1,023 at a time, under a root (RFC 9162) that includes
the root before. Nothing is ever sealed twice, whoever else seals at the moment.

exit codes:
  0  every entry is sealed
  1  another process is sealing; what is left is its business

examples:
  manage.py seal_ledger
  manage.py seal_ledger && manage.py audit_ledger
"""


class Command(BaseCommand):
    """Seal what is not sealed yet, and say how much that was."""

    help = "Seal the entries of the ledger that no seal covers yet."

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        """Keep the epilog's lines as they are."""
        kwargs |= {"epilog": _EPILOG, "formatter_class": RawDescriptionHelpFormatter}
        return super().create_parser(prog_name, subcommand, **kwargs)

    def handle(self, *args: Any, **options: Any) -> None:
        """Seal the ledger."""
        self.total = seals.count_unsealed()
        done = seals.seal_ledger(at=timezone.now(), progress=self._show_progress)
        if self.stderr.isatty():
            self.stderr.write("\r\033[K", ending="")
        if done < self.total:
            raise CommandError(
                f"{done} of {self.total} entries sealed: another process is sealing."
            )
        line = f"{done} entries sealed." if done else "Everything is sealed."
        self.stdout.write(self.style.SUCCESS(line))

    def _show_progress(self, done: int) -> None:
        if self.stderr.isatty():
            share = f"{done * 100 // max(self.total, 1)}%"
            self.stderr.write(f"\r{done} of {self.total} entries {share}", ending="")
