"""Beneficiaries are paid what was set aside, by two people, to the cent."""

from datetime import timedelta

import pytest
from django.db import connection

from donations.domain.donation import IllegalMoveError
from donations.models import Donation, Entry, Settlement
from donations.services import audit, donations, settlements
from tests import donations_factories as factories
from tests.donations import settling

AT = factories.AT
LATER = AT + timedelta(days=30)
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
    return [factories.make_user(username=name) for name in ("ann", "bob")]


def draft(version, people, at=LATER):
    """Draft a settlement by the first person."""
    settling.release(at)
    pk = settlements.draft_settlement(
        pledge_id=version.pledge_id, drafted_by_id=people[0].pk, at=at
    )
    return Settlement.objects.get(pk=pk)


def approve(settlement, person, **values):
    """Approve what the settlement says."""
    settlements.approve_settlement(
        **{
            "settlement_id": settlement.pk,
            "approved_by_id": person.pk,
            "digest": settlement.digest,
            "at": LATER,
            **values,
        }
    )


def confirm(settlement):
    """Confirm that the money arrived."""
    return settlements.confirm_settlement(
        settlement_id=settlement.pk, reference="BANK-1", at=LATER
    )


def settle(version, people, at=LATER):
    """Go all the way."""
    settlement = draft(version, people, at)
    approve(settlement, people[1])
    confirm(settlement)
    settlement.refresh_from_db()
    return settlement


def retarget(base_amount, source="line:1"):
    """Bring a donation to what is left of its base."""
    donations.retarget_donation(
        source=source, base_amount=base_amount, at=LATER, cause="refund"
    )


def test_settling_moves_the_money_through(version, people):
    """Pending, payable, in transit, paid: each step is an entry of the same sum."""
    settlement = settle(version, people)

    moves = Entry.objects.order_by("pk").values_list(
        "kind", "debit__kind", "credit__kind", "amount"
    )
    assert list(moves)[1:] == [
        ("release", "pending", "payable", 24990),
        ("instruct", "payable", "in_transit", 24990),
        ("confirm", "in_transit", "operating_cash", 24990),
    ]
    assert (settlement.status, settlement.amount) == ("paid", 24990)
    donation = Donation.objects.get()
    assert (donation.status, donation.settled_at) == ("settled", LATER)
    assert list(audit.audit_ledger()) == []


def test_parts_follow_the_weights(people):
    """V7: each beneficiary is paid its part of every donation."""
    version = factories.make_pledge_version(weights=(50, 30, 20))
    factories.make_donation(version=version, base_amount=249_910, is_set_aside=True)

    settlement = draft(version, people)

    parts = settlement.parts.order_by("pk").values_list("amount", flat=True)
    assert list(parts) == [12496, 7497, 4998]


def test_return_window_must_be_over(version, people):
    """A piece that may still come back is not paid for yet."""
    with pytest.raises(settlements.NothingToSettleError, match="windows"):
        draft(version, people, at=LATER - timedelta(seconds=1))

    assert not Settlement.objects.exists()


def test_unpublished_pledges_have_nothing_to_settle(people):
    """A draft promised nothing."""
    version = factories.make_pledge_version(is_published=False)

    with pytest.raises(settlements.NothingToSettleError, match="not published"):
        draft(version, people)


def test_second_person_must_approve(version, people):
    """Nobody alone pays out money."""
    settlement = draft(version, people)

    with pytest.raises(settlements.SecondPersonError):
        approve(settlement, people[0])

    assert Settlement.objects.get().status == "drafted"


def test_approval_covers_what_was_seen(version, people):
    """A refund after the draft makes its approval void; a new draft shows it."""
    settlement = draft(version, people)
    retarget(200_000)

    with pytest.raises(settlements.SettlementChangedError):
        approve(settlement, people[1])
    redrafted = draft(version, people)

    assert redrafted.pk == settlement.pk
    assert redrafted.amount == 20_000
    approve(redrafted, people[1])


