"""Kills processes in the middle of an act, step by step, from a test."""

import contextlib
import itertools
import json
import os
import subprocess
import sys

from django.conf import settings

from tests import workers

# Nobody listens there: every nudge is lost.
NO_BROKER = "redis://127.0.0.1:9/0"


class ActFailedError(Exception):
    """An act ended before its time by itself; its traceback is on standard error."""


@contextlib.contextmanager
def executioner(*flags):
    """Yield a function that does an act in a process and kills it at a step."""
    environment = os.environ | workers.Worker._addresses()
    environment |= {
        "REDIS_URL": NO_BROKER,
        "TESTS_STRIPE_API_BASE": settings.STORE["STRIPE_API_BASE"],
        "TESTS_MAIL_ROOT": settings.MAIL_ROOT,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "tests.journeys.doomed", *flags],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def kill(act, step, **arguments):
            order = {"act": act, "step": step, "arguments": arguments}
            process.stdin.write(json.dumps(order) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield kill


def at_each_step(kill, act, prepare, recover):
    """Kill `act` at its first step, its second, and so on until it gets through.

    Each time `prepare()` returns the arguments, and `recover(steps)` puts all right.
    Returns the steps of the run that got through.

    Raises:
        ActFailedError: the act failed without being killed.
    """
    for fatal_step in itertools.count(1):
        steps = kill(act, fatal_step, **prepare())
        is_done = bool(steps) and steps[-1] is None
        if not is_done and len(steps) != fatal_step - 1:
            raise ActFailedError(act, steps)
        recover(steps)
        if is_done:
            return steps[:-1]
    raise AssertionError  # Counting has no end.
