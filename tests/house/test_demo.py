"""The demo project stands up on nothing but the checkout."""

import os
import subprocess
import sys

import pytest

from tests.house import reading

ASK_IN_ANOTHER_THREAD = """
import django, threading
django.setup()
from celery import current_app
threading.Thread(target=lambda: print(current_app.main)).start()
"""
PRODUCTION = {
    "ALLOWED_HOSTS": "shop.example",
    "DATABASE_URL": "postgresql://shop:secret@127.0.0.1/shop",
    "EMAIL_HOST": "mail.shop.example",
    "FROM_EMAIL": "orders@shop.example",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
    "SECRET_KEY": "0123456789abcdef" * 4,
    "SITE_URL": "https://shop.example",
    "STRIPE_SECRET_KEY": "rk_live_0123456789abcdef",
    "STRIPE_WEBHOOK_SECRETS": "whsec_0123456789abcdef",
}


@pytest.fixture
def run(tmp_path):
    """A function that runs Python with the demo's settings and a data folder."""
    names = ("HOME", "LANG", "PATH", "COVERAGE_PROCESS_CONFIG")
    plain = {name: os.environ[name] for name in names if name in os.environ}
    plain |= {
        "DJANGO_SETTINGS_MODULE": "demo.settings",
        "GOODCARAT_VAR": str(tmp_path / "var"),
    }

    def start(*arguments, **environment):
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=reading.ROOT,
            env=plain | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return start


def test_demo_checks_clean(run):
    """With nothing set, `check` finds nothing to mend in the demo."""
    result = run("manage.py", "check", "--fail-level", "WARNING")

    assert result.returncode == 0, result.stderr


def test_production_checks_clean(run):
    """With production's environment, `check --deploy` finds nothing to mend."""
    result = run(
        "manage.py", "check", "--deploy", "--fail-level", "WARNING", **PRODUCTION
    )

    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", sorted(PRODUCTION))
def test_half_a_production_is_refused(run, name):
    """One production variable without the others ends the start, naming one missing."""
    rest = {key: text for key, text in PRODUCTION.items() if key != name}

    result = run("manage.py", "check", **rest)

    assert result.returncode != 0
    assert name in result.stderr


def test_threads_nudge_our_broker(run):
    """A page answered in any thread speaks to the demo's own Celery app."""
    result = run("-c", ASK_IN_ANOTHER_THREAD)

    assert result.stdout.strip() == "demo", result.stderr
