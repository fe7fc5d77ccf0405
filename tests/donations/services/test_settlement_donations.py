"""Nothing is paid out while a dispute holds it, whenever the dispute is opened."""

from datetime import timedelta

import pytest

from donations.models import Donation, Entry, Settlement
from donations.services import audit, donations, settlement_donations, settlements
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


@pytest.fixture
def draft(version, people):
    """Draft a settlement of everything and return it."""

    def do():
        settling.release(LATER)
        pk = settlements.draft_settlement(
            pledge_id=version.pledge_id, drafted_by_id=people[0].pk, at=LATER
        )
        return Settlement.objects.get(pk=pk)

    return do


@pytest.fixture
def approve(people):
    """Approve what a settlement says."""

    def do(settlement):
        settlements.approve_settlement(
            settlement_id=settlement.pk,
            approved_by_id=people[1].pk,
            digest=settlement.digest,
            at=LATER,
        )

    return do


@pytest.fixture
def settle(draft, approve):
    """Go all the way."""

    def do():
        settlement = draft()
        approve(settlement)
        confirm(settlement)
        return settlement

    return do


def confirm(settlement):
    """Confirm that the money arrived."""
    settlements.confirm_settlement(
        settlement_id=settlement.pk, reference="BANK-1", at=LATER
    )


def hold(*, source="line:1", base_amount=249_900, is_held=True):
    """Tell of a dispute that is open, or that it is over."""
    donations.retarget_donation(
        source=source, base_amount=base_amount, at=LATER, cause="dp_1", is_held=is_held
    )


def add_donation(version, base_amount=400_000):
    """Set aside the donation of another sale."""
    factories.make_donation(
        version=version, source="line:2", base_amount=base_amount, is_set_aside=True
    )


def read_moves():
    """Return the last entries, as kinds and amounts."""
    rows = Entry.objects.order_by("pk").values_list(
        "kind", "debit__kind", "credit__kind", "amount"
    )
    return list(rows)


def test_held_donation_is_not_drafted(version, draft):
    """A draft takes in what no dispute holds."""
    hold()
    add_donation(version)

    settlement = draft()

    assert settlement.amount == 40_000
    assert Donation.objects.get(source="line:1").settlement is None
    assert list(audit.audit_ledger()) == []


def test_due_donation_is_held_as_it_is_set_aside(version, draft):
    """A dispute that comes before the worker: posted to pending and on to held."""
    donation = factories.make_donation(version=version, source="line:2")
    hold(source="line:2")
    assert Donation.objects.get(pk=donation.pk).status == "due"

    donations.set_aside_donation(donation_id=donation.pk, at=AT)

    assert read_moves()[-2:] == [
        ("set_aside", "donation", "pending", 24990),
        ("hold", "pending", "held", 24990),
    ]
    assert Entry.objects.latest("pk").note == "dp_1"
    assert draft().amount == 24990
    assert list(audit.audit_ledger()) == []


@pytest.mark.checklist("R5")
def test_dispute_makes_a_draft_stale(version, draft, approve):
    """What is held leaves the payable; the draft that had it cannot be approved."""
    add_donation(version)
    settlement = draft()

    hold()

    assert read_moves()[-1] == ("hold", "payable", "held", 24990)
    with pytest.raises(settlements.SettlementChangedError):
        approve(settlement)
    again = draft()
    approve(again)
    confirm(again)
    assert (again.pk, again.amount) == (settlement.pk, 40_000)
    assert Donation.objects.get(source="line:1").status == "set_aside"
    assert list(audit.audit_ledger()) == []


def test_dispute_below_a_step_makes_a_draft_stale(version, draft, approve, settings):
    """Even when the sum that is paid stays the same, nothing held is approved."""
    settings.DONATIONS = {**settings.DONATIONS, "SETTLEMENT_STEPS": {"USD": 10}}
    add_donation(version, base_amount=61)
    settlement = draft()

    hold(source="line:2", base_amount=61)

    with pytest.raises(settlements.SettlementChangedError, match="draft it again"):
        approve(settlement)


def test_dispute_won_before_approval_changes_nothing(draft, approve):
    """A draft stands when what was held is payable again."""
    settlement = draft()
    hold()

    hold(is_held=False)

    assert read_moves()[-1] == ("unhold", "held", "payable", 24990)
    approve(settlement)
    confirm(settlement)
    assert Donation.objects.get().status == "settled"
    assert list(audit.audit_ledger()) == []


def test_donation_let_go_is_settled_later(version, draft, settle):
    """What a draft let go is payable after the dispute, and taken in once more."""
    add_donation(version)
    draft()
    hold()
    first = settle()

    hold(is_held=False)
    second = settle()

    assert (first.amount, second.amount) == (40_000, 24_990)
    assert not Donation.objects.exclude(status="settled").exists()
    assert list(audit.audit_ledger()) == []


def test_draft_of_held_donations_only_stays(draft, approve):
    """With nothing else to pay the draft stays as it is, and unapproved."""
    settlement = draft()
    hold()

    with pytest.raises(settlements.NothingToSettleError, match="disputes"):
        draft()
    with pytest.raises(settlements.SettlementChangedError):
        approve(settlement)

    assert list(audit.audit_ledger()) == []


@pytest.mark.checklist("M7", "R5")
def test_dispute_after_settlement_is_carried(version, settle):
    """V15: what was paid and is disputed now is netted, and paid when it is won."""
    settle()
    hold()
    add_donation(version)

    following = settle()
    hold(is_held=False)
    last = settle()

    assert (following.amount, last.amount) == (15_010, 24_990)
    assert list(audit.audit_ledger()) == []


def test_dispute_lost_after_settlement_stays_a_carry(version, settle):
    """What was paid for a dispute that is lost is never paid twice."""
    settle()
    hold()
    hold(base_amount=0, is_held=False)
    add_donation(version)

    following = settle()

    assert ("reverse", "held", "donation", 24990) in read_moves()
    assert following.amount == 15_010
    assert Donation.objects.get(source="line:1").status == "reversed"
    assert list(audit.audit_ledger()) == []


def test_dispute_on_the_way_is_carried(draft, approve):
    """A dispute after the approval stops no payment; the next one pays less."""
    settlement = draft()
    approve(settlement)

    hold()
    confirm(settlement)

    donation = Donation.objects.get()
    assert (donation.status, donation.is_held) == ("settled", True)
    assert list(audit.audit_ledger()) == []


def test_draft_takes_donations_in_chunks(version, draft, monkeypatch):
    """However many donations there are, a draft takes all of them in."""
    monkeypatch.setattr(settlement_donations, "_CHUNK", 2)
    for number in range(4):
        factories.make_donation(
            version=version, source=f"more:{number}", is_set_aside=True
        )

    assert draft().amount == 5 * 24990
    assert list(audit.audit_ledger()) == []


def test_each_currency_is_settled_for_itself(version, people, approve):
    """A pledge that gave in several currencies pays in each of them."""
    factories.make_donation(
        version=version, source="line:2", currency="EUR", is_set_aside=True
    )
    factories.make_donation(version=version, source="line:3", currency="GBP")

    settling.release(LATER)
    drafted = settlements.draft_settlements(
        pledge_id=version.pledge_id, drafted_by_id=people[0].pk, at=LATER
    )

    rows = [Settlement.objects.get(pk=pk) for pk in drafted]
    assert [(row.currency, row.amount) for row in rows] == [
        ("USD", 24990),
        ("EUR", 24990),
    ]
    for row in rows:
        approve(row)
        confirm(row)
    assert list(audit.audit_ledger()) == []
    assert Donation.objects.filter(status="settled").count() == 2
