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


_HOLDS = "store/services/holds.py"
_TASKS = "store/tasks.py"

BUILDS = {
    # Both guards of one piece for one order: the look before, and the constraint.
    "holds": (
        Change(
            "store/migrations/0001_initial.py",
            'fields=("piece",),\n                name="store_hold_one_live_per_piece",',
            'fields=("piece", "order"),\n'
            '                name="store_hold_one_live_per_piece",',
        ),
        Change(
            _HOLDS,
            "        Piece.objects.on_sale()\n        .filter(pk__in=piece_ids)\n",
            "        Piece.objects.filter(pk__in=piece_ids)\n",
        ),
        Change(
            _HOLDS,
            "return Piece.objects.on_sale().filter(pk__in=free).update(",
            "return Piece.objects.filter(pk__in=free).update(",
        ),
    ),
    # Whatever event arrives counts as money, though Stripe says unpaid.
    "belief": (
        Change(
            "store/services/payments.py",
            '_PAID = frozenset({"paid", "no_payment_required"})',
            '_PAID = frozenset({"paid", "no_payment_required", "unpaid"})',
        ),
    ),
    # What a nudge did not reach is left behind for good.
    "sweeps": (
        Change(
            _TASKS,
            '    _each_at_stripe([{"refund_id": pk} for pk in left],'
            " refunds.send_refund, now)\n",
            "",
        ),
        Change(
            _TASKS,
            '    _each_at_stripe([{"attempt_id": pk} for pk in found],'
            " sweeps.finish_attempt, now)\n",
            "",
        ),
    ),
}


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
