"""The programs of the demo: how each is started and how one knows that it answers."""

import dataclasses
import functools
import http
import http.client
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import celery
import redis
from redis.exceptions import RedisError

from demo import keepsakes
from demo.launcher import ports
from demo.launcher.plan import Plan

QUEUES = "payments,donations,messages,sweeps"
WORKER = "goodcarat@demo"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """One child of the launcher."""

    name: str
    command: list[str]
    answers: Callable[[], bool]
    grace_seconds: float = 5.0


def list_servers(plan: Plan) -> list[Program]:
    """Return what must answer before anything else: broker and payments."""
    simulator = _simulator(plan)
    return [simulator] if plan.named_redis_url else [_broker(plan), simulator]


def list_shop(plan: Plan) -> list[Program]:
    """Return what runs on the database: web, worker and beat."""
    return [_web(plan), _worker(plan), _beat(plan)]


def python(module: str) -> list[str]:
    """Return the command that runs a module with this Python."""
    return [sys.executable, "-m", module]


def is_page_up(url: str) -> bool:
    """Tell whether the address answers with success."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request("GET", parts.path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _broker(plan: Plan) -> Program:
    return Program(
        name="valkey",
        command=[
            *python("demo.launcher.broker"),
            f"--port={plan.broker_port}",
            f"--data={plan.var / 'valkey'}",
        ],
        answers=functools.partial(_is_broker_up, plan.redis_url),
    )


def _simulator(plan: Plan) -> Program:
    secrets = keepsakes.read_secrets(plan.var)
    return Program(
        name="stripe",
        command=[
            *python("demo.stripe_simulator"),
            f"--port={plan.simulator_port}",
            f"--state={plan.var / 'stripe.sqlite3'}",
            f"--past={plan.var / keepsakes.STRIPE_PAST}",
            f"--webhook-url={plan.url}webhooks/stripe/",
            f"--webhook-secret={secrets['stripe_webhook_secret']}",
            f"--public-url={plan.simulator_url.rstrip('/')}",
        ],
        answers=functools.partial(is_page_up, f"{plan.simulator_url}health"),
    )


def _web(plan: Plan) -> Program:
    return Program(
        name="web",
        command=[
            *python("granian"),
            "--interface=wsgi",
            f"--host={ports.HOST}",
            f"--port={plan.web_port}",
            "--blocking-threads=8",
            "--workers-kill-timeout=3s",
            "--no-ws",
            "demo.wsgi:application",
        ],
        answers=functools.partial(is_page_up, f"{plan.url}health/ready"),
    )


def _worker(plan: Plan) -> Program:
    return Program(
        name="worker",
        command=[
            *_celery("worker"),
            f"--queues={QUEUES}",
            f"--hostname={WORKER}",
            "--pool=prefork",
            "--concurrency=3",
            "--loglevel=INFO",
            "--without-gossip",
            "--without-mingle",
        ],
        answers=functools.partial(_is_worker_up, plan.redis_url),
        grace_seconds=10.0,
    )


def _beat(plan: Plan) -> Program:
    schedule = plan.var / "beat-schedule"
    # Beat starts without: its sweeps then run at once, which a new start wants anyway.
    for left in _schedule_files(schedule):
        left.unlink(missing_ok=True)
    return Program(
        name="beat",
        command=[*_celery("beat"), f"--schedule={schedule}", "--pidfile="],
        answers=functools.partial(_is_beat_up, schedule),
    )


def _celery(kind: str) -> list[str]:
    return [*python("celery"), "--app=demo.celery", "--quiet", kind]


def _is_broker_up(url: str) -> bool:
    try:
        with redis.Redis.from_url(url, socket_timeout=1) as client:
            return bool(client.ping())
    except RedisError:
        return False


def _is_worker_up(url: str) -> bool:
    with celery.Celery(broker=url, set_as_current=False) as app:
        return bool(app.control.ping(destination=[WORKER], timeout=1))


def _is_beat_up(schedule: Path) -> bool:
    """Tell whether beat has written its schedule; it has no other way to answer.

    That the file is there is the sign. Its time is none: with GNU's database module,
    Debian's choice, an old file is written in memory and keeps its time.
    """
    return bool(_schedule_files(schedule))


def _schedule_files(schedule: Path) -> list[Path]:
    """Return beat's files: their ending depends on Python's database module."""
    return list(schedule.parent.glob(f"{schedule.name}*"))
