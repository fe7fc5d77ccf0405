"""The audit finds every alteration and names its row; a good ledger passes."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from donations.models import Account, Donation, Entry, Settlement
from donations.services import audit, audit_entries, donations, settlements
from tests import donations_factories as factories
from tests.donations import settling

AT = factories.AT
LATER = AT + timedelta(days=31)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ledger():
    """Two donations, one reversed in part, one settled; one more pending."""
    version = factories.make_pledge_version(weights=(2, 1))
    for source in ("line:1", "line:2"):
        factories.make_donation(version=version, source=source, is_set_aside=True)
    donations.retarget_donation(
        source="line:1", base_amount=1000, at=AT, cause="refund"
    )
    people = [factories.make_user(username=name) for name in ("ann", "bob")]
    settling.release(LATER)
    pk = settlements.draft_settlement(
        pledge_id=version.pledge_id, drafted_by_id=people[0].pk, at=LATER
    )
    settlements.approve_settlement(
        settlement_id=pk,
        approved_by_id=people[1].pk,
        digest=Settlement.objects.get().digest,
        at=LATER,
    )
    settlements.confirm_settlement(settlement_id=pk, reference="BANK-1", at=LATER)
    factories.make_donation(version=version, source="line:3", is_set_aside=True)


def alter(rows, **values):
    """Change rows behind the ORM's back, the triggers switched off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        rows.update(**values)
        cursor.execute("SET session_replication_role = DEFAULT")


def find():
    """Return what the audit finds, as row and rule."""
    return [(finding.row, finding.rule) for finding in audit.audit_ledger()]


def test_good_ledger_passes():
    """Nothing is found where nothing was altered."""
    assert find() == []


@pytest.mark.parametrize(
    "values",
    [
        {"amount": 1},
        {"note": "paid twice"},
        {"posted_at": AT + timedelta(seconds=1)},
        {"batch": "other"},
        {"payload_digest": "0" * 64},
    ],
)
def test_altered_entry_is_named(values):
    """Whatever is altered in an entry, its digest no longer fits."""
    entry = Entry.objects.earliest("pk")

    alter(Entry.objects.filter(pk=entry.pk), **values)

    (found, *_) = audit.audit_ledger()
    assert (found.row, found.rule) == (f"entry {entry.pk}", "digest")
    assert found.detail.startswith("payload digest differs: ")


def test_altered_amount_shows_in_every_sum():
    """An altered amount breaks the donation, the balances and the counter."""
    entry = Entry.objects.latest("pk")

    alter(Entry.objects.filter(pk=entry.pk), amount=1)

    assert {rule for _, rule in find()} == {"digest", "posted", "pending", "counter"}


def test_held_donation_must_be_held_in_full():
    """A donation that says it is held while its money is pending is found."""
    donation = Donation.objects.get(source="line:3")

    Donation.objects.filter(pk=donation.pk).update(is_held=True)

    pledge = f"pledge {donation.pledge_version.pledge_id}"
    assert find() == [
        (f"donation {donation.pk}", "held"),
        (pledge, "pending"),
        (pledge, "held"),
    ]


def test_money_held_for_nothing_is_named():
    """A donation whose money is held while no dispute is open is found."""
    donation = Donation.objects.get(source="line:3")
    donations.retarget_donation(
        source="line:3", base_amount=249_900, at=AT, cause="dispute", is_held=True
    )
    assert find() == []

    Donation.objects.filter(pk=donation.pk).update(is_held=False)

    (found, *_) = audit.audit_ledger()
    assert (found.row, found.rule) == (f"donation {donation.pk}", "held")
    assert found.detail.startswith("it is not held, its 24990 by beneficiary")


def test_held_after_payment_is_a_carry():
    """What a dispute holds back from the payable may take it below zero."""
    donations.retarget_donation(
        source="line:2", base_amount=249_900, at=LATER, cause="dispute", is_held=True
    )

    assert find() == []


