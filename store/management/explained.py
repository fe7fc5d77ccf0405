"""Commands whose help ends with examples and exit codes, set as they were written."""

import argparse
from typing import Any

from django.core.management.base import BaseCommand, CommandParser, DjangoHelpFormatter


class _Formatter(DjangoHelpFormatter, argparse.RawDescriptionHelpFormatter):
    """Keeps line breaks, and Django's order of options."""


class ExplainedCommand(BaseCommand):
    """A command with an `epilog`."""

    epilog = ""

    def create_parser(
        self, prog_name: str, subcommand: str, **kwargs: Any
    ) -> CommandParser:
        """Return a parser that shows the epilog below the options."""
        kwargs |= {"epilog": self.epilog, "formatter_class": _Formatter}
        return super().create_parser(prog_name, subcommand, **kwargs)
