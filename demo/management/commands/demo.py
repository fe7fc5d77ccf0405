"""`manage.py demo`: the whole shop with one command."""

import argparse
import asyncio
from typing import Any

from django.core.management.base import CommandError

from demo import environment
from demo.launcher.leftovers import AlreadyRunningError
from demo.launcher.ports import NoFreePortError
from demo.launcher.screen import Screen
from demo.launcher.session import Session
from demo.launcher.supervisor import NotStartedError
from store.management.explained import ExplainedCommand

EPILOG = """
Data stays in var/ (or in the folder named by GOODCARAT_VAR) between starts; delete the
folder to begin anew. Logs are in its log/ folder. With GOODCARAT_MODE=embedded, the
servers named by DATABASE_URL and REDIS_URL are used instead of the embedded ones.

Exit codes: 0 stopped as asked, or the check passed; 1 something did not start.
"""


class Command(ExplainedCommand):
    """Runs broker, Stripe simulator, web, worker and beat until Ctrl-C."""

    help = (
        "Run the demo: broker, Stripe simulator, web, worker and beat, with the sample "
        "collection. Ctrl-C stops it all."
    )
    requires_system_checks = []
    epilog = EPILOG

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument(
            "--port",
            type=int,
            default=8000,
            help="Port of the shop; a busy one gets the next free one (default 8000).",
        )
        parser.add_argument(
            "--check",
            action="store_true",
            help="Start everything, see that all answers, stop; for use in CI.",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Run the demo."""
        if environment.current().is_production:
            raise CommandError(
                "This environment is production: run web, worker and beat as programs "
                "of their own (see docs/scaling.md)."
            )
        screen = Screen()
        try:
            session = Session.open(screen, port=options["port"])
            asyncio.run(session.run(is_check=options["check"]))
        except (AlreadyRunningError, NoFreePortError, NotStartedError) as error:
            raise CommandError(str(error)) from error
        screen.say("Stopped.")