def test_entry_of_another_currency_is_named():
    """A donation in dollars has no entry in euros."""
    entry = Entry.objects.latest("pk")

    alter(Donation.objects.filter(pk=entry.donation_id), currency="EUR")

    assert (f"entry {entry.pk}", "currency") in find()
    assert {rule for _, rule in find()} == {"currency", "pending", "counter"}


def test_illegal_entry_is_named():
    """An entry whose accounts its kind does not touch is found."""
    entry = Entry.objects.earliest("pk")

    alter(Entry.objects.filter(pk=entry.pk), kind="confirm")

    assert (f"entry {entry.pk}", "posting") in find()


def test_unknown_kind_is_named():
    """An entry of a kind that does not exist is found, not fatal."""
    entry = Entry.objects.earliest("pk")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "ALTER TABLE donations_entry DROP CONSTRAINT donations_entry_known_kind"
        )

    alter(Entry.objects.filter(pk=entry.pk), kind="gift")

    assert (f"entry {entry.pk}", "posting") in find()


def test_entry_between_pledges_is_named():
    """Money never moves from one pledge's account to another's."""
    other = factories.make_pledge_version(slug="other")
    entry = Entry.objects.earliest("pk")
    account = Account.objects.get(kind="donation", pledge=other.pledge)

    alter(Entry.objects.filter(pk=entry.pk), debit=account)

    assert (f"entry {entry.pk}", "accounts") in find()


@pytest.mark.parametrize(
    ("values", "rule"),
    [({"code": "pending:USD:p9"}, "code"), ({"kind": "held"}, "code")],
)
def test_altered_account_is_named(values, rule):
    """An account whose code is not what its columns say is found."""
    account = Account.objects.filter(kind="pending").earliest("pk")

    alter(Account.objects.filter(pk=account.pk), **values)

    assert (f"account {account.pk}", rule) in find()


def test_ownerless_account_is_named():
    """An account without the owner that its kind needs is found."""
    account = Account.objects.filter(kind="fees").get()

    alter(Account.objects.filter(pk=account.pk), pledge=None)

    assert find() == [(f"account {account.pk}", "owners")]


def test_missing_guard_is_named():
    """A ledger that could be changed is no longer good."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP TRIGGER donations_entry_no_update ON donations_entry")

    assert find() == [("trigger donations_entry_no_update", "guards")]


def test_donation_must_match_its_entries():
    """A donation that claims more than its entries is found, and the counter."""
    donation = Donation.objects.get(source="line:3")

    Donation.objects.filter(pk=donation.pk).update(posted_amount=24989)

    assert find() == [
        (f"donation {donation.pk}", "posted"),
        (f"pledge {donation.pledge_version.pledge_id}", "pending"),
        (f"pledge {donation.pledge_version.pledge_id}", "counter"),
    ]


def test_donation_without_entry_is_named():
    """A donation that says it is posted, and has no entry, is found."""
    donation = factories.make_donation(
        version=Donation.objects.latest("pk").pledge_version, source="line:4"
    )

    Donation.objects.filter(pk=donation.pk).update(
        status="set_aside", posted_amount=24990, set_aside_at=AT
    )

    assert (f"donation {donation.pk}", "posted") in find()


def test_overdrawn_payable_is_named():
    """What is payable falls below zero for a carry only."""
    instruct = Entry.objects.filter(kind="instruct").earliest("pk")

    alter(Entry.objects.filter(pk=instruct.pk), amount=instruct.amount + 1)

    assert (f"account {instruct.debit_id}", "payable") in find()


def test_progress_counts_entries(monkeypatch):
    """Whoever waits sees how far the audit has come, chunk by chunk."""
    monkeypatch.setattr(audit_entries, "_CHUNK", 5)
    seen = []

    list(audit.audit_ledger(progress=seen.append))

    assert seen == [5, 10, audit.count_entries()]


@pytest.mark.django_db(transaction=True)
def test_audit_sees_one_moment():
    """On PostgreSQL what a worker does meanwhile is not half seen."""
    with CaptureQueriesContext(connection) as queries:
        findings = list(audit.audit_ledger())

    assert findings == []
    assert any("REPEATABLE READ, READ ONLY" in query["sql"] for query in queries)
    assert not connection.in_atomic_block
