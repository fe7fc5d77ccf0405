"""Repeats the tests with other random data until the time is up or one fails.

`python -m tests.bench.soak --minutes 10`. Each round has a seed of its own and looks
at a hundred times as many generated examples as `make test` does; the races in the
suite meet in another order each time. A failure prints the command that repeats it.
"""

import argparse
import os
import random
import subprocess
import sys
import time

# Browsers and checkers would find the same thing each time.
CHOICE = ["-m", "not browser and not slow", "--ignore", "tests/house"]
CHAOS = ["tests/journeys/test_soak.py"]
LONGER = {"SOAK_ORDERS": "300"}


def main() -> int:
    """Run rounds; return the exit code of the first that fails, else 0."""
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    options = parser.parse_args()
    deadline = time.monotonic() + options.minutes * 60
    rounds = 0
    while time.monotonic() < deadline:
        rounds += 1
        code = run_round(rounds, seed=random.randrange(2**32))
        if code:
            return code
    print(f"{rounds} rounds in {options.minutes:g} minutes, none failed.")
    return 0


def run_round(number: int, *, seed: int) -> int:
    """Run the suite once with one seed, then the chaos; return pytest's exit code."""
    print(f"Round {number}, seed {seed}", flush=True)
    settings = {"PYTHONHASHSEED": str(seed), "SOAK_SEED": str(seed), **LONGER}
    for choice in (CHOICE, CHAOS):
        command = [sys.executable, "-m", "pytest", "-q", *choice]
        command += ["--hypothesis-profile=soak", f"--hypothesis-seed={seed}"]
        environment = os.environ | settings
        code = subprocess.run(command, env=environment, check=False).returncode
        if code:
            named = [f"{name}={value}" for name, value in settings.items()]
            print("Repeat it with", *named, *command[1:])
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
