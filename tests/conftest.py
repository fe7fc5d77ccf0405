"""Fixtures that many tests share: a moment, a simulator, a worker, a browser."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from django.core.cache import cache
from django.db import connection

from demo.stripe_simulator import server
from demo.stripe_simulator.deliveries import Endpoint
from tests import shop as whole
from tests import workers

# Playwright's synchronous API runs an event loop in the test's thread, which Django
# takes for asynchronous code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

BROWSER_FIXTURES = {"page", "context", "new_context", "browser"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
MAC_BROWSER = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
BROWSER_FLAGS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    # Chromium's own sandbox does not start as root; the pages are ours.
    "--no-sandbox",
]

# Each example may meet a busy machine: no deadline. `soak` looks harder.
hypothesis.settings.register_profile("default", deadline=None, print_blob=True)
hypothesis.settings.register_profile(
    "soak", hypothesis.settings.get_profile("default"), max_examples=2000
)
hypothesis.settings.load_profile("default")


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what needs a browser, before `-m` chooses, and run it last.

    From its first use on, Playwright's event loop runs in the tests' thread, and
    Django gives that thread another connection. A test that had begun a transaction
    on the first would leave it open, and its locks would stop every test after it.
    """
    for item in items:
        if BROWSER_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker("browser")
            _check_that_it_commits(item)
    result = yield
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    return result


def _check_that_it_commits(item):
    marker = item.get_closest_marker("django_db")
    is_committing = marker is not None and marker.kwargs.get("transaction")
    if not is_committing and "transactional_db" not in item.fixturenames:
        raise pytest.UsageError(f"{item.nodeid}: a browser sees committed rows only")


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """End what still looks into the tests' database before it is dropped.

    A thread of the live server, or a child of a killed worker, may be a moment late.
    """
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def _empty_cache():
    cache.clear()


@pytest.fixture
def at():
    """The moment at which the tests' story happens."""
    return datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def _running_simulator():
    running = server.start(mode="manual")
    yield running
    running.stop()


@pytest.fixture
def simulator(_running_simulator, settings):
    """A Stripe account that exists only here, empty, and which our gateway talks to.

    Deliveries wait for `simulator.deliver()`. A call of ours or an answer of the
    simulator that breaks Stripe's contract fails the test.
    """
    simulator = _running_simulator.simulator
    simulator.reset()
    simulator.deliveries.mode = "manual"
    simulator.deliveries.endpoints = []
    settings.STORE = {**settings.STORE, "STRIPE_API_BASE": _running_simulator.url}
    yield simulator
    simulator.deliveries.mode = "manual"
    assert simulator.violations == []


@pytest.fixture
def webhooks(simulator, live_server, settings):
    """The simulator, with our webhook as its endpoint, behind a real web server."""
    settings.STORE = {**settings.STORE, "SITE_URL": live_server.url}
    secrets = tuple(settings.STORE["STRIPE_WEBHOOK_SECRETS"])
    url = f"{live_server.url}/webhooks/stripe/"
    simulator.deliveries.endpoints = [Endpoint(url, secrets)]
    return simulator


@pytest.fixture(scope="session")
def _shared_worker(django_db_setup, _running_simulator, live_server, tmp_path_factory):
    environment = {
        "TESTS_STRIPE_API_BASE": _running_simulator.url,
        "TESTS_SITE_URL": live_server.url,
    }
    worker = workers.Worker(tmp_path_factory.mktemp("worker"), environment)
    yield worker
    worker.stop()


@pytest.fixture
def worker(_shared_worker, transactional_db):
    """A real Celery worker on all queues; it is idle when the test begins and ends."""
    _shared_worker.forget_tasks()
    if _shared_worker.is_running:
        _shared_worker.resume()
    else:
        _shared_worker.start()
    yield _shared_worker
    _shared_worker.settle()
    # Else it would work on what later tests enqueue, while they empty the tables.
    _shared_worker.pause()


@pytest.fixture
def mail_folder(settings):
    """Where workers write their mails; empty when the test begins."""
    folder = Path(settings.MAIL_ROOT)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def shop(webhooks, live_server, worker, mail_folder):
    """The whole shop: web server, worker, database, broker and Stripe's simulator.

    Webhooks are delivered by themselves, as in production.
    """
    webhooks.deliveries.mode = "auto"
    yield whole.Shop(live_server.url, webhooks, worker, mail_folder)
    webhooks.deliveries.mode = "manual"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Use the machine's own Chromium, quietly; without one skip, and fail in CI."""
    path = next(filter(None, map(shutil.which, (*BROWSERS, MAC_BROWSER))), None)
    if path is None:
        reason = "no Chromium was found; on Debian, as root: apt-get install chromium"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(reason)
    return {**browser_type_launch_args, "executable_path": path, "args": BROWSER_FLAGS}
