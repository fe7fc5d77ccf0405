"""Data of other migrations is told from data that only waits for new ones."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from demo import environment
from demo.launcher import schema


@pytest.mark.parametrize(
    ("applied", "stamped", "current", "changed"),
    [
        ([], {}, {"store.0001": "a"}, []),
        (["store.0001"], {"store.0001": "a"}, {"store.0001": "a"}, []),
        (
            ["store.0001"],
            {"store.0001": "a"},
            {"store.0001": "a", "store.0002": "b"},
            [],
        ),
        (["store.0001"], {"store.0001": "a"}, {"store.0001": "b"}, ["store.0001"]),
        (["store.0001"], {}, {"store.0001": "a"}, ["store.0001"]),
        (["store.0001"], {"store.0001": "a"}, {}, ["store.0001"]),
        (["store.0001"], {}, {}, ["store.0001"]),
    ],
    ids=["new", "same", "more", "rewritten", "unnoted", "gone", "unknown"],
)
def test_only_what_was_applied_must_be_the_same(applied, stamped, current, changed):
    """A migration that made tables may not change; others may come."""
    assert schema.find_changed(applied, stamped, current) == changed


def test_each_migration_has_a_digest():
    """Both apps' migrations are noted by name, each with another digest."""
    digests = schema.read_digests()

    assert {"store.0001_initial", "donations.0001_initial"} <= digests.keys()
    assert len(set(digests.values())) == len(digests)


@pytest.fixture
def var(tmp_path):
    """A data directory whose database says that the first migration was applied."""
    file = tmp_path / "goodcarat.sqlite3"
    with closing(sqlite3.connect(file)) as database, database:
        database.execute(
            "CREATE TABLE django_migrations "
            "(id INTEGER PRIMARY KEY, app TEXT, name TEXT, applied TEXT)"
        )
        database.execute(
            "INSERT INTO django_migrations (app, name, applied) "
            "VALUES ('store', '0001_initial', '2026-01-01')"
        )
    return tmp_path


def _prepare(var):
    """Make a data directory ready as the demo does; return how that ended."""
    names = ("HOME", "LANG", "PATH", "COVERAGE_PROCESS_CONFIG")
    plain = {name: os.environ[name] for name in names if name in os.environ}
    return subprocess.run(
        [sys.executable, "-m", "demo.launcher.prepare"],
        cwd=environment.BASE_DIR,
        env=plain | {"GOODCARAT_VAR": str(var)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("stamped", [None, {"store.0001_initial": "another"}])
def test_foreign_data_ends_the_start(var, stamped):
    """The demo says which migration differs and the way out; it writes nothing."""
    if stamped is not None:
        (var / schema.STAMP).write_text(json.dumps(stamped))

    ended = _prepare(var)

    assert ended.returncode == 1
    assert "other migrations (store.0001_initial)" in ended.stdout
    assert f"The data in {var}" in ended.stdout
    assert "make clean" in ended.stdout
    assert "Traceback" not in ended.stderr
    assert (var / schema.STAMP).exists() == (stamped is not None)
