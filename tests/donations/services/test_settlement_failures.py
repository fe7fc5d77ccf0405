"""A payment that failed for good is owed again, and paid by a later settlement."""

from datetime import timedelta

import pytest
from django.db.models import Sum

from donations.domain.donation import IllegalMoveError
from donations.models import Donation, Entry, Settlement
from donations.services import (
    audit,
    donations,
    impact,
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


def sums():
    """Return what was posted, by kind."""
    rows = Entry.objects.values_list("kind").annotate(Sum("amount"))
    return dict(rows.order_by())


def test_failed_money_is_payable_again(settlement):
    """One entry brings it back to payable; the part says by whom and why."""
    part = settlement.parts.first()

    assert settling.fail(part) is True

    entry = Entry.objects.get(kind="fail")
    assert (entry.debit.kind, entry.credit.kind) == ("in_transit", "payable")
    assert (entry.amount, entry.credit.beneficiary_id) == (16660, part.beneficiary_id)
    part.refresh_from_db()
    assert (part.failure, part.failed_by.username) == ("account closed", "ann")
    assert list(audit.audit_ledger()) == []


def test_part_fails_once(settlement):
    """Told twice, it is posted once."""
    part = settlement.parts.first()
    settling.fail(part)

    assert settling.fail(part) is False
    assert sums()["fail"] == 16660


def test_settlement_of_failed_parts_is_failed(settlement):
    """With all its parts failed so is the settlement, and no donation is settled."""
    for part in settlement.parts.all():
        settling.fail(part)

    settlement.refresh_from_db()
    assert (settlement.status, settlement.paid_at) == ("failed", None)
    assert Donation.objects.get().status == "set_aside"
    assert list(audit.audit_ledger()) == []


def test_failure_needs_a_reason(settlement):
    """Without its evidence nothing fails."""
    with pytest.raises(settlements.ReasonMissingError):
        settling.fail(settlement.parts.first(), reason="  ")

    assert "fail" not in sums()


def test_draft_cannot_fail(version):
    """What nobody instructed is discarded or drafted again, not failed."""
    with pytest.raises(IllegalMoveError):
        settling.fail(settling.draft(version).parts.first())


def test_paid_part_cannot_fail(settlement):
    """Money that arrived did not fail, whatever a person says later."""
    paid, _ = settlement.parts.order_by("pk")
    confirm(paid)

    assert settling.fail(paid) is False
    assert "fail" not in sums()


def test_failed_part_is_not_confirmed(settlement):
    """What failed is not paid by a late word of the bank: it is drafted anew."""
    part = settlement.parts.first()
    settling.fail(part)

    assert settlements.confirm_part(part_id=part.pk, reference="B", at=LATER) is False
    assert "confirm" not in sums()


def test_hosts_hear_of_parts(settlement, heard, django_capture_on_commit_callbacks):
    """Failed, paid, acknowledged: each is told once, by the part's id."""
    paid, failed = settlement.parts.order_by("pk")

    with django_capture_on_commit_callbacks(execute=True):
        settling.fail(failed)
        confirm(paid)
        settling.acknowledge(paid)

    assert heard == [
        ("part_failed", failed.pk),
        ("part_paid", paid.pk),
        ("part_acknowledged", paid.pk),
    ]


def test_failed_settlement_is_listed_nowhere_public(settlement):
    """What failed was given to nobody."""
    for part in settlement.parts.all():
        settling.fail(part)

    (pledge,) = impact.read_totals().pledges
    assert (pledge.settlements, pledge.totals.settled.amount) == ((), 0)


def test_refund_after_a_failure_lowers_the_next_payment(version, settlement):
    """What fell meanwhile is not paid anew."""
    for part in settlement.parts.all():
        settling.fail(part)
    donations.retarget_donation(
        source="line:1", base_amount=100_000, at=LATER, cause="refund"
    )

    assert settling.settle(version, AFTER).amount == 10_000
    assert Settlement.objects.filter(status="failed").count() == 1
    assert list(audit.audit_ledger()) == []
