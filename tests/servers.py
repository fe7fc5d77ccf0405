"""The pytest plugin that gives every run a real PostgreSQL and a real Valkey.

Loaded by `-p tests.servers` in pyproject.toml, since both must answer before Django's
settings are read. `DATABASE_URL` and `REDIS_URL` that are already set are used as they
are: then mind that the tests clear the Redis database they name, and number 1.

Pictures and mails of the run lie in the same folder as the servers' data, and are
deleted with it.

With `-n` several processes share the servers: pytest-django gives each a database of
its own, and here each gets its own two numbers at Valkey and its own folders.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start the servers; a wrapper runs before pytest-django reads the settings."""
    options = early_config.known_args_namespace
    process = os.environ.get("PYTEST_XDIST_WORKER")
    if process:
        _take_part(int(process.removeprefix("gw")))
    elif not (options.help or options.version or options.collectonly):
        _start(early_config)
        # The processes that pytest-xdist starts read no options from pyproject.toml.
        os.environ["PYTEST_PLUGINS"] = __name__
    return (yield)


def _take_part(number: int) -> None:
    base, _, _ = os.environ["REDIS_URL"].rpartition("/")
    os.environ["REDIS_URL"] = f"{base}/{2 * number}"
    for name in ("TESTS_MEDIA_ROOT", "TESTS_MAIL_ROOT"):
        os.environ[name] = f"{os.environ[name]}-{number}"


def _start(config: pytest.Config) -> None:
    folder = Path(tempfile.mkdtemp(prefix="goodcarat-tests-"))
    os.environ["TESTS_MEDIA_ROOT"] = str(folder / "media")
    os.environ["TESTS_MAIL_ROOT"] = str(folder / "mail")
    keeper = subprocess.Popen(
        [sys.executable, "-m", "tests.keeper", folder],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    config.add_cleanup(lambda: _stop(keeper))
    assert keeper.stdout is not None
    line = keeper.stdout.readline()
    if not line:
        raise pytest.UsageError("PostgreSQL or Valkey did not start: see above.")
    os.environ.update(json.loads(line))


def _stop(keeper: "subprocess.Popen[str]") -> None:
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    keeper.stdin.close()
    keeper.wait(timeout=60)
    keeper.stdout.close()
