"""Every misconfiguration has a number and a line to paste."""

import pytest
from django.conf import settings as current
from django.db import connections

from donations import checks


def find():
    """Return what the checks say, as number and hint."""
    return [(one.id, one.hint) for one in checks.check_settings(None)]


def test_good_settings_pass():
    """The smallest host has nothing to mend."""
    assert find() == []


def test_missing_dictionary_is_told(settings):
    """Without a dictionary there is one to paste."""
    del settings.DONATIONS

    assert find() == [
        ("donations.E001", "DONATIONS = {'MERCHANT_NAME': 'Example Jewelers'}")
    ]


@pytest.mark.parametrize(
    ("values", "number", "hint"),
    [
        ({"SWEEP_CHUNKS": 5}, "E002", "Did you mean 'SWEEP_CHUNK'?"),
        ({"xyz": 5}, "E002", "Remove it."),
        ({"MERCHANT_NAME": ""}, "E003", "Example Jewelers"),
        ({"SWEEP_CHUNK": 0}, "E004", "DONATIONS['SWEEP_CHUNK'] = 500"),
        ({"SWEEP_CHUNK": "5"}, "E004", "DONATIONS['SWEEP_CHUNK'] = 500"),
        ({"SWEEP_AGE_SECONDS": -1}, "E004", "DONATIONS['SWEEP_AGE_SECONDS'] = 60"),
        ({"SETTLEMENT_STEPS": {"KWD": 0}}, "E005", "{'KWD': 10}"),
        ({"SETTLEMENT_STEPS": 10}, "E005", "{'KWD': 10}"),
        ({"RAILS": ["stripe"]}, "E009", "StripeRail"),
        ({"RAILS": {"bank": "x.Y"}}, "E009", "StripeRail"),
        ({"RAILS": {"fake": "tests.donations.fake_rail.Nobody"}}, "E010", "StripeRail"),
        ({"RAILS": {"fake": None}}, "E010", "StripeRail"),
        ({"DOCUMENT_STORAGE": "safe"}, "E016", "'default'"),
        ({"API_RATE": "often"}, "E008", "'120/min'"),
        ({"BASE_TEMPLATE": "none.html"}, "W001", "TEMPLATES[0]['DIRS']"),
    ],
)
def test_mistakes_are_told(settings, values, number, hint):
    """Each mistake has its number and its mend."""
    settings.DONATIONS = {**settings.DONATIONS, **values}

    ((found, mend),) = find()

    assert found == f"donations.{number}"
    assert hint in mend


def test_good_rails_pass(book):
    """A rail that can be imported has nothing to mend."""
    assert find() == []


def test_naive_times_are_refused(settings):
    """The ledger's moments need time zones."""
    settings.USE_TZ = False

    assert find() == [("donations.E006", "USE_TZ = True")]


def test_unguarded_databases_are_refused(monkeypatch):
    """A database without our triggers cannot keep a ledger."""
    monkeypatch.setattr(type(connections["default"]), "vendor", "mysql")

    assert [number for number, _ in find()] == ["donations.E007"]


def test_settings_have_defaults():
    """A host names itself and its address; everything else has a default."""
    assert set(current.DONATIONS) == {"MERCHANT_NAME", "SITE_URL"}


@pytest.mark.parametrize(("storage", "count"), [("default", 1), ("safe", 0)])
def test_public_contracts_are_warned_of(settings, storage, count):
    """Before a deployment it is told when contracts lie beside public pictures."""
    settings.DONATIONS = {**settings.DONATIONS, "DOCUMENT_STORAGE": storage}

    found = checks.check_document_storage(None)

    assert [one.id for one in found] == ["donations.W004"] * count
