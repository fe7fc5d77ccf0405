"""One demo at a time, and nothing left of a crashed one."""

import subprocess
import sys

import pytest

from demo.launcher import leftovers

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
LOCK_AND_SLEEP = """
import fcntl, pathlib, sys, time
file = open(sys.argv[1], "a")
fcntl.flock(file, fcntl.LOCK_EX)
print("locked", flush=True)
time.sleep(60)
"""


def _hold(path):
    holder = subprocess.Popen(
        [sys.executable, "-c", LOCK_AND_SLEEP, str(path)],
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    holder.stdout.readline()
    return holder


@pytest.fixture
def holder(tmp_path):
    """A program of a crashed demo, which still holds the lock of its pid file."""
    path = tmp_path / "web.pid"
    program = _hold(path)
    path.write_text(str(program.pid))
    yield program
    program.kill()
    program.communicate()


def test_second_launcher_is_refused(tmp_path):
    """While one launcher runs, another is told so at once."""
    launcher = _hold(tmp_path / "launcher.lock")

    with pytest.raises(leftovers.AlreadyRunningError, match="GOODCARAT_VAR"):
        leftovers.lock(tmp_path)

    launcher.kill()
    launcher.communicate()


def test_programs_of_a_crash_are_waited_for(tmp_path, monkeypatch):
    """A launcher waits for what a crashed one left running, but not for ever."""
    monkeypatch.setattr(leftovers, "WAIT_SECONDS", 0.3)
    program = _hold(tmp_path / "demo.lock")

    with pytest.raises(leftovers.AlreadyRunningError):
        leftovers.lock(tmp_path)

    program.kill()
    program.communicate()


def test_program_left_behind_is_ended(tmp_path, holder):
    """A program that lives on is ended, and its file is gone."""
    assert leftovers.end_stale(tmp_path) == ["web"]

    assert holder.wait(timeout=5) < 0
    assert not (tmp_path / "web.pid").exists()


def test_reused_number_is_left_alone(tmp_path):
    """A pid file that nobody holds ends nothing, whoever has that number now."""
    bystander = subprocess.Popen(SLEEP, start_new_session=True)
    (tmp_path / "web.pid").write_text(str(bystander.pid))

    assert leftovers.end_stale(tmp_path) == []

    assert bystander.poll() is None
    assert not (tmp_path / "web.pid").exists()
    bystander.kill()
    bystander.wait()
