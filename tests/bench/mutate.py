"""Removes each guard of the money path in turn and asks the tests: `make mutate`.

A copy of the checkout lies in a folder of its own; one guard at a time is taken out of
it, the tests that should notice are run, and the guard is put back. A mutation that no
test notices is an error, and so is one whose guard is not found any more. What is
removed, and by which line of a checklist it is held, stands in `mutations_in.py`,
`mutations_out.py` and `mutations_given.py`.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tests import keeper
from tests.bench import mutations_given, mutations_in, mutations_out
from tests.bench.mutation import Mutation

ROOT = Path(__file__).resolve().parents[2]
ALL = (
    *mutations_in.MUTATIONS,
    *mutations_out.MUTATIONS,
    *mutations_given.MUTATIONS,
)
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


def main() -> int:
    """Try the chosen mutations; return 0 when the tests caught every one."""
    parser = argparse.ArgumentParser(prog="mutate", description=__doc__)
    parser.add_argument("words", nargs="*", help="only guards whose name has a word")
    chosen = _choose(parser.parse_args().words)
    with tempfile.TemporaryDirectory(prefix="goodcarat-mutate-") as name:
        folder = Path(name)
        checkout = _copy(folder / "checkout")
        with (
            keeper.run_postgres(folder) as database,
            keeper.run_valkey(folder) as broker,
        ):
            servers = {"DATABASE_URL": database, "REDIS_URL": broker}
            if not _passes(chosen, checkout, servers):
                return 1
            survivors = [m.name for m in chosen if not _try(m, checkout, servers)]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} removals were noticed.")
    for survivor in survivors:
        print(f"Nobody noticed: {survivor}")
    return 1 if survivors else 0


def _choose(words: Sequence[str]) -> list[Mutation]:
    return [
        mutation
        for mutation in ALL
        if not words or any(word in mutation.name for word in words)
    ]


def _passes(
    chosen: Sequence[Mutation], checkout: Path, servers: dict[str, str]
) -> bool:
    """Run every test with all guards in place: who fails anyway notices nothing."""
    tests = sorted({test for mutation in chosen for test in mutation.tests})
    result = _run(tests, checkout, servers)
    if result.returncode:
        print(f"The tests fail with every guard in place:\n{result.stdout[-2000:]}")
    return result.returncode == 0


def _copy(folder: Path) -> Path:
    """Copy what git would; caches and data of the checkout stay behind."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def _try(mutation: Mutation, checkout: Path, servers: dict[str, str]) -> bool:
    """Remove one guard, run its tests, put it back; tell whether they noticed."""
    path = checkout / mutation.path
    source = path.read_text()
    if source.count(mutation.guard) != 1:
        print(f"LOST    {mutation.name}: its guard is not in {mutation.path} once")
        return False
    path.write_text(source.replace(mutation.guard, mutation.instead))
    begun = time.monotonic()
    try:
        result = _run(mutation.tests, checkout, servers)
    finally:
        path.write_text(source)
    return _tell(mutation, result, time.monotonic() - begun)


def _run(
    tests: Sequence[str], checkout: Path, servers: dict[str, str]
) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "pytest", "-q", "-x", "--no-header", "--tb=no"]
    command += ["-p", "no:cacheprovider", *tests]
    return subprocess.run(
        command,
        cwd=checkout,
        env=os.environ | servers | {"PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


def _tell(
    mutation: Mutation, result: "subprocess.CompletedProcess[str]", seconds: float
) -> bool:
    """Print one line; only a failed test counts, not a run that never came to be."""
    failed = _FAILED.findall(result.stdout)
    is_caught = result.returncode == 1 and bool(failed)
    word = "caught" if is_caught else "MISSED"
    by = failed[0] if failed else result.stdout.strip()[-300:]
    lines = " ".join(mutation.lines)
    print(f"{word}  {lines:<12} {mutation.name} ({seconds:.0f} s): {by}", flush=True)
    return is_caught


if __name__ == "__main__":
    sys.exit(main())
