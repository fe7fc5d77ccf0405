"""The whole shop in processes of its own, each of which can be killed.

Database, broker, simulator, web server and worker: the demo's programs, on real
servers. Whoever drives it configures Django with the same environment.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import redis
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from demo.launcher import programs
from demo.launcher.plan import Plan
from tests.bench.soak import clock, servers
from tests.bench.soak.stripe import Stripe

ROOT = Path(__file__).resolve().parents[3]
SETTINGS = "tests.bench.soak.settings"
START_SECONDS = 90
# Where kombu keeps what a worker has taken and not yet acknowledged.
UNACKNOWLEDGED = "unacked"


class NotStartedError(Exception):
    """A program does not answer; the end of its log is the message."""


class House:
    """Everything that runs, by name."""

    def __init__(self, folder: Path, *, seed: int) -> None:
        self.database = servers.Database(folder)
        self.broker = servers.Broker(folder)
        self.log = folder / "log"
        self.log.mkdir()
        os.environ |= {
            "DATABASE_URL": self.database.url,
            "REDIS_URL": self.broker.url,
            "STRIPE_SIMULATOR_SEED": str(seed),
            clock.VARIABLE: str(folder / "clock"),
        }
        plan = Plan.make(folder / "var", port=servers.keeper._free_port())
        os.environ |= plan.environ() | {"DJANGO_SETTINGS_MODULE": SETTINGS}
        clock.set_ahead(0)
        listed = [*programs.list_servers(plan), *programs.list_shop(plan)]
        self.programs = {one.name: Running(one, self.log) for one in listed}
        # Sweeps are asked for: at what moments is the seed's choice, not beat's.
        del self.programs["beat"]
        self.stripe = Stripe(plan.simulator_url, plan.var / "stripe.sqlite3")

    def open(self) -> None:
        """Start everything, first what the rest needs."""
        self.database.start()
        self.broker.start()
        self.run_command("migrate", "--verbosity=0")
        for program in self.programs.values():
            program.start()
        self.wait_until_up()

    def close(self) -> None:
        """Stop everything."""
        for program in self.programs.values():
            program.kill()
        self.broker.crash()
        self.database.stop()

    def wait_until_up(self) -> None:
        """Wait until every program answers."""
        for program in self.programs.values():
            program.wait_until_it_answers()

    def restart(self, name: str) -> None:
        """Kill a program with all its children, and start it without waiting."""
        self.programs[name].kill()
        self.programs[name].start()

    def run_command(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a management command as staff does, and return what it said."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )

    def is_idle(self) -> bool:
        """Tell whether no task is queued, taken or counting down."""
        with redis.Redis.from_url(self.broker.url) as client:
            queues = programs.QUEUES.split(",")
            queued = sum(client.llen(queue) for queue in queues)
            return not (queued or client.hlen(UNACKNOWLEDGED))


class Running:
    """One program at the end of the demo's leash: it ends with us."""

    def __init__(self, program: programs.Program, folder: Path) -> None:
        self._program = program
        self._log = folder / f"{program.name}.log"
        self._pid_file = folder / f"{program.name}.pid"
        self._leash: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and go on."""
        leash = [*programs.python("demo.launcher.leash"), "--grace=2"]
        with self._log.open("ab") as output:
            self._leash = subprocess.Popen(
                [*leash, f"--pid-file={self._pid_file}", "--", *self._program.command],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def wait_until_it_answers(self) -> None:
        """Return when it answers.

        Raises:
            NotStartedError: It ended, or time is up.
        """
        deadline = time.monotonic() + START_SECONDS
        while not self._answers():
            is_gone = self._leash is None or self._leash.poll() is not None
            if is_gone or time.monotonic() > deadline:
                said = self._log.read_text(errors="replace")[-3000:]
                raise NotStartedError(f"{self._program.name}:\n{said}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        # Celery asks over a connection that a lost broker may have broken.
        with contextlib.suppress(RedisError, OperationalError, OSError):
            return self._program.answers()
        return False

    def kill(self) -> None:
        """End it and its children at once, as a power cut would."""
        if self._leash is None or self._leash.stdin is None:
            return
        if self._pid_file.exists() and self._pid_file.read_text():
            os.killpg(int(self._pid_file.read_text()), signal.SIGKILL)
        self._leash.stdin.close()
        self._leash.wait()
        self._leash = None
