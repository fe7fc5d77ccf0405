"""A settlement is approved only when every rail of it can pay."""

import pytest

from donations.domain.donation import IllegalMoveError
from donations.models import Entry, Settlement
from donations.services import rails, settlement_rails, settlements
from tests import donations_factories as factories
from tests.donations import settling

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(book):
    """A pledge with a donation, its beneficiary paid by a rail."""
    version = factories.make_pledge_version()
    factories.make_donation(version=version, is_set_aside=True)
    settling.put_on_rail()
    return version


@pytest.mark.parametrize(
    ("obstacle", "words"),
    [
        ("payouts are stopped", "payouts are stopped"),
        (rails.RailUnavailableError("time-out"), "try again later .time-out."),
    ],
)
@pytest.mark.checklist("T1")
def test_obstacle_refuses_the_approval(version, book, obstacle, words):
    """What cannot be paid is not approved; beneficiary and reason are named."""
    settlement = settling.draft(version)
    book.obstacles["acct_1"] = obstacle

    with pytest.raises(
        settlements.RailNotReadyError, match=f"Feeding America: .*{words}"
    ):
        settling.approve(settlement)

    assert Settlement.objects.get().status == "drafted"
    assert not Entry.objects.filter(kind="instruct").exists()


def test_removed_rail_refuses_the_approval(version, settings):
    """A rail that left the settings pays nobody."""
    settlement = settling.draft(version)
    settings.DONATIONS = {**settings.DONATIONS, "RAILS": {}}

    with pytest.raises(settlements.RailNotReadyError, match='has no "fake"'):
        settling.approve(settlement)


@pytest.mark.parametrize("values", [{"rail_account": "acct_2"}, {"rail": "bank"}])
def test_changed_account_voids_the_draft(version, values):
    """The approval covers by which rail and to which account the money goes."""
    settlement = settling.draft(version)
    settling.put_on_rail(**values)

    with pytest.raises(settlements.SettlementChangedError):
        settling.approve(settlement)


def test_part_keeps_the_account_that_was_approved(version):
    """An account that is changed after the approval is of the next settlement."""
    settlement = settling.approve(settling.draft(version))

    settling.put_on_rail(rail_account="acct_2")

    part = settlement.parts.get()
    assert (part.rail, part.rail_account) == ("fake", "acct_1")


def test_bank_needs_no_rail(version, book):
    """What a person pays is approved without asking anybody."""
    settling.put_on_rail(rail="bank", rail_account="")
    book.obstacles[""] = "never asked"

    assert settling.approve(settling.draft(version)).status == "approved"


def test_ready_rail_does_not_approve_twice(version):
    """What is approved cannot be approved again."""
    settlement = settling.approve(settling.draft(version))

    with pytest.raises(IllegalMoveError):
        settling.approve(settlement)


def test_rails_are_examined_before_anybody_needs_them(version, book):
    """Who is paid by a rail is named, with what stands in the way; banks are not."""
    assert list(settlement_rails.examine_rails()) == [("Feeding America", "")]

    book.obstacles["acct_1"] = "payouts are stopped"
    assert list(settlement_rails.examine_rails()) == [
        ("Feeding America", "payouts are stopped")
    ]

    settling.put_on_rail(rail="bank", rail_account="")
    assert list(settlement_rails.examine_rails()) == []
