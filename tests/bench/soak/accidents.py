"""What goes wrong between the shop, its servers and Stripe, by one seed."""

import collections
import random
import time
from collections.abc import Callable, Iterable

from celery import Task

from store import tasks
from tests import celery
from tests.bench.soak import clock
from tests.bench.soak.house import House
from tests.journeys import beat

CALLS = (
    "POST /v1/checkout/sessions",
    "GET /v1/checkout/sessions",
    "POST /v1/refunds",
    "GET /v1/refunds",
    "GET /v1/disputes",
    "GET /v1/charges",
    "GET /v1",
)
KINDS = (
    *["error_before"] * 3,
    *["error_after"] * 3,
    "rate_limit",
    "lock_timeout",
    "conflict",
    "unavailable",
    "reset_before",
    "reset_after",
    "truncated",
)
HOUR = 3600
# Stripe forgets events after thirty days, and reconciliation looks back as far.
FARTHEST_AHEAD = 12 * 24 * HOUR
IDLE_SECONDS = 90


class Accidents:
    """Orders accidents, and knows how to let everything work again."""

    def __init__(self, chance: random.Random, house: House) -> None:
        self._chance = chance
        self.house = house
        self._stripe = house.stripe
        self._is_broker_away = False
        self.count: collections.Counter[str] = collections.Counter()

    def moves(self) -> list[Callable[[], object]]:
        """Return what may happen at any time; everything here takes no time."""
        return [
            *[self.break_stripe] * 3,
            self.break_deliveries,
            *[self.sweep] * 2,
            self.bring_broker_back,
        ]

    def strike(self) -> None:
        """Kill something, or let time pass."""
        struck = (
            self.kill_worker,
            self.kill_worker,
            self.kill_web,
            self.crash_database,
            self.crash_database,
            self.lose_broker,
            self.lose_broker,
            self.jump,
        )
        self._chance.choice(struck)()

    def break_stripe(self) -> None:
        """Let one or two of the next calls to Stripe fail."""
        kind, call = self._chance.choice(KINDS), self._chance.choice(CALLS)
        times = self._chance.choice((1, 1, 2))
        self._stripe.order("faults", match=call, accident=kind, times=times)
        self.count["faults of the API"] += 1

    def break_deliveries(self) -> None:
        """Let webhooks be lost, doubled, shuffled or late from now on."""
        self._stripe.order(
            "deliveries",
            duplicate=self._chance.choice((0, 0, 1, 2)),
            shuffle=self._chance.choice((True, False)),
            drop=self._chance.choice(
                ([], [], [], ["*"], ["checkout.session.completed"], ["refund.updated"])
            ),
            delay_seconds=self._chance.choice((0, 0, 2)),
        )
        self.count["faults of webhooks"] += 1

    def kill_worker(self) -> None:
        """Kill the worker and its children; another starts."""
        self.house.restart("worker")
        self.count["workers killed"] += 1

    def kill_web(self) -> None:
        """Kill the web server; another starts."""
        self.house.restart("web")
        self.count["web servers killed"] += 1

    def crash_database(self) -> None:
        """Stop PostgreSQL in the middle of everything; it recovers."""
        self.house.database.crash()
        self.house.database.start()
        self.count["databases crashed"] += 1

    def lose_broker(self) -> None:
        """Lose all queues; now and then the broker stays away for a while."""
        self.bring_broker_back()
        self.house.broker.crash()
        self._is_broker_away = True
        if self._chance.choice((True, False)):
            self.bring_broker_back()
        self.count["brokers lost"] += 1

    def bring_broker_back(self) -> None:
        """Start the broker when it is away, empty."""
        if self._is_broker_away:
            self.house.broker.start()
            self._is_broker_away = False

    def jump(self) -> None:
        """Let hours pass, for us and for Stripe."""
        seconds = self._chance.randint(1, 8) * HOUR
        if clock.seconds_ahead() + seconds < FARTHEST_AHEAD:
            self.let_pass(seconds)
            self.count["jumps of the clock"] += 1

    def let_pass(self, seconds: int) -> None:
        """Set both clocks ahead."""
        self._stripe.order("clock", move_seconds=seconds)
        clock.set_ahead(clock.seconds_ahead() + seconds)

    def sweep(self) -> None:
        """Ask the worker to look for what was left behind, if the broker is there."""
        if not self._is_broker_away:
            _send(beat.SWEEPS)

    def compare_at_night(self) -> None:
        """Ask the worker for the comparison of every night.

        Who paid an order that was given up, and whose webhook Stripe calls delivered
        though nobody got it, is found by nothing else.
        """
        _send([tasks.reconcile])

    def stop(self) -> None:
        """Let everything run and answer again.

        The broker is lost once more: what a killed worker had taken would be handed
        out again after half an hour only, and nobody waits for that here.
        """
        self.bring_broker_back()
        self.house.broker.crash()
        self.house.broker.start()
        self._stripe.order("faults/clear")
        self.house.wait_until_up()

    def wait_until_idle(self) -> None:
        """Wait until no webhook is owed and no task is left; give up after a while.

        What is left then is found by the comparison.
        """
        deadline = time.monotonic() + IDLE_SECONDS
        quiet = 0
        while quiet < 3 and time.monotonic() < deadline:
            is_quiet = not self._stripe.count_deliveries() and self.house.is_idle()
            quiet = quiet + 1 if is_quiet else 0
            time.sleep(0.1)


def _send(chosen: Iterable[Task]) -> None:
    with celery.app.connection_for_write() as connection:
        for task in chosen:
            celery.app.send_task(task.name, queue="sweeps", connection=connection)
