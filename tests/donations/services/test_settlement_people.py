"""A draft that beat made is taken on by one person and approved by another."""

import pytest
from django.db import IntegrityError

from donations.models import Settlement
from donations.services import settlements
from tests import donations_factories as factories
from tests.donations import settling
from tests.donations.settling import LATER

pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    """A pledge with one donation of 249.90 set aside."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    return version


@pytest.fixture
def people():
    """Two people who may settle."""
    return settling.make_people()


def approve(settlement, person):
    """Let a person approve what the settlement says."""
    settlements.approve_settlement(
        settlement_id=settlement.pk,
        approved_by_id=person.pk,
        digest=settlement.digest,
        at=LATER,
    )


def draft_by_beat(version):
    """Draft a settlement in nobody's name."""
    settling.release(LATER)
    pk = settlements.draft_settlement(
        pledge_id=version.pledge_id, drafted_by_id=None, at=LATER
    )
    return Settlement.objects.get(pk=pk)


def take_on(settlement, person, **values):
    """Let a person answer for a draft."""
    settlements.take_on_settlement(
        **{
            "settlement_id": settlement.pk,
            "drafted_by_id": person.pk,
            "digest": settlement.digest,
            "at": LATER,
            **values,
        }
    )


def test_draft_by_beat_takes_two_people(version, people):
    """Whoever looks first takes it on; only then another person can approve it."""
    settlement = draft_by_beat(version)
    with pytest.raises(settlements.SecondPersonError, match="take the draft on"):
        approve(settlement, people[1])

    take_on(settlement, people[0])

    with pytest.raises(settlements.SecondPersonError):
        approve(settlement, people[0])
    approve(settlement, people[1])
    settlement.refresh_from_db()
    assert (settlement.drafted_by, settlement.approved_by) == tuple(people)


def test_draft_is_taken_on_once(version, people):
    """A draft that somebody answers for is nobody else's to take."""
    settlement = draft_by_beat(version)
    take_on(settlement, people[0])

    with pytest.raises(settlements.SettlementChangedError):
        take_on(settlement, people[1])

    assert Settlement.objects.get().drafted_by == people[0]


def test_only_what_was_seen_is_taken_on(version, people):
    """A draft that changed since is looked at again first."""
    settlement = draft_by_beat(version)

    with pytest.raises(settlements.SettlementChangedError):
        take_on(settlement, people[0], digest="0" * 64)

    assert Settlement.objects.get().drafted_by is None


def test_database_wants_two_people(version, people):
    """Whatever the code does, nobody's draft cannot be approved in the database."""
    draft_by_beat(version)

    with pytest.raises(IntegrityError, match="second_person"):
        Settlement.objects.update(status="approved", approved_by=people[1])
