"""Drafts come on a pledge's days, in nobody's name, once a day."""

from datetime import UTC, datetime, timedelta

import pytest

from donations.models import Donation, Settlement
from donations.services import (
    audit,
    settlement_donations,
    settlement_schedule,
    settlements,
)
from tests import donations_factories as factories
from tests.donations import settling

pytestmark = pytest.mark.django_db

FRIDAY = datetime(2026, 4, 3, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def version():
    """A pledge that settles on Fridays and lets 30 days for a return."""
    return factories.make_pledge_version(settlement_cadence="weekly")


def run(at=FRIDAY, **values):
    """Run the beat's sweep; return amounts of what it drafted."""
    drafted = settlement_schedule.draft_due_settlements(at=at, **values)
    return [one.amount.amount for one in drafted if one.amount]


def sell(version, source="line:1", at=factories.AT, **values):
    """Make a donation that was shipped at once; on time for Friday by default."""
    return factories.make_donation(
        version=version, source=source, is_set_aside=True, at=at, **values
    )


def test_friday_drafts_what_was_released(version):
    """On the pledge's day what is releasable is released, and drafted by nobody."""
    sell(version)

    (drafted,) = settlement_schedule.draft_due_settlements(at=FRIDAY)

    settlement = Settlement.objects.get()
    assert (settlement.amount, settlement.drafted_by) == (24990, None)
    assert (drafted.settlement_id, drafted.donation_count) == (settlement.pk, 1)
    assert (drafted.pledge_name, drafted.currency) == ("Diamonds That Care", "USD")
    assert list(audit.audit_ledger()) == []


def test_day_before_drafts_nothing(version):
    """What is released during the week waits for the pledge's day."""
    sell(version)

    assert run(FRIDAY - DAY) == []
    assert Donation.objects.get().released_at == FRIDAY - DAY


def test_missed_day_is_caught_up_with(version):
    """When beat stood still on the day, the next run drafts."""
    sell(version)
    settling.release(FRIDAY)

    assert run(FRIDAY + 2 * DAY) == [24990]


def test_released_after_the_day_waits(version):
    """What was released on Saturday is of next Friday."""
    sell(version, at=factories.AT + 2 * DAY)

    assert run(FRIDAY + DAY) == []
    assert run(FRIDAY + 7 * DAY) == [24990]


def test_day_drafts_once(version):
    """A second run of the day leaves the draft alone, though more can be paid."""
    sell(version)
    run()
    sell(version, source="line:2")

    assert run(FRIDAY + timedelta(hours=1)) == []
    assert Settlement.objects.get().amount == 24990


def test_open_draft_takes_in_the_next_week(version):
    """A draft that nobody approved is brought up to date, and nobody's once more."""
    sell(version)
    person = factories.make_user(username="ann")
    run()
    take_on(person)
    sell(version, source="line:2", at=factories.AT + 3 * DAY)

    assert run(FRIDAY + 7 * DAY) == [49980]

    assert Settlement.objects.get().drafted_by is None


def test_open_draft_without_news_is_left_alone(version):
    """A draft that somebody has taken on stays theirs while nothing is to be added."""
    sell(version)
    person = factories.make_user(username="ann")
    run()
    take_on(person)

    assert run(FRIDAY + 7 * DAY) == []

    assert Settlement.objects.get().drafted_by == person


def take_on(person):
    """Let a person answer for the only draft."""
    settlement = Settlement.objects.get()
    settlements.take_on_settlement(
        settlement_id=settlement.pk,
        drafted_by_id=person.pk,
        digest=settlement.digest,
        at=FRIDAY,
    )


def test_nothing_payable_drafts_nothing(version):
    """A carry that outweighs what was released leaves the day without a draft."""
    sell(version)
    settling.settle(version, FRIDAY - 7 * DAY + timedelta(days=6))
    settling.retarget(0)
    sell(version, source="line:2", base_amount=1000)

    assert run(FRIDAY + 7 * DAY) == []
    assert not Settlement.objects.filter(status="drafted").exists()


def test_carry_that_outweighs_is_not_drafted_by_force(version):
    """Asked for any day, a pledge whose refunds outweigh is passed over."""
    sell(version)
    settling.settle(version, FRIDAY)
    settling.retarget(0)

    assert run(is_any_day=True) == []


def test_any_day_drafts_everything(version):
    """A person who asks need not wait for the day."""
    sell(version)

    assert run(FRIDAY - DAY, is_any_day=True) == [24990]


def test_other_pledges_are_left_out(version):
    """Asked for one pledge, the others wait for their beat."""
    other = factories.make_pledge_version(slug="other", settlement_cadence="weekly")
    sell(version)
    sell(other, source="line:other", base_amount=1000)

    assert run(pledge_id=other.pledge_id) == [100]
    assert run() == [24990]


def test_each_currency_is_drafted(version):
    """What a pledge gave in several currencies is drafted in each."""
    sell(version)
    sell(version, source="line:euro", currency="EUR", base_amount=1000)

    assert run() == [24990, 100]


def test_law_is_not_kept_waiting():
    """What would be late on the next day is drafted at once, whatever the day."""
    version = factories.make_pledge_version(
        territories=["US-CA"], settlement_cadence="monthly", return_window_days=80
    )
    sell(version, is_shipped=False)
    late = factories.AT + 88 * DAY
    factories.donations.record_shipment(sources=["line:1"], shipped_at=late)

    assert run(late) == [24990]
    assert run(late + DAY) == []


def test_forecast_leaves_nothing(version):
    """Looking ahead says what a day would draft, and neither releases nor drafts."""
    sell(version)

    (found,) = settlement_schedule.forecast_settlements(at=FRIDAY)

    assert (found.amount.amount, found.settlement_id) == (24990, None)
    assert not Settlement.objects.exists()
    assert Donation.objects.get().released_at is None


def test_lost_draft_is_told_and_the_others_go_on(version, monkeypatch):
    """What another process takes is said, not raised: the next run drafts it."""
    other = factories.make_pledge_version(slug="other", settlement_cadence="weekly")
    sell(version)
    sell(other, source="line:other", base_amount=1000)
    take = settlement_donations.take_donations

    def lose(*, settlement, progress):
        if settlement.pledge_id == version.pledge_id:
            raise settlements.SettlementChangedError("settlement 1 has changed")
        return take(settlement=settlement, progress=progress)

    monkeypatch.setattr(settlement_donations, "take_donations", lose)

    lost, kept = settlement_schedule.draft_due_settlements(at=FRIDAY)

    assert (lost.problem, lost.amount) == ("settlement 1 has changed", None)
    assert kept.amount.amount == 100
