"""The checkers find nothing. Their rules and exclusions are in pyproject.toml."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import reading

BIN = Path(sys.executable).parent


def _run(*command):
    return subprocess.run(
        command, cwd=reading.ROOT, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(["ruff", "check", "--no-cache"], id="rules"),
        pytest.param(["ruff", "format", "--check", "--no-cache"], id="format"),
        pytest.param(["djlint", "--lint", "--quiet", "templates"], id="templates"),
        pytest.param(["djlint", "--check", "--quiet", "templates"], id="markup"),
        pytest.param(["typos"], id="spelling"),
        pytest.param(["mypy"], id="types", marks=pytest.mark.slow),
    ],
)
def test_checker_finds_nothing(command):
    """Each checker ends well on the whole checkout."""
    name, *arguments = command

    result = _run(BIN / name, *arguments)

    assert result.returncode == 0, result.stdout + result.stderr
