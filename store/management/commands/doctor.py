"""`manage.py doctor`: what is missing in this installation, and how to mend it."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from store.management.explained import ExplainedCommand
from store.services import doctor

_EPILOG = """
what is looked at:
  settings    every check of `manage.py check --deploy` that is ours
  database    is reachable, and every migration is applied
  webhooks    one was verified, and none is missing since; whose clock is wrong
  cache       keeps what it is given
  broker      takes tasks
  worker      somebody answers on each queue, while the command waits
  beat        has started a sweep in the last minutes
  Stripe      which mode the key has, and what it may not do

Nothing is changed: not here, and not at Stripe.

exit codes:
  0  all is well
  1  something is missing; each arrow says how to mend it

examples:
  manage.py doctor
  manage.py doctor --wait 30
  manage.py doctor --json | jq '.findings[] | select(.mend != "")'
"""


class Command(ExplainedCommand):
    """Print every finding, and end with 0 only when nothing has to be mended."""

    help = "Say what is missing in this installation, and how to mend it."
    epilog = _EPILOG
    # They are among the findings; a mistake must not keep the doctor out.
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer machine-readable output, and patience."""
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object instead of lines"
        )
        parser.add_argument(
            "--wait",
            type=float,
            default=5,
            metavar="SECONDS",
            help="how long workers have to answer (default: 5)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Examine the installation."""
        found = doctor.examine(at=timezone.now(), patience=options["wait"])
        if options["json"]:
            findings = list(found)
            ok = all(finding.is_well for finding in findings)
            report = {"ok": ok, "findings": [asdict(finding) for finding in findings]}
            self.stdout.write(json.dumps(report, indent=2))
        else:
            findings = [self._show(finding) for finding in found]
        missing = [finding for finding in findings if not finding.is_well]
        if missing:
            raise CommandError(f"{len(missing)} of {len(findings)} need mending.")
        if not options["json"]:
            self.stdout.write(self.style.SUCCESS("All is well."))

    def _show(self, finding: doctor.Finding) -> doctor.Finding:
        word = (
            self.style.SUCCESS("ok  ") if finding.is_well else self.style.ERROR("mend")
        )
        self.stdout.write(f"{word}  {finding.subject:<11} {finding.detail}")
        if finding.mend:
            self.stdout.write(f"      {'':<11} -> {finding.mend}")
        return finding
