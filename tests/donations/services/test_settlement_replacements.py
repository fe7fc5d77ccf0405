"""What failed is paid anew by a later settlement, and its donations with it."""

from datetime import timedelta

import pytest

from donations.models import Donation, Entry, SettlementPart
from donations.services import (
    audit,
    impact,
    recalls,
    settlement_parts,
    settlements,
)
from tests import donations_factories as factories
from tests.donations import settling

LATER = settling.LATER
AFTER = LATER + timedelta(days=7)
pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    """A pledge of two beneficiaries, two to one, with one donation of 249.90."""
    version = factories.make_pledge_version(weights=(2, 1))
    factories.make_donation(version=version, is_set_aside=True)
    return version


@pytest.fixture
def settlement(version):
    """Its settlement, approved: 166.60 and 83.30."""
    return settling.approve(settling.draft(version))


def confirm(part, at=LATER, reference="BANK-1"):
    """Record that one part is paid."""
    settlements.confirm_part(part_id=part.pk, reference=reference, at=at)


def test_donation_waits_for_all_its_beneficiaries(version, settlement):
    """Paid to one, failed to the other, a donation is settled by the next payment."""
    paid, failed = settlement.parts.order_by("pk")
    settling.fail(failed)
    confirm(paid)
    settlement.refresh_from_db()
    assert (settlement.status, settlement.reference) == ("paid", "BANK-1")
    assert Donation.objects.get().status == "set_aside"

    following = settling.settle(version, AFTER)

    assert list(following.parts.values_list("beneficiary", "amount")) == [
        (failed.beneficiary_id, 8330)
    ]
    donation = Donation.objects.get()
    assert (donation.status, donation.settled_at) == ("settled", AFTER)
    assert donation.settlement_id == settlement.pk
    assert list(audit.audit_ledger()) == []


def test_next_draft_takes_what_failed(version, settlement):
    """All that failed is in the next draft, with what came since, and is paid once."""
    for part in settlement.parts.all():
        settling.fail(part)
    factories.make_donation(version=version, source="line:2", is_set_aside=True)

    following = settling.settle(version, AFTER)

    assert following.amount == 2 * 24990
    assert set(Donation.objects.values_list("status", flat=True)) == {"settled"}
    (totals,) = impact.read_totals().by_currency
    assert totals.settled.amount == 2 * 24990
    assert list(audit.audit_ledger()) == []


def test_part_that_fails_again_is_replaced_again(version, settlement):
    """However often it fails, the last payment makes all of it good."""
    for part in settlement.parts.all():
        settling.fail(part)
    second = settling.approve(settling.draft(version, AFTER), AFTER)
    for part in second.parts.all():
        settling.fail(part, AFTER)
    assert not SettlementPart.objects.filter(replaced_by__isnull=False).exists()

    third = settling.settle(version, AFTER)

    replaced = SettlementPart.objects.filter(replaced_by__settlement=third)
    assert replaced.count() == 4
    assert Donation.objects.get().status == "settled"
    assert list(audit.audit_ledger()) == []


def test_replacement_lists_the_older_donations(version, settlement):
    """A part that pays anew says what each donation gives, of the failed one too."""
    paid, failed = settlement.parts.order_by("pk")
    settling.fail(failed)
    confirm(paid)
    factories.make_donation(version=version, source="line:2", is_set_aside=True)
    following = settling.draft(version, AFTER)

    found = {
        part.beneficiary_id: list(
            settlement_parts.list_lines(
                settlement_id=following.pk, beneficiary_id=part.beneficiary_id
            )
        )
        for part in following.parts.all()
    }

    assert found == {
        paid.beneficiary_id: [("line:2", 16660)],
        failed.beneficiary_id: [("line:1", 8330), ("line:2", 8330)],
    }


def test_approval_covers_what_is_paid_anew(version):
    """The digest covers the donations of replaced parts, even at equal sums."""
    for source in ("line:1", "line:2"):
        factories.make_donation(version=version, source=source, is_set_aside=True)
    settling.retarget(249_600, "line:2")
    for part in settling.approve(settling.draft(version)).parts.all():
        settling.fail(part)
    following = settling.draft(version, AFTER)

    settling.retarget(249_600, "line:1")
    settling.retarget(249_900, "line:2")

    with pytest.raises(settlements.SettlementChangedError):
        settling.approve(following)


def test_failure_voids_an_open_draft(version, settlement):
    """What fails while a draft is open is payable, so the draft is no longer right."""
    factories.make_donation(version=version, source="line:2", is_set_aside=True)
    drafted = settling.draft(version, AFTER)

    settling.fail(settlement.parts.first(), AFTER)

    with pytest.raises(settlements.SettlementChangedError):
        settling.approve(drafted, AFTER)


def test_first_part_may_arrive_last(version, settlement):
    """A donation is settled with its last payment, whichever settlement that is of."""
    late, failed = settlement.parts.order_by("pk")
    settling.fail(failed)
    settling.settle(version, AFTER)
    assert Donation.objects.get().status == "set_aside"

    confirm(late, AFTER)

    assert Donation.objects.get().status == "settled"
    assert list(audit.audit_ledger()) == []


def test_recall_finds_the_part_that_paid(version, settlement):
    """Money that comes back is of the payment that replaced the failed one."""
    for part in settlement.parts.all():
        settling.fail(part)
    following = settling.settle(version, AFTER)
    part = following.parts.first()

    recalls.record_recall(
        source="line:1",
        beneficiary_id=part.beneficiary_id,
        amount=100,
        reference="trr_1",
        key="recall-1",
        at=AFTER,
    )

    assert Entry.objects.recalls().get().settlement_id == following.pk
    assert list(audit.audit_ledger()) == []


def test_failed_part_has_nothing_to_recall(settlement):
    """As long as nobody paid it anew, no money can come back of it."""
    for part in settlement.parts.all():
        settling.fail(part)

    with pytest.raises(recalls.RecallTooLargeError):
        recalls.record_recall(
            source="line:1",
            beneficiary_id=settlement.parts.first().beneficiary_id,
            amount=1,
            reference="trr_1",
            key="recall-1",
            at=AFTER,
        )