def test_draft_takes_in_what_came_since(version, people):
    """Drafting again brings the open draft up to date instead of making another."""
    first = draft(version, people)
    factories.make_donation(version=version, source="line:2", is_set_aside=True)

    second = draft(version, people)

    assert (second.pk, second.amount) == (first.pk, 49980)
    assert list(audit.audit_ledger()) == []


def test_only_drafts_are_approved(version, people):
    """What is paid cannot be approved again."""
    settlement = settle(version, people)

    with pytest.raises(IllegalMoveError):
        approve(settlement, people[1])


def test_only_approved_are_confirmed(version, people):
    """A draft cannot be paid."""
    with pytest.raises(IllegalMoveError):
        confirm(draft(version, people))


def test_confirming_twice_pays_once(version, people):
    """The second confirmation changes nothing and says so."""
    settlement = settle(version, people)
    before = Entry.objects.count()

    assert confirm(settlement) is False
    assert Entry.objects.count() == before


def test_payment_needs_a_reference(version, people):
    """Without the bank's reference there is no evidence."""
    with pytest.raises(settlements.ReferenceMissingError):
        settlements.confirm_settlement(
            settlement_id=draft(version, people).pk, reference=" ", at=LATER
        )


@pytest.mark.checklist("M7")
def test_refund_after_settlement_is_carried(version, people):
    """V15: what was paid for a piece that came back is netted next time."""
    settle(version, people)
    retarget(0)
    factories.make_donation(
        version=version, source="line:2", base_amount=400_000, is_set_aside=True
    )

    following = settle(version, people)

    assert following.amount == 15010
    assert Donation.objects.get(source="line:1").status == "reversed"
    assert list(audit.audit_ledger()) == []


def test_failed_refund_after_settlement_is_settled(version, people):
    """A carry that is posted back leaves the donation settled, and payable."""
    settle(version, people)
    retarget(0)

    retarget(249_900)

    assert Donation.objects.get().status == "settled"
    assert list(audit.audit_ledger()) == []


def test_carry_larger_than_release_pays_nothing(version, people):
    """While refunds outweigh releases nothing is payable."""
    settle(version, people)
    retarget(0)
    factories.make_donation(
        version=version, source="line:2", base_amount=1000, is_set_aside=True
    )

    with pytest.raises(settlements.NothingToSettleError):
        draft(version, people)


def test_refund_on_the_way_is_carried(version, people):
    """A piece that comes back after approval is paid now and netted later."""
    settlement = draft(version, people)
    approve(settlement, people[1])
    retarget(0)

    confirm(settlement)

    donation = Donation.objects.get()
    assert (donation.status, donation.settled_at) == ("reversed", LATER)
    assert list(audit.audit_ledger()) == []


def test_rail_leaves_odd_units_payable(people, settings):
    """V16: a rail that moves tens pays 9870 of 9877 and keeps 7 for later."""
    settings.DONATIONS = {**settings.DONATIONS, "SETTLEMENT_STEPS": {"KWD": 10}}
    version = factories.make_pledge_version(currency="KWD")
    factories.make_donation(version=version, base_amount=98765, is_set_aside=True)

    settlement = settle(version, people)

    assert settlement.amount == 9870
    assert list(audit.audit_ledger()) == []


def test_no_currency_with_anything_is_an_error(version, people):
    """Drafting everything of a pledge with nothing payable says so."""
    with pytest.raises(settlements.NothingToSettleError, match="windows"):
        settlements.draft_settlements(
            pledge_id=version.pledge_id, drafted_by_id=people[0].pk, at=AT
        )


def test_settled_donations_are_announced(
    version, people, announced, django_capture_on_commit_callbacks
):
    """A host hears of each donation that was paid."""
    with django_capture_on_commit_callbacks(execute=True):
        settle(version, people)

    assert announced["donation_settled"] == [Donation.objects.get().pk]


def test_stale_settlement_is_not_moved(version, people):
    """Two people who press a button at once: one of them acts."""
    settlement = draft(version, people)

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
        approve(settlement, people[1])
