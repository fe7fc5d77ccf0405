"""`manage.py seed_demo`: the sample collection, its promise and a year of orders."""

import argparse
from typing import Any

from django.core.management.base import CommandError
from django.utils import timezone

from demo import environment, keepsakes
from demo.sample import seeding, stripe_past
from demo.sample.archive import NothingLeftToSellError
from demo.sample.progress import Progress
from store.management.explained import ExplainedCommand

EPILOG = """
What is there already is kept: a second run adds nothing, a run that was interrupted
goes on, and a run with larger numbers adds what is missing.

Examples:
  manage.py seed_demo
  manage.py seed_demo --items 50000 --orders 100000

Exit codes: 0 all is loaded; 1 it could not be; 2 the options are wrong.
"""


class Command(ExplainedCommand):
    """Loads the sample data."""

    help = "Load the sample collection with its pictures, pledge and a year of orders."
    epilog = EPILOG

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--items",
            type=_count,
            default=14,
            help="How many items; beyond the 14 with pictures they are made up.",
        )
        parser.add_argument(
            "--orders",
            type=_count,
            default=seeding.TOLD,
            help="How many past orders; beyond 24 they need made-up items.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Load what is missing."""
        if environment.current().is_production:
            raise CommandError("Sample data does not belong in a production database.")
        wanted = seeding.Wanted(
            items=options["items"], orders=options["orders"], at=timezone.now()
        )
        try:
            seeding.seed(wanted, Progress())
            stripe_past.write(environment.data_directory() / keepsakes.STRIPE_PAST)
        except NothingLeftToSellError as error:
            raise CommandError(str(error)) from error


def _count(text: str) -> int:
    number = int(text)
    if number < 0:
        raise argparse.ArgumentTypeError("must not be negative")
    return number
