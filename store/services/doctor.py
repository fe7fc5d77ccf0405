"""Look at one installation: what is missing, and how to mend it.

Changes nothing. Each finding stands for one question; the answers come in the order in
which a person would mend them.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core import checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Max, QuerySet

from donations.services import settlement_rails
from store import enqueue
from store.conf import conf
from store.gateways import base as gateways
from store.models import Payment, WebhookEvent
from store.services import pulses

_OURS = ["store", "donations"]
_LISTEN_SECONDS = 0.1
_BEAT_IS_LATE = timedelta(minutes=3)
# A webhook comes within seconds; Stripe tries for three days.
_WEBHOOK_IS_LATE = timedelta(minutes=15)
_RECENT_EVENTS = 20
_SKEW = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Finding:
    """The answer to one question; `mend` is blank when all is well."""

    subject: str
    detail: str
    mend: str = ""

    @property
    def is_well(self) -> bool:
        """Tell whether nothing has to be mended."""
        return not self.mend


def examine(*, at: datetime, patience: float) -> Iterator[Finding]:
    """Yield what is found, one subject after the other.

    `patience` is how many seconds workers have to answer.
    """
    yield from _look_at_settings()
    yield from _look_at_database()
    yield from _look_at_cache()
    yield from _listen_to_workers(patience)
    yield from _listen_to_beat(at)
    yield from _ask_stripe()
    yield from _ask_rails()


def _look_at_settings() -> Iterator[Finding]:
    found = checks.run_checks(tags=_OURS, include_deployment_checks=True)
    for message in found:
        yield Finding(f"{message.id}", str(message.msg), str(message.hint or "See it."))
    if not found:
        yield Finding("settings", "every check passes")


def _look_at_database() -> Iterator[Finding]:
    try:
        missing = _count_missing_migrations()
    except DatabaseError as error:
        mend = "Start it, and look at DATABASES: host, name, user, password."
        yield Finding("database", f"cannot be reached: {type(error).__name__}", mend)
        return
    yield Finding("database", f"{connection.vendor} answers")
    if missing:
        detail = f"{missing} are not applied"
        yield Finding("migrations", detail, "manage.py migrate")
        return
    yield Finding("migrations", "all are applied")
    yield from _look_at_deliveries()


def _count_missing_migrations() -> int:
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _look_at_deliveries() -> Iterator[Finding]:
    last = _deliveries().aggregate(last=Max("received_at"))["last"]
    paid = Payment.objects.aggregate(last=Max("paid_at"))["last"]
    door = f"{conf.SITE_URL}/webhooks/stripe/"
    if last is None:
        mend = f"Send a test event to {door} from Stripe's Dashboard."
        yield Finding("webhooks", "none was ever verified", mend)
    elif paid is not None and paid - last > _WEBHOOK_IS_LATE:
        mend = f"Look at the endpoint {door} in Stripe's Dashboard, and its secret."
        yield Finding("webhooks", f"none since {last:%F %T}, but payments", mend)
    else:
        yield Finding("webhooks", f"the last one was verified {last:%F %T}")
        yield _compare_clocks()


def _deliveries() -> QuerySet[WebhookEvent]:
    """Return what came to our door; events that we fetched ourselves prove nothing."""
    return WebhookEvent.objects.filter(endpoint=gateways.ACCOUNT)


def _compare_clocks() -> Finding:
    """Compare our clock with Stripe's by the delivery that came quickest."""
    recent = _deliveries().exclude(happened_at=None).order_by("-pk")
    delays = [
        came - happened
        for came, happened in recent.values_list("received_at", "happened_at")[
            :_RECENT_EVENTS
        ]
        if happened is not None
    ]
    if min(delays, default=timedelta(0)) < -_SKEW:
        detail = "deliveries come before they happen"
        return Finding("clock", detail, "Set this machine's clock by NTP.")
    return Finding("clock", "not behind Stripe's")


def _look_at_cache() -> Iterator[Finding]:
    if pulses.is_kept():
        yield Finding("cache", "keeps what it is given")
    else:
        yield Finding("cache", "keeps nothing", "Start it, and look at CACHES.")


def _listen_to_workers(patience: float) -> Iterator[Finding]:
    for queue in enqueue.WORKED_ON:
        pulses.forget_pulse(name=queue)
    if not all(enqueue.ask_pulse(queue) for queue in enqueue.WORKED_ON):
        mend = "Start it, and look at CELERY_BROKER_URL."
        yield Finding("broker", "cannot be reached", mend)
        return
    yield Finding("broker", "takes tasks")
    silent = _wait_for_answers(patience)
    for queue in silent:
        mend = (
            f"celery -A yourproject worker --queues {queue}"
            "  # or, when one runs, it is busy: doctor --wait 60"
        )
        yield Finding("worker", f"nobody answers on the queue {queue}", mend)
    if not silent:
        yield Finding("worker", f"answers on {', '.join(enqueue.WORKED_ON)}")


def _wait_for_answers(patience: float) -> list[str]:
    """Return the queues on which nobody has answered when the time is up."""
    silent = list(enqueue.WORKED_ON)
    end = time.monotonic() + patience
    while silent and time.monotonic() < end:
        time.sleep(_LISTEN_SECONDS)
        silent = [queue for queue in silent if not pulses.read_pulse(name=queue)]
    return silent


def _listen_to_beat(at: datetime) -> Iterator[Finding]:
    seen = pulses.read_pulse(name=pulses.BEAT)
    if seen is None or at - seen > _BEAT_IS_LATE:
        mend = "celery -A yourproject beat, with store.tasks.SCHEDULE in its schedule"
        yield Finding("beat", "has started no sweep for minutes", mend)
    else:
        yield Finding("beat", "starts its sweeps")


def _ask_stripe() -> Iterator[Finding]:
    gateway = gateways.get_gateway()
    mode = "live" if gateway.livemode else "test"
    try:
        missing = gateway.list_missing_scopes()
    except gateways.GatewayError as error:
        mend = "Look at the network and the firewall, and at status.stripe.com."
        yield Finding("Stripe", f"cannot be asked: {error}", mend)
        return
    if missing:
        mend = "Give the key these permissions in Stripe's Dashboard, or another key."
        yield Finding("Stripe", f"the {mode} key may not: {', '.join(missing)}", mend)
    else:
        yield Finding("Stripe", f"the {mode} key may do all it must")


def _ask_rails() -> Iterator[Finding]:
    try:
        examined = list(settlement_rails.examine_rails())
    except DatabaseError:
        # Told already: without a database nobody knows whom to ask about.
        return
    for name, problem in examined:
        if problem:
            mend = "Mend its account there, or pay it by another rail (payments.md)."
            yield Finding("beneficiary", f"{name} cannot be paid: {problem}", mend)
        else:
            yield Finding("beneficiary", f"{name} can be paid by its rail")
