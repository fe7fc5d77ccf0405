"""The whole demo as a stranger starts it: real programs, real ports, one folder.

One long story, told in order: a first start on a busy port, a second launcher, a
worker that dies, a launcher that is killed, and a start that finds the data again.
"""

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from demo import environment
from demo.launcher import ports

pytestmark = pytest.mark.slow

START_SECONDS = 240
PAGES = ("/", "/collections/diamonds-that-care/", "/impact/", "/dev/mail/", "/admin/")
FACTS_OF_NONE = {"pids": {"launcher": 0}}
PROGRAMS = {"launcher", "valkey", "stripe", "web", "worker", "beat"}


class Demo:
    """One `manage.py demo` after the other, in one data directory."""

    def __init__(self, var):
        self.var = var
        names = ("HOME", "LANG", "PATH", "COVERAGE_PROCESS_CONFIG")
        self.environ = {name: os.environ[name] for name in names if name in os.environ}
        self.environ["GOODCARAT_VAR"] = str(var)
        self.process = None

    @property
    def command(self):
        """Return the command line, without options."""
        return [sys.executable, "manage.py", "demo"]

    def start(self, port):
        """Start the demo and wait until everything answers."""
        with (self.var / "said.txt").open("w") as said:
            self.process = subprocess.Popen(
                [*self.command, f"--port={port}"],
                cwd=environment.BASE_DIR,
                env=self.environ,
                stdout=said,
                stderr=subprocess.STDOUT,
            )
        assert wait_for(self.is_up, START_SECONDS), (self.var / "said.txt").read_text()

    def is_up(self):
        """Tell whether this start, and no earlier one, has published its facts."""
        return (self.facts() or FACTS_OF_NONE)["pids"]["launcher"] == self.process.pid

    def run(self, *arguments):
        """Run the command to its end and return what it said."""
        return subprocess.run(
            [*self.command, *arguments],
            cwd=environment.BASE_DIR,
            env=self.environ,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            check=False,
        )

    def facts(self):
        """Return what is published of the running demo, None while nothing is."""
        with contextlib.suppress(FileNotFoundError):
            return json.loads((self.var / "demo.json").read_text())
        return None

    def get(self, path):
        """Return the status that the shop answers for a path."""
        connection = http.client.HTTPConnection(self.facts()["url"][7:-1], timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", path)
            return connection.getresponse().status

    def kill(self):
        """Kill the launcher as a crash would."""
        self.process.kill()
        self.process.wait()


def wait_for(question, seconds=60):
    """Ask until the answer is yes or the time is up; return the last answer."""
    deadline = time.monotonic() + seconds
    while not (answer := question()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return answer


def is_alive(pid):
    """Tell whether a process runs; one that nobody has waited for counts as dead."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture(scope="module")
def free_port():
    """A port with free ones after it."""
    with socket.socket() as probe:
        probe.bind((ports.HOST, 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def demo(tmp_path_factory, free_port):
    """A running demo, started on a port that was busy."""
    demo = Demo(tmp_path_factory.mktemp("var"))
    with socket.socket() as busy:
        busy.bind((ports.HOST, free_port))
        busy.listen()
        demo.start(free_port)
    yield demo
    demo.process.terminate()
    demo.process.wait(timeout=60)


def test_busy_port_gives_the_next(demo, free_port):
    """The shop moves to a free port, and everything else names that address."""
    facts = demo.facts()

    assert facts["url"] != f"http://{ports.HOST}:{free_port}/"
    assert facts["admin_url"] == f"{facts['url']}admin/"
    assert facts["mail_url"] == f"{facts['url']}dev/mail/"
    assert facts["pids"].keys() == PROGRAMS


@pytest.mark.parametrize("path", PAGES)
def test_pages_answer(demo, path):
    """Every page that the launcher prints answers."""
    assert demo.get(path) in {200, 302}


def test_launcher_tells_what_it_runs(demo):
    """The screen shows each program, the addresses, the login and the cards."""
    facts, said = demo.facts(), (demo.var / "said.txt").read_text()

    assert all(name in said for name in PROGRAMS - {"launcher"})
    assert facts["url"] in said
    assert facts["simulator_url"] in said
    assert facts["admin_password"] in said
    assert "4242 4242 4242 4242" in said
    assert "\x1b" not in said


def test_second_launcher_is_refused(demo):
    """Two demos never share a data directory; the first goes on."""
    second = demo.run("--check")

    assert second.returncode == 1
    assert "already runs" in second.stderr
    assert demo.get("/health/ready") == 200


@pytest.mark.parametrize("name", ["worker", "valkey"])
def test_program_that_dies_is_started_again(demo, name):
    """A killed program is replaced, and the new one is published when it answers."""
    before = demo.facts()["pids"][name]

    os.kill(before, signal.SIGKILL)

    assert wait_for(lambda: demo.facts()["pids"][name] not in {before, None})
    assert not is_alive(before)
    assert f"{name} ended and was started again" in (demo.var / "said.txt").read_text()


def test_nothing_outlives_a_killed_launcher(demo, free_port):
    """When the launcher is killed, all its programs end within their grace."""
    pids = demo.facts()["pids"]

    demo.kill()

    assert wait_for(lambda: not any(map(is_alive, pids.values())), 30)
    assert pids["launcher"] == demo.process.pid
    demo.start(free_port)


def test_second_start_keeps_the_data(demo):
    """A later start loads nothing anew and has the same secrets."""
    said = (demo.var / "said.txt").read_text()

    assert "Items with pictures" not in said
    assert demo.facts()["admin_password"] in (demo.var / "secrets.json").read_text()
    assert demo.get("/items/bracelet-tennis-ombre-rose-gold/") == 200


def test_signal_stops_everything(demo, free_port):
    """Asked to stop, the launcher ends all programs, and says so with success."""
    pids = demo.facts()["pids"]

    demo.process.send_signal(signal.SIGINT)

    assert demo.process.wait(timeout=60) == 0
    assert not any(map(is_alive, pids.values()))
    assert demo.facts() is None
    assert list((demo.var / "run").iterdir()) == []


def test_check_starts_looks_and_stops(demo, free_port):
    """`--check` brings everything up, sees all pages answer, and stops."""
    result = demo.run("--check", f"--port={free_port}")

    assert result.returncode == 0, result.stdout + result.stderr
    assert "Everything answers." in result.stdout
    assert demo.facts() is None
