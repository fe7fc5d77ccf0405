"""Each part of a settlement is paid for itself; the last one settles it."""

import pytest
from django.db import connection

from donations.domain.donation import IllegalMoveError
from donations.models import Donation, Entry, Settlement
from donations.services import audit, settlements
from tests import donations_factories as factories
from tests.donations import settling

LATER = settling.LATER
pytestmark = pytest.mark.django_db


@pytest.fixture
def version(book):
    """A pledge of two beneficiaries: a person pays one, a rail the other."""
    version = factories.make_pledge_version(weights=(2, 1))
    factories.make_donation(version=version, is_set_aside=True)
    settling.put_on_rail()
    return version


@pytest.fixture
def settlement(version):
    """An approved settlement of 166.60 by rail and 83.30 by hand."""
    return settling.approve(settling.draft(version))


def confirm_rail(settlement, reference="fake_1"):
    """Confirm the part of the rail."""
    part = settlement.parts.get(rail="fake")
    return settlements.confirm_part(part_id=part.pk, reference=reference, at=LATER)


def list_confirmed():
    """Return what is confirmed in the ledger."""
    rows = Entry.objects.filter(kind="confirm").order_by("pk")
    return list(rows.values_list("amount", flat=True))


def test_part_is_confirmed_for_itself(settlement):
    """One part that arrived says nothing of the other."""
    assert confirm_rail(settlement) is True

    settlement.refresh_from_db()
    assert (settlement.status, settlement.paid_at) == ("approved", None)
    assert list_confirmed() == [16660]
    assert Donation.objects.get().status == "set_aside"
    assert list(audit.audit_ledger()) == []


def test_last_part_settles(settlement):
    """With its last part a settlement is paid, and its donations are settled."""
    settling.confirm(settlement)

    confirm_rail(settlement)

    settlement.refresh_from_db()
    assert (settlement.status, settlement.paid_at) == ("paid", LATER)
    assert list_confirmed() == [8330, 16660]
    assert Donation.objects.get().status == "settled"
    assert list(audit.audit_ledger()) == []


def test_hand_confirms_no_rail(settlement):
    """A person confirms what the bank paid; what a rail pays stays on its way."""
    settling.confirm(settlement)

    parts = settlement.parts.order_by("pk").values_list("rail", "reference", "paid_at")
    assert list(parts) == [("fake", "", None), ("bank", "BANK-1", LATER)]


def test_rail_alone_takes_no_hand(version):
    """Where rails pay everything, nobody confirms by hand: it would be paid twice."""
    settling.put_on_rail("Fund 1")
    settlement = settling.approve(settling.draft(version))

    with pytest.raises(settlements.PaidByRailError):
        settling.confirm(settlement)


def test_part_is_confirmed_once(settlement):
    """The second word of a payment changes nothing and says so."""
    confirm_rail(settlement)

    assert confirm_rail(settlement, "fake_2") is False
    assert list_confirmed() == [16660]
    assert settlement.parts.get(rail="fake").reference == "fake_1"


def test_paid_settlement_is_confirmed_once(settlement):
    """Parts of a settlement that is paid are not confirmed again."""
    confirm_rail(settlement)

    assert [settling.confirm(settlement) for _ in "ab"] == [True, False]


@pytest.mark.parametrize(("reference", "kept"), [("ONE", "ONE"), ("TWO", "")])
def test_common_reference_is_the_settlements(settlement, reference, kept):
    """A settlement has a reference where all its parts have the same."""
    settling.confirm(settlement, "ONE")

    confirm_rail(settlement, reference)

    assert Settlement.objects.get().reference == kept


def test_drafted_part_is_not_confirmed(version):
    """What nobody approved cannot have arrived."""
    with pytest.raises(IllegalMoveError):
        confirm_rail(settling.draft(version))


def test_part_needs_a_reference(settlement):
    """Without a reference there is no evidence."""
    with pytest.raises(settlements.ReferenceMissingError):
        confirm_rail(settlement, " ")


def test_parts_paid_at_once_settle_together(settlement):
    """Of two who confirm at once, one is sent back to read what the other did."""

    def change_first(execute, sql, params, many, context):
        if sql.startswith('UPDATE "donations_settlement"'):
            with connection.cursor() as cursor:
                cursor.cursor.execute(
                    "UPDATE donations_settlement SET revision = revision + 1"
                )
        return execute(sql, params, many, context)

    with (
        connection.execute_wrapper(change_first),
        pytest.raises(settlements.SettlementChangedError),
    ):
        confirm_rail(settlement)
