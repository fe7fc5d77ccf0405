"""Runs one program and never outlives the launcher.

`python -m demo.launcher.leash --pid-file FILE --grace SECONDS -- COMMAND…`

Standard input is a pipe whose other end only the launcher holds. When it closes, be it
because the launcher wants so or because it died, the program is asked to stop, and
after the grace period it and everything it started is killed. This works wherever there
are pipes; on Linux the kernel also ends the program when the leash itself is killed.

Imports the standard library only: one leash a program must stay small.
"""

import argparse
import contextlib
import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1
STDIN = 0
IS_LINUX = sys.platform == "linux"


def main() -> int:
    """Run the command until it ends or the launcher is gone; return its exit code."""
    options = _read_arguments()
    record = os.open(options.pid_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    # The program holds the lock of its pid file, and so does all that it starts: who
    # finds the file knows whether the number in it is still the program's.
    fcntl.flock(record, fcntl.LOCK_EX)
    program = subprocess.Popen(
        options.command,
        stdin=subprocess.DEVNULL,
        pass_fds=(record,),
        start_new_session=True,
        # Safe here: no thread has been started yet.
        preexec_fn=_die_with_the_leash if IS_LINUX else None,  # noqa: PLW1509
    )
    os.write(record, str(program.pid).encode())
    os.close(record)
    _pass_on_signals(program)
    threading.Thread(
        target=_stop_when_let_go, args=(program, options.grace), daemon=True
    ).start()
    code = program.wait()
    _kill_group(program.pid)
    options.pid_file.unlink(missing_ok=True)
    return code if code >= 0 else 128 - code


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="leash", description=__doc__)
    parser.add_argument("--pid-file", type=Path, required=True)
    parser.add_argument("--grace", type=float, required=True)
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def _die_with_the_leash() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _pass_on_signals(program: subprocess.Popen[bytes]) -> None:
    def pass_on(number: int, _frame: FrameType | None) -> None:
        program.send_signal(number)

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, pass_on)


def _stop_when_let_go(program: subprocess.Popen[bytes], grace: float) -> None:
    # Not sys.stdin: its lock, held by this thread, would crash the interpreter's end.
    while os.read(STDIN, 1):
        continue
    # Only the program itself is asked: it knows how to stop what it started.
    program.terminate()
    try:
        program.wait(timeout=grace)
    except subprocess.TimeoutExpired:
        _kill_group(program.pid)


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main())
