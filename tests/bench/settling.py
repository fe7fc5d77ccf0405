"""Measures a large settlement beside the least that the database must do for it.

`tests.bench.run` starts this with an empty set of pledges of its own. One pledge goes
through the services: released, drafted, taken on, approved, confirmed and listed. A
twin with as many donations gets only the writes on donations that this needs, as three
statements written by hand. Everything else is a handful of rows.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "demo.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402  the apps must be ready

from donations.models import Donation, PledgeVersion, Settlement  # noqa: E402
from donations.services import (  # noqa: E402
    donations,
    rails,
    releases,
    setting_aside,
    settlements,
)
from tests import donations_factories as factories  # noqa: E402

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
LATER = AT + timedelta(days=60)
CHUNK = 1000
TARGET = 3.0
ROW = "{:<34} {:>9} {:>12} {:>8} {:>9}"
MINE = "pledge_version_id = %(version)s AND status = 'set_aside' AND NOT is_held"
RELEASE = f"""
UPDATE donations_donation SET released_at = %(at)s, revision = revision + 1
WHERE {MINE} AND released_at IS NULL AND releasable_at <= %(at)s
"""  # noqa: S608  constants only
TAKE = f"""
UPDATE donations_donation SET settlement_id = %(settlement)s, revision = revision + 1
WHERE {MINE} AND released_at IS NOT NULL AND settlement_id IS NULL
"""  # noqa: S608
SETTLE = """
UPDATE donations_donation
SET status = 'settled', settled_at = %(at)s, revision = revision + 1
WHERE settlement_id = %(settlement)s
"""


def main() -> int:
    """Fill two pledges, settle both, print both; fail above the target."""
    parser = argparse.ArgumentParser(prog="settling", description=__doc__)
    parser.add_argument("--donations", type=int, default=20_000)
    count = parser.parse_args().donations
    ours = fill("bench-ours", count)
    bound = copy(ours, "bench-bound")
    print(ROW.format("settling", "seconds", "donations/s", "queries", "+MB"))
    least = settle_by_hand(bound, count)
    taken = settle_by_services(ours, count)
    ratio = taken / least
    print(f"{count} donations: {ratio:.1f} times the least, at most {TARGET} wanted")
    return int(ratio > TARGET)


def fill(slug: str, count: int) -> PledgeVersion:
    """Return a pledge with so many donations, shipped and set aside."""
    version = factories.make_pledge_version(slug=slug)
    for first in range(0, count, CHUNK):
        due = [
            factories.make_due(version=version, source=f"{slug}:{number}")
            for number in range(first, min(first + CHUNK, count))
        ]
        with transaction.atomic():
            donations.record_due_donations(due=due, at=AT, is_nudged=False)
            sources = [one.source for one in due]
            donations.record_shipment(sources=sources, shipped_at=AT)
    setting_aside.set_aside_due(limit=count, at=AT)
    return version


def copy(version: PledgeVersion, slug: str) -> PledgeVersion:
    """Return a pledge with the same donations; without entries, which it leaves be."""
    twin = factories.make_pledge_version(slug=slug)
    columns = [field.column for field in Donation._meta.concrete_fields][1:]
    told = {
        "uuid": "gen_random_uuid()",
        "source": f"'{slug}:' || id",
        "pledge_version_id": str(twin.pk),
    }
    values = [told.get(name, name) for name in columns]
    sql = (
        f"INSERT INTO donations_donation ({', '.join(columns)}) "  # noqa: S608
        f"SELECT {', '.join(values)} FROM donations_donation "
        f"WHERE pledge_version_id = {version.pk}"
    )
    execute(sql, {})
    return twin


def settle_by_hand(version: PledgeVersion, count: int) -> float:
    """Do the least by three statements; return the seconds of the last two."""
    person = factories.make_user(username="bound")
    settlement = Settlement.objects.create(
        pledge=version.pledge, currency="USD", drafted_by=person, drafted_at=AT
    )
    values = {"version": version.pk, "settlement": settlement.pk, "at": LATER}
    measure("by hand: release", count, lambda: execute(RELEASE, values))
    taken = measure("by hand: take in", count, lambda: execute(TAKE, values))
    return taken + measure("by hand: settle", count, lambda: execute(SETTLE, values))


def execute(sql: str, values: dict[str, object]) -> None:
    """Run one statement in a transaction of its own."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def settle_by_services(version: PledgeVersion, count: int) -> float:
    """Go the whole way; return the seconds from the draft to the confirmation."""
    measure("release", count, lambda: releases.release_due(limit=count, at=LATER))
    ann, bob = (factories.make_user(username=name) for name in ("ann", "bob"))
    pledge_id = version.pledge_id
    drafted = measure(
        "draft",
        count,
        lambda: settlements.draft_settlement(
            pledge_id=pledge_id, drafted_by_id=ann.pk, at=LATER
        ),
    )
    settlement = Settlement.objects.get(pledge=pledge_id)
    approved = measure(
        "approve",
        count,
        lambda: settlements.approve_settlement(
            settlement_id=settlement.pk,
            approved_by_id=bob.pk,
            digest=settlement.digest,
            at=LATER,
        ),
    )
    confirmed = measure(
        "confirm",
        count,
        lambda: settlements.confirm_settlement(
            settlement_id=settlement.pk, reference="BENCH", at=LATER
        ),
    )
    measure("list its lines", count, lambda: print_lines(settlement))
    settled = Donation.objects.filter(status="settled", settlement=settlement)
    assert settled.count() == count
    return drafted + approved + confirmed


def print_lines(settlement: Settlement) -> None:
    """Read what each donation gives, as a remittance advice does."""
    (part,) = settlement.parts.all()
    instruction = rails.Instruction(
        key="bench",
        settlement_id=settlement.pk,
        beneficiary_id=part.beneficiary_id,
        account="",
        amount=part.amount,
        currency=settlement.currency,
    )
    total = sum(line.amount for line in rails.list_lines(instruction=instruction))
    assert total == settlement.amount


def measure(name: str, count: int, act: Callable[[], object]) -> float:
    """Do something once, on tables in good order; print its row and return seconds."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE donations_donation")
    before = read_peak()
    with count_queries() as queries:
        begun = time.perf_counter()
        act()
        seconds = time.perf_counter() - begun
    grown = f"{read_peak() - before:.0f}"
    rate = f"{count / seconds:,.0f}"
    print(ROW.format(name, f"{seconds:.2f}", rate, queries[0], grown))
    return seconds


@contextmanager
def count_queries() -> Iterator[list[int]]:
    """Count the statements that are sent."""
    queries = [0]

    def count(execute, sql, params, many, context):  # type: ignore[no-untyped-def]
        queries[0] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield queries


def read_peak() -> float:
    """Return the most memory that this process ever had, in megabytes."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024 if sys.platform == "linux" else 1024 * 1024)


if __name__ == "__main__":
    sys.exit(main())
