"""`manage.py seal_ledger`: seals what is left, and says how much that was."""

import io

import pytest
from django.core.management import CommandError, call_command

from donations.models import Seal
from donations.services import seals
from tests import donations_factories as factories
from tests.donations.management.test_audit_ledger import Terminal

pytestmark = pytest.mark.django_db


def run(**options):
    """Run the command and return what it printed."""
    output = io.StringIO()
    call_command("seal_ledger", stdout=output, **options)
    return output.getvalue()


def test_entries_are_sealed():
    """What has no seal gets one; the second time nothing is left."""
    factories.make_donation(is_set_aside=True)

    assert run() == "1 entries sealed.\n"
    assert run() == "Everything is sealed.\n"
    assert Seal.objects.get().size == 2


def test_terminal_shows_progress():
    """A person sees how far it is."""
    factories.make_donation(is_set_aside=True)
    terminal = Terminal()

    run(stderr=terminal)

    assert "1 of 1 entries 100%" in terminal.getvalue()


def test_other_sealer_is_told(monkeypatch):
    """When another process seals what was counted, the command says so and fails."""
    factories.make_donation(is_set_aside=True)
    monkeypatch.setattr(seals, "count_unsealed", lambda: 5)

    with pytest.raises(CommandError, match="1 of 5 entries sealed"):
        run()
