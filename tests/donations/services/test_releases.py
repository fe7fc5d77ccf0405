"""Shipments start a clock, and the clock makes payable what it releases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from donations.models import Donation, Entry
from donations.services import audit, donations, ledger, releases
from tests import donations_factories as factories
from tests.donations import settling

AT = factories.AT
MONTH = timedelta(days=30)
pytestmark = pytest.mark.django_db


def ship(source="line:1", at=AT):
    """Tell of a shipment."""
    return donations.record_shipment(sources=[source], shipped_at=at)


def read_releases():
    """Return who got how much by the clock, in what, in which batch."""
    rows = Entry.objects.filter(kind="release").order_by("pk")
    return list(
        rows.values_list(
            "debit__kind",
            "credit__kind",
            "credit__beneficiary__legal_name",
            "amount",
            "currency",
        )
    )


def test_window_begins_with_the_shipment():
    """What is shipped is releasable when the window is over, to the second."""
    factories.make_donation(is_set_aside=True, is_shipped=False)

    assert ship(at=AT + timedelta(days=2)) == 1

    donation = Donation.objects.get()
    assert donation.shipped_at == AT + timedelta(days=2)
    assert donation.releasable_at == AT + timedelta(days=32)
    assert settling.release(donation.releasable_at - timedelta(seconds=1)) == 0
    assert settling.release(donation.releasable_at) == 1
    donation.refresh_from_db()
    assert donation.released_at == donation.releasable_at


def test_unshipped_donation_is_not_released():
    """Without a shipment no window ends, however long it takes."""
    factories.make_donation(is_set_aside=True, is_shipped=False)

    assert settling.release(AT + timedelta(days=4000)) == 0


def test_first_shipment_stays():
    """Told again, later, a shipment changes nothing; an unknown line is passed over."""
    factories.make_donation(is_set_aside=True, is_shipped=False)
    ship()

    assert ship(at=AT + MONTH) == 0
    assert ship(source="line:unknown") == 0

    assert Donation.objects.get().shipped_at == AT


def test_due_donation_waits_for_the_ledger():
    """What is not set aside yet is not released; the next sweep does it."""
    donation = factories.make_donation()
    assert settling.release() == 0

    donations.set_aside_donation(donation_id=donation.pk, at=settling.LATER)

    assert settling.release() == 1
    assert list(audit.audit_ledger()) == []


@pytest.mark.parametrize(
    ("received", "shipped", "released"),
    [
        ("2026-03-02", "2026-03-04", "2026-03-18"),
        ("2026-03-02", "2026-03-20", "2026-03-27"),
        ("2026-03-02", "2026-04-08", "2026-04-08"),
    ],
)
def test_law_brings_the_release_forward(received, shipped, released):
    """V22: by the last Friday before the law's day, yet never before it is shipped."""
    version = factories.make_pledge_version(
        territories=["GB"], return_window_days=14, settlement_cadence="weekly"
    )
    factories.make_donation(
        version=version, is_set_aside=True, is_shipped=False, at=moment(received)
    )

    ship(at=moment(shipped))

    donation = Donation.objects.get()
    assert donation.deadline_on == date(2026, 3, 30)
    assert donation.releasable_at.date() == date.fromisoformat(released)


def moment(day):
    """Return noon of a day."""
    return datetime.fromisoformat(f"{day}T12:00").replace(tzinfo=UTC)


def test_release_is_one_entry_for_many():
    """A chunk posts one entry for each beneficiary and currency of a pledge."""
    version = factories.make_pledge_version(weights=(2, 1))
    for number in range(5):
        factories.make_donation(
            version=version,
            source=f"line:{number}",
            currency="EUR" if number == 4 else "USD",
            is_set_aside=True,
        )

    assert settling.release() == 5

    assert sorted(read_releases()) == [
        ("pending", "payable", "Feeding America", 16660, "EUR"),
        ("pending", "payable", "Feeding America", 4 * 16660, "USD"),
        ("pending", "payable", "Fund 1", 8330, "EUR"),
        ("pending", "payable", "Fund 1", 4 * 8330, "USD"),
    ]
    assert Entry.objects.filter(kind="release").values("batch").distinct().count() == 1
    assert list(audit.audit_ledger()) == []


