"""`manage.py stripe_events`: what to subscribe the endpoint at Stripe to."""

import json
from typing import Any

from django.core.management.base import CommandParser
from django.urls import reverse

from store.conf import conf
from store.gateways import base as gateways
from store.management.explained import ExplainedCommand
from store.services import webhook_events

_EPILOG = """
Select exactly these types at the endpoint in Stripe's Dashboard (Workbench, Webhooks).
Other types do no harm: they are stored, answered with 200 and ignored. Give the
endpoint the API version that is printed. This command creates nothing at Stripe.

examples:
  manage.py stripe_events
  manage.py stripe_events --json | jq -r '.types[]'

exit code: 0, always
"""


class Command(ExplainedCommand):
    """Print the endpoint with the event types that we act on."""

    help = "List the event types that Stripe's webhook endpoint must be subscribed to."
    epilog = _EPILOG

    def add_arguments(self, parser: CommandParser) -> None:
        """Offer machine-readable output."""
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object instead of lines"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what the table of actions says."""
        url = conf.SITE_URL + reverse("store:stripe_webhook")
        version = gateways.get_gateway().api_version
        types = list(webhook_events.ACTIONS)
        if options["json"]:
            endpoint = {"url": url, "api_version": version, "types": types}
            self.stdout.write(json.dumps(endpoint, indent=2))
            return
        self.stdout.write(f"endpoint     {self.style.MIGRATE_HEADING(url)}")
        self.stdout.write(f"API version  {version}")
        for name in types:
            self.stdout.write(f"event        {name}")
