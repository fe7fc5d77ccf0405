"""The desk says what can be paid, what not and why, and what waits for a person."""

from datetime import timedelta

import pytest

from donations.domain import bank
from donations.domain.donation import IllegalMoveError
from donations.models import Beneficiary, Donation, SettlementPart
from donations.services import (
    acknowledgements,
    audit,
    bank_accounts,
    settlement_desk,
    settlements,
)
from tests import donations_factories as factories
from tests.donations import settling

LATER = settling.LATER
pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    """A pledge of two beneficiaries."""
    return factories.make_pledge_version(weights=(2, 1))


def sell(version, source="line:1", **values):
    """Set a donation of 249.90 aside."""
    return factories.make_donation(
        version=version, source=source, is_set_aside=True, **values
    )


def read(at=LATER):
    """Return the desk."""
    return settlement_desk.read_desk(at=at)


def discard(settlement):
    """Let the first person discard a draft."""
    settlements.discard_settlement(
        settlement_id=settlement.pk,
        discarded_by_id=settling.make_people()[0].pk,
        at=LATER,
    )
    settlement.refresh_from_db()


def test_empty_desk_has_nothing(version):
    """What was never sold is no line."""
    assert read() == settlement_desk.Desk((), (), (), ())


def test_desk_says_why_money_waits(version):
    """Held, not shipped and window open: each with its sum and count."""
    sell(version, "line:held")
    sell(version, "line:new")
    sell(version, "line:sent")
    Donation.objects.update(shipped_at=None, releasable_at=None)
    sent = Donation.objects.filter(source="line:sent")
    sent.update(shipped_at=LATER, releasable_at=LATER + timedelta(days=30))
    settling.retarget(249_900, "line:held", is_held=True)

    (line,) = read().lines

    assert [(one.reason, one.amount.amount, one.count) for one in line.blocked] == [
        ("held by a dispute", 24990, 1),
        ("not shipped", 24990, 1),
        ("return window open", 24990, 1),
    ]
    assert line.payable.amount == 0


def test_desk_shows_drafts_with_their_parts(version):
    """What is drafted is still payable; approved, it is on its way."""
    sell(version)
    drafted = settling.draft(version)
    (line,) = read().lines
    assert (line.payable.amount, line.has_draft) == (24990, True)
    assert [part.amount for part in line.settlements[0].parts.all()] == [16660, 8330]

    settling.approve(drafted)

    (line,) = read().lines
    assert (line.payable.amount, line.has_draft) == (0, False)
    assert [one.status for one in line.settlements] == ["approved"]


def test_desk_shows_what_is_owed_back(version):
    """A refund after the payment is a debt, and nothing is payable."""
    sell(version)
    settling.settle(version)

    settling.retarget(0)

    (line,) = read().lines
    assert (line.payable.amount, line.debt.amount) == (0, 24990)


def test_desk_shows_open_bank_details(version):
    """Proposed and waiting details are listed until they take effect."""
    ann, bob = settling.make_people()
    account_id = bank_accounts.propose_details(
        beneficiary_id=Beneficiary.objects.earliest("pk").pk,
        details=bank.BankDetails("F", "USD", "", "123", "021000021"),
        proposed_by_id=ann.pk,
        at=LATER,
    )
    assert [one.pk for one in read().bank_accounts] == [account_id]
    bank_accounts.decide_details(
        account_id=account_id, decided_by_id=bob.pk, is_confirmed=True, at=LATER
    )

    assert len(read(LATER + timedelta(days=6)).bank_accounts) == 1
    assert read(LATER + timedelta(days=7)).bank_accounts == ()


def test_desk_shows_failures_until_they_are_drafted(version):
    """What failed is listed until a later part pays it anew."""
    sell(version)
    part = settling.approve(settling.draft(version)).parts.first()
    settling.fail(part)
    assert read().failed == (part,)

    settling.draft(version)

    assert read().failed == ()


def test_desk_shows_disputes_until_they_are_settled(version):
    """The last question about each part is listed until it is acknowledged."""
    sell(version)
    first, second = settling.settle(version).parts.order_by("pk")
    settling.acknowledge(second)
    acknowledgements.dispute(
        token=settling.make_token(first), name="Dana", reason="Late.", at=LATER
    )
    assert [one.reason for one in read().asked] == ["Late."]

    acknowledgements.ask_again(part_id=first.pk, at=LATER)
    assert [one.answer for one in read().asked] == [""]
    settling.acknowledge(first)

    assert read().asked == ()


def test_desk_takes_ten_statements(version, django_assert_num_queries):
    """However much there is on it, a desk is read in ten statements."""
    for number in range(3):
        sell(version, f"line:{number}")
        settling.settle(version)
    sell(version, "line:9")
    settling.draft(version)

    with django_assert_num_queries(10):
        for line in read().lines:
            assert [str(part.beneficiary) for part in line.settlements[0].parts.all()]


def test_discarded_draft_frees_its_donations(version):
    """Nothing moves, and the next draft takes all of it."""
    sell(version)
    drafted = settling.draft(version)

    discard(drafted)

    assert (drafted.status, drafted.discarded_by.username) == ("discarded", "ann")
    assert Donation.objects.get().settlement is None
    assert list(audit.audit_ledger()) == []
    assert settling.settle(version).amount == 24990


def test_discarded_draft_replaces_nothing(version):
    """What failed before waits for another draft."""
    sell(version)
    for part in settling.approve(settling.draft(version)).parts.all():
        settling.fail(part)

    discard(settling.draft(version))

    assert not SettlementPart.objects.filter(replaced_by__isnull=False).exists()
    settling.settle(version)
    assert Donation.objects.get().status == "settled"


def test_approved_settlement_is_not_discarded(version):
    """Money may be on its way."""
    sell(version)
    approved = settling.approve(settling.draft(version))

    with pytest.raises(IllegalMoveError):
        discard(approved)
