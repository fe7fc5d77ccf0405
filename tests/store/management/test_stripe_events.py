"""The list of event types for Stripe's Dashboard."""

import json

from django.core.management import call_command

from store.gateways.stripe import StripeGateway
from store.services import webhook_events


def ask(capsys, *arguments):
    """Run the command and return what it prints."""
    call_command("stripe_events", *arguments)
    return capsys.readouterr().out


def test_every_type_with_an_action_is_listed(capsys):
    """The list is the table of actions, with the endpoint and the API version."""
    lines = ask(capsys).splitlines()

    assert lines[0] == "endpoint     https://shop.example/webhooks/stripe/"
    assert lines[1] == f"API version  {StripeGateway.api_version}"
    assert [line.split()[1] for line in lines[2:]] == list(webhook_events.ACTIONS)


def test_programs_can_read_it(capsys):
    """The same as one JSON object."""
    told = json.loads(ask(capsys, "--json"))

    assert told == {
        "url": "https://shop.example/webhooks/stripe/",
        "api_version": StripeGateway.api_version,
        "types": list(webhook_events.ACTIONS),
    }
