"""One run of the demo, from the lock to the last program's end."""

import asyncio
import os
import signal
from typing import Self

from demo import environment, keepsakes
from demo.launcher import leftovers, prepare, programs, supervisor
from demo.launcher.plan import Plan
from demo.launcher.programs import Program
from demo.launcher.screen import Screen
from demo.launcher.supervisor import Keeper, NotStartedError

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
CHECKED_PAGES = ("", "admin/login/", "dev/mail/", "impact/", "health/ready")


class Session:
    """Everything that one `manage.py demo` runs."""

    def __init__(self, plan: Plan, screen: Screen, lock: int) -> None:
        """Prepare a run; nothing starts yet."""
        self._plan = plan
        self._screen = screen
        self._lock = lock
        self._stop = asyncio.Event()
        self._restarted: asyncio.Queue[str] = asyncio.Queue()
        self._keepers: dict[str, Keeper] = {}
        self._keeping: list[asyncio.Task[None]] = []
        self._preparing: asyncio.subprocess.Process | None = None

    async def run(self, *, is_check: bool) -> None:
        """Run until a signal asks to stop, or only until all answers for a check.

        Raises:
            NotStartedError: a program or the preparation failed.
        """
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self._stop.set)
        work = asyncio.create_task(self._work(is_check=is_check))
        stop = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                work.result()
        finally:
            work.cancel()
            stop.cancel()
            await asyncio.gather(work, stop, return_exceptions=True)
            await self._stop_all()

    async def _work(self, *, is_check: bool) -> None:
        self._screen.say("Starting the demo")
        await self._start(programs.list_servers(self._plan))
        await self._prepare()
        await self._start(programs.list_shop(self._plan))
        self._publish()
        self._show()
        if is_check:
            await self._check_pages()
            return
        while True:
            await self._see_to_restart(await self._restarted.get())

    async def _see_to_restart(self, name: str) -> None:
        """Tell of a restart and publish its number; a running demo never gives up."""
        self._screen.say(f"  {name} ended and was started again")
        try:
            await self._keepers[name].wait_until_it_answers()
        except NotStartedError as error:
            self._screen.say(f"  {error}")
        self._publish()

    async def _start(self, chosen: list[Program]) -> None:
        keepers = [Keeper(program, self._plan, self._lock) for program in chosen]
        for keeper in keepers:
            self._keepers[keeper.program.name] = keeper
            self._keeping.append(asyncio.create_task(keeper.keep(self._restarted)))
        await asyncio.gather(*(keeper.wait_until_it_answers() for keeper in keepers))

    async def _prepare(self) -> None:
        self._preparing = await supervisor.start_leashed(
            programs.python("demo.launcher.prepare"),
            pid_file=self._plan.run / "prepare.pid",
            grace_seconds=5.0,
            environ=self._plan.environ(),
            lock=self._lock,
            output=None,
        )
        if await self._preparing.wait():
            raise NotStartedError("The data could not be prepared; see above.")

    def _publish(self) -> None:
        secrets = keepsakes.read_secrets(self._plan.var)
        pids = {name: keeper.pid for name, keeper in self._keepers.items()}
        facts = {
            "url": self._plan.url,
            "admin_url": f"{self._plan.url}admin/",
            "admin_user": prepare.ADMIN,
            "admin_password": secrets["admin_password"],
            "mail_url": f"{self._plan.url}dev/mail/",
            "simulator_url": self._plan.simulator_url,
            "redis_url": self._plan.redis_url,
            "pids": {"launcher": os.getpid(), **pids},
        }
        keepsakes.write_running(self._plan.var, facts)

    def _show(self) -> None:
        secrets = keepsakes.read_secrets(self._plan.var)
        self._screen.show_programs(
            [(name, k.pid, str(k.log)) for name, k in self._keepers.items()]
        )
        password = secrets["admin_password"]
        self._screen.show_addresses(self._plan, prepare.ADMIN, password)
        self._screen.say("Ctrl-C stops it all; the data is kept.")

    async def _check_pages(self) -> None:
        for page in CHECKED_PAGES:
            url = f"{self._plan.url}{page}"
            if not await asyncio.to_thread(programs.is_page_up, url):
                raise NotStartedError(f"{url} does not answer with success.")
        self._screen.say("Everything answers.")

    async def _stop_all(self) -> None:
        self._screen.say("Stopping")
        for task in self._keeping:
            task.cancel()
        await asyncio.gather(*self._keeping, return_exceptions=True)
        if self._preparing is not None and self._preparing.stdin is not None:
            self._preparing.stdin.close()
            await self._preparing.wait()
        # The broker goes last: a worker may still hand back what it has not done.
        broker = self._keepers.pop("valkey", None)
        await asyncio.gather(*(keeper.stop() for keeper in self._keepers.values()))
        if broker is not None:
            await broker.stop()
        keepsakes.forget_running(self._plan.var)

    @classmethod
    def open(cls, screen: Screen, *, port: int) -> Self:
        """Take the data directory for this run, and clean up after a crashed one.

        Raises:
            AlreadyRunningError: another demo uses the data directory.
            NoFreePortError: too many ports are busy.
        """
        var = environment.data_directory()
        lock = leftovers.lock(var)
        keepsakes.forget_running(var)
        for name in leftovers.end_stale(var / "run"):
            screen.say(f"  Ended {name}, left behind by an earlier demo")
        # Only now: what an earlier demo left behind may have kept a port busy.
        return cls(Plan.make(var, port=port), screen, lock)
