"""Money that came back of a donation is posted once, and lowers the debt."""

import pytest
from django.db import connection

from donations.models import Donation, Entry, PledgeShare
from donations.services import audit, impact, ledger, recalls, settlements
from tests import donations_factories as factories
from tests.donations import settling

LATER = settling.LATER
pytestmark = pytest.mark.django_db


@pytest.fixture
def version():
    """A pledge of two beneficiaries with one donation: 166.60 and 83.30."""
    version = factories.make_pledge_version(weights=(2, 1))
    factories.make_donation(version=version, is_set_aside=True)
    return version


@pytest.fixture
def beneficiary_id(version):
    """The beneficiary of the larger part."""
    return PledgeShare.objects.get(version=version, ordinal=0).beneficiary_id


def recall(beneficiary_id, amount=16660, **values):
    """Record that money came back."""
    defaults = {"source": "line:1", "reference": "trr_1", "key": "recall-1"}
    return recalls.record_recall(
        beneficiary_id=beneficiary_id,
        amount=amount,
        at=LATER,
        **(defaults | values),
    )


def read_debt(beneficiary_id, source="line:1"):
    """Return what the beneficiary owes."""
    return recalls.read_debt(source=source, beneficiary_id=beneficiary_id)


def test_given_follows_the_sale(version, beneficiary_id):
    """A donation gives each beneficiary its part of what is posted, and 0 at last."""
    other = beneficiary_id + 1
    given = []
    for base in (249_900, 10_000, 0):
        settling.retarget(base)
        given.append(recalls.read_given(sources=["line:1", "line:unknown"]))

    assert given == [
        {("line:1", beneficiary_id): first, ("line:1", other): second}
        for first, second in ((16660, 8330), (667, 333), (0, 0))
    ]


def test_debt_is_what_was_paid_too_much(version, beneficiary_id):
    """Nobody owes anything before the sale falls, and each its part afterwards."""
    assert read_debt(beneficiary_id) == 0
    settling.settle(version)
    assert read_debt(beneficiary_id) == 0

    settling.retarget(0)

    assert read_debt(beneficiary_id) == 16660
    assert read_debt(beneficiary_id + 1) == 8330


def test_debt_is_netted_by_what_follows(version, beneficiary_id):
    """What a later draft releases is taken off the debt."""
    settling.settle(version)
    settling.retarget(0)
    factories.make_donation(
        version=version, source="line:2", base_amount=300_000, is_set_aside=True
    )

    settling.draft(version)

    assert read_debt(beneficiary_id) == 0


@pytest.mark.checklist("T3")
def test_recall_lowers_the_debt(version, beneficiary_id):
    """What came back is cash again, answers its payment and is owed no more."""
    settling.settle(version)
    settling.retarget(0)

    assert recall(beneficiary_id) is True

    entry = Entry.objects.get(kind="correction")
    assert (entry.debit.kind, entry.credit.kind) == ("operating_cash", "payable")
    assert (entry.answers.kind, entry.amount) == ("instruct", 16660)
    assert entry.note == "line:1 fell after it was paid: trr_1"
    assert (read_debt(beneficiary_id), read_debt(beneficiary_id + 1)) == (0, 8330)
    assert list(audit.audit_ledger()) == []


def test_recall_is_posted_once(version, beneficiary_id):
    """The same act told again changes nothing and says so."""
    settling.settle(version)
    settling.retarget(0)

    assert [recall(beneficiary_id) for _ in "ab"] == [True, False]
    assert Entry.objects.recalls().count() == 1


def test_used_key_takes_no_other_recall(version, beneficiary_id):
    """Another amount under a used key is refused."""
    settling.settle(version)
    settling.retarget(0)
    recall(beneficiary_id)

    with pytest.raises(ledger.IdempotencyConflictError):
        recall(beneficiary_id, 1)


def test_no_more_comes_back_than_was_paid(version, beneficiary_id):
    """All recalls of a part together stay within it; nothing is posted beyond."""
    settling.settle(version)
    recall(beneficiary_id, 16000)
    recall(beneficiary_id + 1, 8330, key="recall-2")

    with pytest.raises(recalls.RecallTooLargeError):
        recall(beneficiary_id, 661, key="recall-3")

    assert recall(beneficiary_id, 660, key="recall-3") is True


@pytest.mark.parametrize("is_drafted", [False, True])
def test_nothing_comes_back_that_never_went(version, beneficiary_id, is_drafted):
    """Before an approval nothing was paid that could come back."""
    if is_drafted:
        settling.draft(version)

    with pytest.raises(recalls.RecallTooLargeError, match="never paid"):
        recall(beneficiary_id)


def test_recall_may_come_before_the_confirmation(version, beneficiary_id):
    """A rail that pays in pieces may take one back while others are on their way."""
    settlement = settling.approve(settling.draft(version))
    settling.retarget(0)

    recall(beneficiary_id)
    early = impact.read_totals().pledges[0].totals.settled.amount
    assert list(audit.audit_ledger()) == []
    settling.confirm(settlement)

    assert recall(beneficiary_id) is False
    late = impact.read_totals().pledges[0].totals.settled.amount
    assert (early, late) == (0, 8330)
    assert list(audit.audit_ledger()) == []


def test_recall_is_not_settled_any_more(version, beneficiary_id):
    """The public counter takes off what came back; the payment stays as it was."""
    settling.settle(version)
    settling.retarget(0)
    recall(beneficiary_id)
    recall(beneficiary_id + 1, 8330, key="recall-2")

    (given,) = impact.read_totals().pledges

    assert (given.totals.set_aside.amount, given.totals.settled.amount) == (0, 0)
    assert [line.amount.amount for line in given.settlements] == [24990]
    assert Donation.objects.get().status == "reversed"


def test_refund_that_fails_after_a_recall_is_paid_anew(version, beneficiary_id):
    """A donation that is owed again is paid by the next settlement."""
    settling.settle(version)
    settling.retarget(0)
    recall(beneficiary_id)

    settling.retarget(249_900)
    following = settling.settle(version)

    amounts = following.parts.order_by("pk").values_list("amount", flat=True)
    assert list(amounts) == [16660]
    assert list(audit.audit_ledger()) == []


def test_recalls_come_one_after_the_other(version, beneficiary_id):
    """Of two that come back at once, one counts what the other brought."""
    settling.settle(version)

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
        recall(beneficiary_id)
