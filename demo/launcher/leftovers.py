"""Lets one demo at a time use a data directory, and cleans up after a crash.

Locks tell who lives, since numbers of dead programs are given out again: the launcher
holds one, every leash inherits a second, every program inherits the one of its pid
file. The kernel lets go of them when the last holder is gone, however it ended.
"""

import contextlib
import fcntl
import os
import signal
import time
from pathlib import Path

WAIT_SECONDS = 20
END_SECONDS = 5


class AlreadyRunningError(Exception):
    """Another demo uses this data directory; stop it, or choose another directory."""


def lock(var: Path) -> int:
    """Take the data directory; return the descriptor that every leash must inherit.

    Waits for the programs of a demo that has just ended or crashed.

    Raises:
        AlreadyRunningError: another launcher runs, or its programs do not end.
    """
    var.mkdir(parents=True, exist_ok=True)
    if not try_lock(_open(var / "launcher.lock")):
        raise AlreadyRunningError(_explain(var))
    shared = _open(var / "demo.lock")
    if not _wait_for(shared, WAIT_SECONDS):
        raise AlreadyRunningError(_explain(var))
    return shared


def end_stale(run: Path) -> list[str]:
    """End programs that an earlier demo left behind; return their names."""
    run.mkdir(parents=True, exist_ok=True)
    return [path.stem for path in sorted(run.glob("*.pid")) if end_recorded(path)]


def end_recorded(pid_file: Path) -> bool:
    """End the program of a pid file if it still runs; forget the file."""
    if not pid_file.exists():
        return False
    descriptor = _open(pid_file)
    was_running = not try_lock(descriptor)
    if was_running:
        with contextlib.suppress(ProcessLookupError, ValueError):
            os.killpg(int(pid_file.read_text()), signal.SIGKILL)
        _wait_for(descriptor, END_SECONDS)
    pid_file.unlink(missing_ok=True)
    os.close(descriptor)
    return was_running


def try_lock(descriptor: int) -> bool:
    """Lock an open file if nobody else holds it; tell whether that worked."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _wait_for(descriptor: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not try_lock(descriptor):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


def _explain(var: Path) -> str:
    return (
        f"A demo already runs from {var}; its addresses are in demo.json there. Stop "
        f"it with Ctrl-C, or set GOODCARAT_VAR to another folder for a second one."
    )
