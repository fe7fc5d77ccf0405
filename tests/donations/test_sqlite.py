"""The ledger on SQLite, in a process and a file of its own."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    """What happened on SQLite."""
    path = tmp_path_factory.mktemp("sqlite") / "ledger.sqlite3"
    done = subprocess.run(
        [sys.executable, "-m", "tests.donations.on_sqlite"],
        cwd=ROOT,
        env=os.environ
        | {
            "DATABASE_URL": f"sqlite:///{path}",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_sqlite_refuses_changes_to_the_ledger(result):
    """Entries, accounts, published versions and their shares are frozen."""
    for act, answer in result["refused"].items():
        assert "donations_" in answer, act
        assert re.search("frozen|never updated or deleted|never change", answer), act


def test_sqlite_lets_versions_follow_each_other(result):
    """Which version is current may change."""
    assert result["allowed"] == {"change current": "done"}


def test_sqlite_workers_set_aside_once(result):
    """Of several processes on one donation exactly one posts."""
    assert result["answers"] == [0, 0, 0, 1]


def test_sqlite_sweeps_share_the_work(result):
    """Several processes sweep everything once."""
    assert result["swept"] == 49
    assert result["due"] == 0
    assert result["entries"] == 50 * 3


def test_sqlite_workers_share_a_cap(result):
    """Several processes fill a cap once; what falls refills who was cut."""
    assert result["capped"] == [0, *[24_990] * 4, 40, 0, 0, 0]


def test_sqlite_ledger_passes_the_audit(result):
    """After sales, refunds and a settlement the books are right."""
    assert result["findings"] == []


def test_sqlite_seals_every_entry_once(result):
    """Several processes that seal at once leave nothing and double nothing."""
    assert result["unsealed"] == 0
    assert result["sealed"] > 150


def test_sqlite_alteration_is_named(result):
    """Without its trigger an entry can be altered; the audit names both."""
    assert result["altered"] == [
        "trigger donations_entry_no_update",
        "entry 1",
        "entry 1",
    ]
