"""Runs a real Celery worker, in a process of its own, for tests of the whole way.

Not a thread and not eager: what passes here passes in production, where a worker can
be killed, started anew, and has its own connections. The demo's leash holds it, so that
it ends with pytest, however pytest ends.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import redis
from django.db import connection

from tests import celery

ROOT = Path(__file__).parent.parent
QUEUES = ("payments", "donations", "messages", "sweeps")
START_SECONDS = 60
STOP_SECONDS = 30
# Where kombu keeps what a worker has taken and not yet acknowledged.
UNACKNOWLEDGED = "unacked"


class WorkerDidNotStartError(Exception):
    """The worker ended or stayed silent; its log is the message."""


class WorkerIsBusyError(Exception):
    """The worker still had something to do when the time was up."""


class Worker:
    """One Celery worker on all our queues, working in the tests' database."""

    def __init__(self, folder: Path, environment: dict[str, str] | None = None) -> None:
        self.folder = folder
        self.log = folder / f"worker-{id(self)}.log"
        self.pid_file = folder / f"worker-{id(self)}.pid"
        self.environment = environment or {}
        self.process: subprocess.Popen[bytes] | None = None
        self.broker = redis.Redis.from_url(celery.app.conf.broker_url)

    @property
    def name(self) -> str:
        """Return the name that the worker answers to."""
        return f"tests-{id(self)}@localhost"

    @property
    def is_running(self) -> bool:
        """Tell whether the worker's process is alive."""
        return self.process is not None and self.process.poll() is None

    def start(self) -> None:
        """Start the worker and wait until it answers."""
        command = [sys.executable, "-m", "demo.launcher.leash"]
        command += ["--pid-file", str(self.pid_file), "--grace", str(STOP_SECONDS)]
        command += [
            "--",
            sys.executable,
            "-m",
            "celery",
            "-A",
            "tests.celery",
            "worker",
        ]
        command += ["--queues", ",".join(QUEUES), "--concurrency", "2"]
        command += ["--hostname", self.name, "--loglevel", "info"]
        command += ["--without-gossip", "--without-mingle"]
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=os.environ | self._addresses() | self.environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                # Ctrl-C is for pytest, which then stops the worker.
                start_new_session=True,
            )
        self._wait_until_it_answers()

    def pause(self) -> None:
        """Take no more tasks until `resume`: those of other tests are theirs."""
        if self.is_running:
            for queue in QUEUES:
                celery.app.control.cancel_consumer(
                    queue, destination=[self.name], reply=True, timeout=5
                )

    def resume(self) -> None:
        """Take tasks from every queue again."""
        for queue in QUEUES:
            celery.app.control.add_consumer(
                queue, destination=[self.name], reply=True, timeout=5
            )

    def stop(self) -> None:
        """Let the worker finish its tasks and end."""
        self._let_go()
        self.broker.close()

    def kill(self) -> None:
        """End the worker and its children at once, as a power cut would."""
        if self.is_running:
            os.killpg(int(self.pid_file.read_text()), signal.SIGKILL)
        self._let_go()

    def _let_go(self) -> None:
        if self.process is not None:
            assert self.process.stdin is not None
            self.process.stdin.close()
            self.process.wait()
            self.process = None

    def wait_until_idle(self, seconds: float = 30) -> None:
        """Wait until no task is queued and none is unfinished.

        Raises:
            WorkerIsBusyError: Something is still waiting; a retry with a countdown
                counts as waiting too.
        """
        deadline = time.monotonic() + seconds
        while not self._is_idle():
            if time.monotonic() > deadline:
                raise WorkerIsBusyError(self.read_log())
            time.sleep(0.05)

    def _is_idle(self) -> bool:
        if self.count_tasks():
            return False
        # A task that the worker is just reading is on no list for a moment. After two
        # rounds of its event loop, which the two answers prove, it is on one or done.
        is_sure = not self.is_running or (self._answers() and self._answers())
        return is_sure and not self.count_tasks()

    def _answers(self, seconds: float = 1) -> bool:
        return bool(celery.app.control.ping(destination=[self.name], timeout=seconds))

    def settle(self, seconds: float = 5) -> None:
        """Give the worker a moment to finish, then drop what is left."""
        with contextlib.suppress(WorkerIsBusyError):
            self.wait_until_idle(seconds)
        self.forget_tasks()

    def count_tasks(self) -> int:
        """Return how many tasks are queued or taken and unacknowledged."""
        queued = sum(self.broker.llen(queue) for queue in QUEUES)
        return int(queued + self.broker.hlen(UNACKNOWLEDGED))

    def forget_tasks(self) -> None:
        """Drop every task: those of another test mean nothing in this one."""
        self.broker.delete(*QUEUES, UNACKNOWLEDGED, f"{UNACKNOWLEDGED}_index")

    def read_log(self) -> str:
        """Return what the worker has said so far."""
        return self.log.read_text(errors="replace")

    def _wait_until_it_answers(self) -> None:
        assert self.process is not None
        deadline = time.monotonic() + START_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            if self._answers(0.3):
                return
        raise WorkerDidNotStartError(self.read_log())

    @staticmethod
    def _addresses() -> dict[str, str]:
        """Return the environment that leads to the tests' database, not to its twin."""
        base, _, _ = os.environ["DATABASE_URL"].rpartition("/")
        name = connection.settings_dict["NAME"]
        return {
            "DATABASE_URL": f"{base}/{name}",
            "DJANGO_SETTINGS_MODULE": "tests.settings",
        }
