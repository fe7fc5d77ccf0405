"""The short form of `make soak`: real processes, real accidents, all books right.

Its choices are the same each time; `make soak` makes others.
"""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
ORDERS = 12
SEED = 1


@pytest.mark.checklist("C4")
def test_the_books_agree_after_accidents():
    """Money, orders, pieces, donations and mails agree, whatever was killed."""
    command = [sys.executable, "-m", "tests.bench.soak"]
    command += [f"--orders={ORDERS}", f"--seed={SEED}"]
    result = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert f"Seed {SEED}" in result.stdout
    assert "differences                  0" in result.stdout
