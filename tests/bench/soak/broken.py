"""Builds of the shop with a guard taken out: the soak must notice each.

A copy of the checkout lies in a folder of its own; there the text goes, and there the
soak runs.
"""

import dataclasses
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.soak.house import ROOT


@dataclasses.dataclass(frozen=True, slots=True)
class Change:
    """Text that stands in a file exactly once, and what stands there instead."""

    path: str
    guard: str
    instead: str


class GuardNotFoundError(Exception):
    """The guard does not stand in its file exactly once any more."""


BUILDS: dict[str, tuple[Change, ...]] = {}


def run(name: str, *, orders: int, seed: int) -> int:
    """Soak a build without a guard; return its exit code."""
    print(f"Without a guard: {name}", flush=True)
    with tempfile.TemporaryDirectory(prefix="goodcarat-broken-") as folder:
        checkout = _copy(Path(folder))
        for change in BUILDS[name]:
            _apply(change, checkout)
        command = [sys.executable, "-m", "tests.bench.soak"]
        command += [f"--orders={orders}", f"--seed={seed}"]
        return subprocess.run(command, cwd=checkout, check=False).returncode


def _copy(folder: Path) -> Path:
    """Copy what git knows; caches and data of the checkout stay behind."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def _apply(change: Change, checkout: Path) -> None:
    path = checkout / change.path
    source = path.read_text()
    if source.count(change.guard) != 1:
        raise GuardNotFoundError(f"{change.path}: {change.guard}")
    path.write_text(source.replace(change.guard, change.instead))
