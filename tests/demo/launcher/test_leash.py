"""A program at the end of a leash never outlives who holds it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from demo import environment

FAMILY = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
time.sleep(60)
"""
STUBBORN = """
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def leash(tmp_path):
    """A function that starts Python code at the end of a leash."""
    started = []

    def start(code, grace=5):
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "demo.launcher.leash"),
                *(f"--pid-file={tmp_path / 'it.pid'}", f"--grace={grace}", "--"),
                *(sys.executable, "-c", code),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=environment.BASE_DIR,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        # Leaving the block waits for it and closes its pipes.
        with process:
            process.kill()


def _is_alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _wait_until_gone(pid, seconds=5):
    deadline = time.monotonic() + seconds
    while _is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not _is_alive(pid)


def test_exit_code_is_passed_on(leash):
    """Who holds the leash learns how the program ended."""
    assert leash("raise SystemExit(7)").wait(timeout=10) == 7


def test_letting_go_ends_the_whole_family(leash, tmp_path):
    """When the pipe closes, the program and what it started are ended."""
    process = leash(FAMILY)
    grandchild = int(process.stdout.readline())

    process.stdin.close()

    assert process.wait(timeout=10) == 128 + signal.SIGTERM
    assert _wait_until_gone(grandchild)
    assert not (tmp_path / "it.pid").exists()


def test_stubborn_program_is_killed(leash):
    """A program that does not stop when asked is killed after the grace period."""
    process = leash(STUBBORN, grace=0.3)
    process.stdout.readline()

    process.stdin.close()

    assert process.wait(timeout=10) == 128 + signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the program")
def test_killed_leash_ends_its_program(leash, tmp_path):
    """Even when the leash itself is killed, its program ends."""
    process = leash(FAMILY)
    process.stdout.readline()
    program = int((tmp_path / "it.pid").read_text())

    process.kill()

    assert _wait_until_gone(program)


def test_signals_are_passed_on(leash):
    """A signal to the leash reaches the program."""
    process = leash(FAMILY)
    process.stdout.readline()

    process.terminate()

    assert process.wait(timeout=10) == 128 + signal.SIGTERM
