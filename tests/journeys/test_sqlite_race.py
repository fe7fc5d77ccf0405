"""One piece or voucher, many customers: one of them gets it (SQLite, processes)."""

import collections
import json
import os
import sqlite3
import subprocess
import sys

import pytest
from django.conf import settings as django_settings

SHOPPERS = 8
LIVE_HOLDS = "SELECT COUNT(*) FROM store_hold WHERE status = 'active'"


@pytest.fixture
def race(tmp_path, simulator, settings):
    """Run the race on a database file of its own; count outcomes and live holds."""
    file = tmp_path / "shop.sqlite3"
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{file}",
        # Nobody listens there: what this shop asks of workers is not for ours.
        "REDIS_URL": "redis://127.0.0.1:9/0",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TESTS_STRIPE_API_BASE": settings.STORE["STRIPE_API_BASE"],
    }

    def run(*flags):
        command = [sys.executable, "-m", "tests.journeys.sqlite_shop", str(SHOPPERS)]
        printed = subprocess.run(
            [*command, *flags],
            env=environment,
            cwd=django_settings.BASE_DIR,
            check=True,
            stdout=subprocess.PIPE,
        ).stdout
        with sqlite3.connect(file) as database:
            (holds,) = database.execute(LIVE_HOLDS).fetchone()
        database.close()
        return collections.Counter(json.loads(printed)), holds

    return run


@pytest.mark.checklist("S15")
def test_one_of_eight_processes_gets_the_piece(race, simulator):
    """On SQLite, too, one checkout gets a payment page and all others a refusal."""
    outcomes, holds = race()

    assert outcomes == {"Checkout": 1, "PiecesGoneError": SHOPPERS - 1}
    assert holds == len(simulator.sessions()) == 1


def test_without_guards_several_processes_get_it(race, simulator):
    """Negative control: without its guards the same race has several winners."""
    outcomes, holds = race("--without-guards")

    assert outcomes["Checkout"] > 1
    assert holds == len(simulator.sessions()) == outcomes["Checkout"]


def test_one_of_eight_processes_gets_the_last_use(race, simulator):
    """On SQLite, too, a voucher's last use is one customer's; the others hear why."""
    outcomes, holds = race("--voucher")

    assert outcomes == {"Checkout": 1, "used_up": SHOPPERS - 1}
    assert holds == len(simulator.sessions()) == 1


def test_without_guards_the_last_use_is_used_again(race, simulator):
    """Negative control: without its guards the same race has several winners."""
    outcomes, holds = race("--voucher", "--without-guards")

    assert outcomes["Checkout"] > 1
    assert holds == len(simulator.sessions()) == outcomes["Checkout"]
