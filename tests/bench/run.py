"""Measures the shop on this machine: `python -m tests.bench.run --items 2000`.

A fresh PostgreSQL and Valkey are started, the demo's sample is loaded at the asked
size, the pages are read through Django in one process, and a large settlement is paid
beside the least that the database must do for it. Numbers of one machine say little
about another; compare two runs on the same one.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests import keeper

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    """Start the servers, load the sample, measure, and stop."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--items", type=int, default=2000)
    parser.add_argument("--orders", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--donations", type=int, default=20_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="goodcarat-bench-") as name:
        folder = Path(name)
        with (
            keeper.run_postgres(folder) as database,
            keeper.run_valkey(folder) as broker,
        ):
            environment = _environment(folder, database, broker)
            _load(environment, options)
            measured = (
                ("tests.bench.pages", f"--rounds={options.rounds}"),
                ("tests.bench.settling", f"--donations={options.donations}"),
            )
            return max(_run(environment, "-m", *one) for one in measured)


def _environment(folder: Path, database: str, broker: str) -> dict[str, str]:
    # The servers start without the database that the address ends with.
    base = database.rpartition("/")[0]
    return os.environ | {
        "DATABASE_URL": f"{base}/postgres",
        "GOODCARAT_MODE": "embedded",
        "GOODCARAT_VAR": str(folder / "var"),
        "REDIS_URL": broker,
    }


def _load(environment: dict[str, str], options: argparse.Namespace) -> None:
    begun = time.monotonic()
    size = [f"--items={options.items}", f"--orders={options.orders}"]
    for command in (
        ["migrate", "--verbosity=0"],
        ["collectstatic", "--noinput", "--verbosity=0"],
        ["seed_demo", *size],
    ):
        if _run(environment, "manage.py", *command):
            raise SystemExit(1)
    seconds = time.monotonic() - begun
    print(f"{options.items} items, {options.orders} orders loaded in {seconds:.1f} s")


def _run(environment: dict[str, str], *arguments: str) -> int:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
