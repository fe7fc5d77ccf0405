"""Starts the programs, waits until each answers, restarts what dies, stops them all."""

import asyncio
import collections
import sys
import time
from asyncio.subprocess import Process
from pathlib import Path
from typing import BinaryIO

from demo import environment
from demo.launcher import leftovers
from demo.launcher.plan import Plan
from demo.launcher.programs import Program

ANSWER_SECONDS = 90
STEADY_SECONDS = 30
FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
EARLY_DEATHS = 3
LOG_BYTES = 5_000_000


class NotStartedError(Exception):
    """A program keeps dying, or does not answer; the end of its log says why."""


class Keeper:
    """Keeps one program running, at the end of a leash."""

    def __init__(self, program: Program, plan: Plan, lock: int) -> None:
        """Prepare to run the program; nothing starts yet."""
        self.program = program
        self.log = plan.log / f"{program.name}.log"
        self.pid_file = plan.run / f"{program.name}.pid"
        self.deaths = 0
        self._environ = plan.environ()
        self._lock = lock
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """Return the program's process number, None while it is not running."""
        try:
            return int(self.pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None

    async def keep(self, restarted: asyncio.Queue[str]) -> None:
        """Run the program again and again, and report each restart; until canceled."""
        pause = FIRST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            await self._run_once()
            self.deaths += 1
            if time.monotonic() - began > STEADY_SECONDS:
                pause = FIRST_PAUSE_SECONDS
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
            restarted.put_nowait(self.program.name)

    async def wait_until_it_answers(self) -> None:
        """Return when the program answers.

        Raises:
            NotStartedError: it died three times first, or time is up.
        """
        deadline = time.monotonic() + ANSWER_SECONDS
        while not await asyncio.to_thread(self.program.answers):
            if self.deaths >= EARLY_DEATHS or time.monotonic() > deadline:
                raise NotStartedError(self._explain())
            await asyncio.sleep(0.2)
        self.deaths = 0

    async def stop(self) -> None:
        """Let go of the leash and wait until the program and its children are gone."""
        if self._process is None or self._process.stdin is None:
            return
        self._process.stdin.close()
        await self._process.wait()

    async def _run_once(self) -> None:
        leftovers.end_recorded(self.pid_file)
        with _open_log(self.log) as log:
            self._process = await start_leashed(
                self.program.command,
                pid_file=self.pid_file,
                grace_seconds=self.program.grace_seconds,
                environ=self._environ,
                lock=self._lock,
                output=log,
            )
        await self._process.wait()

    def _explain(self) -> str:
        with self.log.open(errors="replace") as log:
            last = "".join(collections.deque(log, maxlen=20))
        return f"{self.program.name} does not answer. Its log {self.log} ends:\n{last}"


async def start_leashed(
    command: list[str],
    *,
    pid_file: Path,
    grace_seconds: float,
    environ: dict[str, str],
    lock: int,
    output: BinaryIO | None,
) -> Process:
    """Start a command at the end of a leash; closing its input stops it."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "demo.launcher.leash",
        f"--pid-file={pid_file}",
        f"--grace={grace_seconds}",
        "--",
        *command,
        stdin=asyncio.subprocess.PIPE,
        stdout=output,
        stderr=output,
        env=environ,
        cwd=environment.BASE_DIR,
        pass_fds=(lock,),
        # Ctrl-C on the terminal reaches the launcher alone, which stops in order.
        start_new_session=True,
    )


def _open_log(path: Path) -> BinaryIO:
    path.parent.mkdir(parents=True, exist_ok=True)
    is_short = path.exists() and path.stat().st_size < LOG_BYTES
    return path.open("ab" if is_short else "wb")
