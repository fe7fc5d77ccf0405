"""Who may import whom."""

import subprocess
import sys
from pathlib import Path

from tests.house import reading


def test_import_contracts_hold():
    """Every contract in pyproject.toml is kept."""
    linter = Path(sys.executable).with_name("lint-imports")

    result = subprocess.run(
        [linter, "--no-cache"],
        cwd=reading.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout + result.stderr


def test_imports_stand_at_the_top():
    """No function imports, apart from an app's ready()."""
    inner = [
        module.at(node)
        for module in reading.read(*reading.PACKAGES)
        for function in module.functions()
        if function.name != "ready"
        for node in reading.imports_in(function)
    ]

    assert inner == []
