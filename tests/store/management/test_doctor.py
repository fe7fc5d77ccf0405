"""The doctor at the console: a table, an exit code, one object for programs."""

import json
import re

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from store import tasks
from store.management.commands import doctor as command
from store.management.commands import stripe_events
from store.models import WebhookEvent
from store.services import pulses

pytestmark = pytest.mark.usefixtures("simulator", "private_papers")


@pytest.fixture
def _complete(worker):
    now = timezone.now()
    WebhookEvent.objects.create(
        event_id="evt_1", livemode=False, received_at=now, next_try_at=now
    )
    tasks.pulse(name=pulses.BEAT)


@pytest.mark.usefixtures("_complete")
def test_all_is_well(capsys):
    """In a complete installation every line says ok, and the command ends with 0."""
    call_command("doctor", "--no-color", wait=20)

    *lines, last = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines} == {"ok"}
    assert last == "All is well."


@pytest.mark.django_db
def test_what_is_missing_is_told_with_a_mend(capsys):
    """Each missing part has an arrow under it, and the command does not end with 0."""
    with pytest.raises(CommandError, match=r"\d of \d+ need mending"):
        call_command("doctor", "--no-color", wait=0)

    told = capsys.readouterr().out
    assert re.search(r"^mend  beat  .*\n +-> celery -A", told, re.MULTILINE)


@pytest.mark.django_db
def test_a_mistake_does_not_keep_the_doctor_out(settings, capsys):
    """Settings that would stop every other command are a finding here."""
    settings.STORE = {**settings.STORE, "MERCHANT_NAME": ""}

    with pytest.raises(CommandError):
        call_command("doctor", "--no-color", wait=0)

    assert "mend  store.E004" in capsys.readouterr().out


@pytest.mark.django_db
def test_programs_can_read_it(capsys):
    """The same as one JSON object, which says whether all is well."""
    with pytest.raises(CommandError):
        call_command("doctor", "--json", wait=0)

    told = json.loads(capsys.readouterr().out)
    assert told["ok"] is False
    assert {"subject", "detail", "mend"} == set(told["findings"][0])


@pytest.mark.checklist("K2")
@pytest.mark.django_db
def test_the_doctor_tells_no_secret(settings, capsys):
    """K2: keys and secrets are looked at and never printed."""
    with pytest.raises(CommandError):
        call_command("doctor", wait=0)

    told = capsys.readouterr().out
    assert settings.STORE["STRIPE_SECRET_KEY"] not in told
    assert settings.STORE["STRIPE_WEBHOOK_SECRETS"][0] not in told


@pytest.mark.parametrize("module", [command, stripe_events])
def test_help_ends_with_examples_and_exit_codes(module):
    """Each command's help says what it ends with, and shows how to ask."""
    text = module.Command().create_parser("manage.py", "it").format_help()

    assert "exit code" in text
    assert "\n  manage.py " in text
