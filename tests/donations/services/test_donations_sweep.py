"""The sweep: everything that is due, in chunks, whatever stands in the way."""

import logging
from datetime import timedelta

import pytest
from django.db import connection

from donations.domain import ledger as rules
from donations.models import Donation, Entry
from donations.services import donations, ledger
from tests import donations_factories as factories

AT = factories.AT
pytestmark = pytest.mark.django_db


def test_sweep_sets_aside_all_that_is_due():
    """One sweep finds everything that is due, oldest first, up to its limit."""
    version = factories.make_pledge_version()
    for hour in range(5):
        factories.make_donation(
            version=version, source=f"line:{hour}", at=AT + timedelta(hours=hour)
        )

    done = donations.set_aside_due(limit=3, at=AT + timedelta(days=1))

    assert done == 3
    assert list(Donation.objects.due().order_by("pk").values_list("source")) == [
        ("line:3",),
        ("line:4",),
    ]


def test_sweep_works_in_chunks(settings):
    """Chunks of any size reach the limit and find the end."""
    settings.DONATIONS = {**settings.DONATIONS, "SWEEP_CHUNK": 2}
    version = factories.make_pledge_version()
    for number in range(5):
        factories.make_donation(version=version, source=f"line:{number}")

    done = [donations.set_aside_due(limit=limit, at=AT) for limit in (4, 100, 100)]

    assert done == [4, 1, 0]


def test_sweep_leaves_young_donations():
    """What became due a moment ago is left to the worker that was asked."""
    factories.make_donation()

    done = donations.set_aside_due(
        limit=9, at=AT, older_than=AT - timedelta(seconds=60)
    )

    assert done == 0


@pytest.mark.parametrize("dated", donations.Dated)
def test_sweep_dates_its_entries(dated):
    """Entries carry the moment of the sweep, or that of an old sale."""
    factories.make_donation()

    donations.set_aside_due(limit=9, at=AT + timedelta(days=90), dated=dated)

    expected = {"now": AT + timedelta(days=90), "due": AT}[dated]
    assert Entry.objects.get().posted_at == expected
    assert Donation.objects.get().set_aside_at == expected


def test_sweep_leaves_what_the_ledger_refuses(caplog):
    """One donation whose key is taken is logged; the others are set aside."""
    version = factories.make_pledge_version()
    bad = factories.make_donation(version=version, source="line:bad")
    for number in range(3):
        factories.make_donation(version=version, source=f"line:{number}")
    _take_key(bad)

    with caplog.at_level(logging.ERROR):
        done = donations.set_aside_due(limit=100, at=AT)

    assert done == 3
    assert f"refuses donation {bad.pk}" in caplog.text
    assert list(Donation.objects.due()) == [bad]


def test_refused_donations_do_not_block_the_sweep(settings):
    """With refused rows at the head of the line, those behind them still come."""
    settings.DONATIONS = {**settings.DONATIONS, "SWEEP_CHUNK": 1}
    version = factories.make_pledge_version()
    bad = factories.make_donation(version=version, source="line:bad")
    factories.make_donation(version=version, source="line:good")
    _take_key(bad)

    assert donations.set_aside_due(limit=100, at=AT) == 1


def _take_key(donation):
    """Post something else under the key that a donation will want."""
    version = donation.pledge_version
    batch = f"{donation.uuid}:1"
    posting = rules.Posting(
        kind=rules.EntryKind.SET_ASIDE,
        debit=f"donation:USD:p{version.pledge_id}",
        credit=f"pending:USD:p{version.pledge_id}:b{version.shares.get().beneficiary_id}",
        amount=1,
        currency="USD",
        batch=batch,
        key=f"{batch}:0",
        posted_at=AT,
    )
    ledger.post_entries(entries=[ledger.NewEntry(posting=posting)])


def test_lost_claim_posts_nothing():
    """When another process takes a picked row, the whole chunk is given back."""
    version = factories.make_pledge_version()
    taken = factories.make_donation(version=version, source="line:taken")
    factories.make_donation(version=version, source="line:left")

    def take_first(execute, sql, params, many, context):
        if sql.startswith('UPDATE "donations_donation"'):
            with connection.cursor() as cursor:
                cursor.cursor.execute(
                    "UPDATE donations_donation SET status = 'reversed', "
                    "target_amount = 0 WHERE id = %s",
                    [taken.pk],
                )
        return execute(sql, params, many, context)

    with (
        connection.execute_wrapper(take_first),
        pytest.raises(donations.ClaimLostError),
    ):
        donations.set_aside_due(limit=9, at=AT)

    assert not Entry.objects.exists()
