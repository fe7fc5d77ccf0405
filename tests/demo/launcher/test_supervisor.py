"""Keeping one program running."""

import asyncio
import contextlib
import os
import signal
import sys
import time

import pytest

from demo.launcher import supervisor
from demo.launcher.plan import Plan
from demo.launcher.programs import Program
from demo.launcher.supervisor import Keeper, NotStartedError

BREAK = "print('no such table: store_item'); raise SystemExit(3)"
SLEEP = "import time; time.sleep(60)"


@pytest.fixture
def keeper(tmp_path, monkeypatch):
    """A function that returns the keeper of a program made from Python code."""
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.05)
    ports = {"web_port": 1, "simulator_port": 2, "broker_port": 3}
    plan = Plan(var=tmp_path, named_redis_url="", **ports)
    plan.run.mkdir()
    locks = []

    def make(code, answers):
        locks.append(os.open(tmp_path / "demo.lock", os.O_CREAT))
        command = [sys.executable, "-c", code]
        program = Program(name="web", command=command, answers=answers)
        return Keeper(program, plan, locks[-1])

    yield make
    for lock in locks:
        os.close(lock)


async def _keep_while(keeper, story):
    restarted = asyncio.Queue()
    keeping = asyncio.create_task(keeper.keep(restarted))
    try:
        return await story(restarted)
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping
        await keeper.stop()


def test_broken_program_is_explained(keeper):
    """A program that keeps dying is given up, and the end of its log is shown."""
    broken = keeper(BREAK, answers=lambda: False)

    with pytest.raises(NotStartedError, match="no such table: store_item"):
        asyncio.run(_keep_while(broken, lambda _: broken.wait_until_it_answers()))


def test_silent_program_is_given_up(keeper, monkeypatch):
    """A program that lives and never answers is given up when time is up."""
    monkeypatch.setattr(supervisor, "ANSWER_SECONDS", 0.3)
    silent = keeper(SLEEP, answers=lambda: False)

    with pytest.raises(NotStartedError, match="web does not answer"):
        asyncio.run(_keep_while(silent, lambda _: silent.wait_until_it_answers()))


def test_dead_program_is_started_again(keeper):
    """A program that is killed is started again, under another number."""
    steady = keeper(SLEEP, answers=lambda: steady.pid is not None)

    async def kill_once(restarted):
        await steady.wait_until_it_answers()
        first = steady.pid
        os.kill(first, signal.SIGKILL)
        name = await asyncio.wait_for(restarted.get(), timeout=20)
        await steady.wait_until_it_answers()
        return name, first, steady.pid

    name, first, second = asyncio.run(_keep_while(steady, kill_once))

    assert name == "web"
    assert first != second


def test_stopping_ends_the_program(keeper):
    """After stopping nothing runs and no file is left."""
    steady = keeper(SLEEP, answers=lambda: steady.pid is not None)

    async def note_number(_restarted):
        await steady.wait_until_it_answers()
        return steady.pid

    pid = asyncio.run(_keep_while(steady, note_number))

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert steady.pid is None


def test_long_logs_begin_anew(keeper, monkeypatch):
    """A log that has grown too long is started afresh."""
    monkeypatch.setattr(supervisor, "LOG_BYTES", 10)
    wordy = keeper("print('new words', flush=True)\n" + SLEEP, answers=lambda: True)
    wordy.log.parent.mkdir()
    wordy.log.write_text("old words, many of them\n")

    async def read(_restarted):
        deadline = time.monotonic() + 20
        while "new" not in wordy.log.read_text() and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        return wordy.log.read_text()

    assert asyncio.run(_keep_while(wordy, read)) == "new words\n"
