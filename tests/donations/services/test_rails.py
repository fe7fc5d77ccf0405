"""The port to rails: names, and what an instruction is made of."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from donations.services import rails
from tests import donations_factories as factories
from tests.donations import fake_rail, settling

pytestmark = pytest.mark.django_db


def make_instruction(settlement, part=0):
    """Return what one beneficiary of a settlement gets."""
    part = settlement.parts.order_by("pk")[part]
    return rails.Instruction(
        key="k",
        settlement_id=settlement.pk,
        beneficiary_id=part.beneficiary_id,
        account="",
        amount=part.amount,
        currency=settlement.currency,
    )


def list_lines(settlement, part=0):
    """Return the lines of an instruction as pairs."""
    lines = rails.list_lines(instruction=make_instruction(settlement, part))
    return [(line.source, line.amount) for line in lines]


def test_bank_is_built_in():
    """What the bank pays has no rail: a person pays it."""
    assert rails.get_rail(name="bank") is None


def test_rails_come_from_the_settings(book):
    """A rail is the class that the settings name."""
    assert isinstance(rails.get_rail(name="fake"), fake_rail.FakeRail)


def test_unknown_rail_is_named(book):
    """A rail that the settings do not name is refused by its name."""
    with pytest.raises(rails.RailUnknownError, match="pigeon"):
        rails.get_rail(name="pigeon")


def test_lines_say_what_each_donation_gives():
    """V7: a line is a donation's part for this beneficiary, the first given first."""
    version = factories.make_pledge_version(weights=(50, 30, 20))
    for source, base in (("line:1", 249_910), ("line:2", 10_000)):
        factories.make_donation(
            version=version, source=source, base_amount=base, is_set_aside=True
        )

    settlement = settling.draft(version)

    assert list_lines(settlement, 0) == [("line:1", 12496), ("line:2", 500)]
    assert list_lines(settlement, 2) == [("line:1", 4998), ("line:2", 200)]


def test_lines_follow_refunds():
    """A donation that fell gives less, and one that was reversed has no line."""
    version = factories.make_pledge_version()
    for source in ("line:1", "line:2", "line:3"):
        factories.make_donation(version=version, source=source, is_set_aside=True)
    settlement = settling.approve(settling.draft(version))

    settling.retarget(0, "line:1")
    settling.retarget(10_000, "line:2")

    assert list_lines(settlement) == [("line:2", 1000), ("line:3", 24990)]


def test_lines_are_those_of_one_settlement():
    """A donation that another settlement paid is no line of this one."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    settling.settle(version)
    factories.make_donation(version=version, source="line:2", is_set_aside=True)

    assert list_lines(settling.draft(version)) == [("line:2", 24990)]


def test_beneficiary_without_a_part_has_no_line():
    """A cent that is divided by three gives two beneficiaries nothing."""
    version = factories.make_pledge_version(weights=(1, 1, 1))
    factories.make_donation(version=version, base_amount=2, is_set_aside=True)
    factories.make_donation(
        version=version, base_amount=9000, source="line:2", is_set_aside=True
    )

    settlement = settling.draft(version)

    assert list_lines(settlement, 2) == [("line:2", 300)]


def test_lines_are_read_as_a_stream():
    """However many donations there are, lines take the same statements."""
    version = factories.make_pledge_version()
    counts = []
    for number in range(3):
        factories.make_donation(
            version=version, source=f"line:{number}", is_set_aside=True
        )
        settlement = settling.draft(version)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            list_lines(settlement)
        counts.append(len(queries))

    assert len(set(counts)) == 1
