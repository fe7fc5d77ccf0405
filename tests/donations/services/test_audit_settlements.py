"""The audit compares settlements with their parts, what moved and what came back."""

import pytest
from django.db import connection
from django.db.models import F

from donations.models import Entry, Settlement, SettlementPart
from donations.services import audit, recalls
from tests import donations_factories as factories
from tests.donations import settling

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ledger():
    """A settled donation of two beneficiaries."""
    version = factories.make_pledge_version(weights=(2, 1))
    factories.make_donation(version=version, source="line:2", is_set_aside=True)
    settling.settle(version)


def alter(rows, **values):
    """Change rows behind the ORM's back, the triggers switched off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        rows.update(**values)
        cursor.execute("SET session_replication_role = DEFAULT")


def recall(part, amount):
    """Record that money of the settled donation came back."""
    recalls.record_recall(
        source="line:2",
        beneficiary_id=part.beneficiary_id,
        amount=amount,
        reference="trr_1",
        key="recall-1",
        at=settling.LATER,
    )


def find():
    """Return what the audit finds, as row and rule."""
    return [(finding.row, finding.rule) for finding in audit.audit_ledger()]


def test_settlement_must_match_the_money():
    """A settlement whose sum is not what moved is found."""
    settlement = Settlement.objects.get()

    Settlement.objects.update(amount=1)

    assert find() == [(f"settlement {settlement.pk}", "settlement")]


def test_part_must_match_the_money():
    """A part whose sum is not what moved shows in its settlement and the counter."""
    settlement = Settlement.objects.get()

    SettlementPart.objects.filter(pk=settlement.parts.earliest("pk").pk).update(
        amount=1
    )

    assert find() == [
        (f"settlement {settlement.pk}", "settlement"),
        (f"pledge {settlement.pledge_id}", "counter"),
    ]


def test_paid_settlement_has_no_part_to_pay():
    """A settlement that is paid while a part of it is not is found."""
    settlement = Settlement.objects.get()

    settlement.parts.update(paid_at=None)

    assert (f"settlement {settlement.pk}", "settlement") in find()


def test_settlement_is_paid_with_its_parts():
    """A settlement that says it is on its way when all of it arrived is found."""
    Settlement.objects.update(status="approved", paid_at=None)

    assert find() == [(f"settlement {Settlement.objects.get().pk}", "settlement")]


def test_more_back_than_paid_is_named():
    """A part of which more came back than it was is found."""
    part = SettlementPart.objects.earliest("pk")
    recall(part, part.amount)
    assert find() == []

    SettlementPart.objects.filter(pk=part.pk).update(amount=F("amount") - 1)

    assert (f"settlement {part.settlement_id}", "recall") in find()


def test_recall_of_nobody_is_named():
    """Money that came back from a beneficiary that was not paid is found."""
    part = SettlementPart.objects.earliest("pk")
    recall(part, 1)

    part.acknowledgements.all().delete()
    part.delete()

    assert (f"settlement {part.settlement_id}", "recall") in find()


def test_recalls_explain_no_overdraft():
    """What came back makes a payable below zero no carry any more."""
    part = SettlementPart.objects.earliest("pk")
    settling.retarget(0, "line:2")
    payable = Entry.objects.get(
        kind="reverse",
        credit__kind="donation",
        debit__beneficiary=part.beneficiary_id,
        donation__source="line:2",
    ).debit
    recall(part, 16_660)
    assert find() == []

    release = Entry.objects.filter(kind="release", credit=payable).earliest("pk")
    alter(Entry.objects.filter(pk=release.pk), amount=release.amount - 100)

    assert (f"account {payable.pk}", "payable") in find()