def test_reversed_part_is_not_released():
    """What a refund took back is not made payable; all of it posts nothing."""
    version = factories.make_pledge_version()
    for source in ("line:1", "line:2"):
        factories.make_donation(version=version, source=source, is_set_aside=True)
    settling.retarget(200_000)
    settling.retarget(0, source="line:2")

    assert settling.release() == 1

    assert [row[3] for row in read_releases()] == [20_000]
    assert list(audit.audit_ledger()) == []


def test_held_donation_is_released_after_its_dispute():
    """While a dispute is open the clock waits; when it is won, it goes on."""
    factories.make_donation(is_set_aside=True)
    settling.retarget(249_900, is_held=True)
    assert settling.release() == 0

    settling.retarget(249_900)

    assert settling.release() == 1
    assert list(audit.audit_ledger()) == []


def test_hold_after_the_release_returns_to_payable():
    """A dispute of what is released holds it, and lets it go where it was."""
    factories.make_donation(is_set_aside=True)
    settling.release()

    settling.retarget(249_900, is_held=True)
    settling.retarget(249_900)

    moves = Entry.objects.order_by("pk").values_list(
        "kind", "debit__kind", "credit__kind"
    )
    assert list(moves)[2:] == [
        ("hold", "payable", "held"),
        ("unhold", "held", "payable"),
    ]
    assert list(audit.audit_ledger()) == []


def test_refilled_donation_stays_released():
    """A refund after the release, and its failure, are posted where it was."""
    factories.make_donation(is_set_aside=True)
    settling.release()

    settling.retarget(0)
    settling.retarget(249_900)

    kinds = Entry.objects.order_by("pk").values_list("credit__kind", flat=True)
    assert list(kinds)[2:] == ["donation", "payable"]
    assert settling.release() == 0
    assert list(audit.audit_ledger()) == []


def test_sweep_stops_at_its_limit():
    """A sweep releases so many and no more, chunk by chunk, and says how far it is."""
    version = factories.make_pledge_version()
    for number in range(5):
        factories.make_donation(
            version=version, source=f"line:{number}", is_set_aside=True
        )
    seen = []

    done = releases.release_due(limit=3, at=settling.LATER, progress=seen.append)

    assert (done, seen) == (3, [3])
    assert Donation.objects.filter(released_at=None).count() == 2


def test_each_chunk_is_a_batch_of_its_own(monkeypatch):
    """Chunks post apart, so that one that fails leaves the others."""
    monkeypatch.setattr(releases, "_CHUNK", 2)
    version = factories.make_pledge_version()
    for number in range(5):
        factories.make_donation(
            version=version, source=f"line:{number}", is_set_aside=True
        )

    assert settling.release() == 5

    assert [row[3] for row in read_releases()] == [49980, 49980, 24990]
    assert list(audit.audit_ledger()) == []


def test_statements_do_not_grow_with_donations():
    """Thirty donations are released with as many statements as two."""
    version = factories.make_pledge_version()

    def count(first, last):
        for number in range(first, last):
            factories.make_donation(
                version=version, source=f"line:{number}", is_set_aside=True
            )
        with CaptureQueriesContext(connection) as queries:
            assert settling.release() == last - first
        return len(queries)

    assert count(0, 2) == count(2, 32)


def test_lost_chunk_posts_nothing():
    """A donation that is held while it is released stops the whole chunk."""
    factories.make_donation(is_set_aside=True)

    def hold_first(execute, sql, params, many, context):
        if sql.startswith('UPDATE "donations_donation" SET "released_at"'):
            with connection.cursor() as cursor:
                cursor.cursor.execute("UPDATE donations_donation SET is_held = true")
        return execute(sql, params, many, context)

    with (
        connection.execute_wrapper(hold_first),
        pytest.raises(releases.ReleaseLostError),
    ):
        settling.release()

    assert read_releases() == []


def test_second_release_under_the_same_name_is_refused():
    """A donation that is put back behind our back is not released twice."""
    factories.make_donation(is_set_aside=True)
    settling.release()
    settling.retarget(200_000)
    Donation.objects.update(released_at=None)

    with pytest.raises(ledger.IdempotencyConflictError):
        settling.release()
