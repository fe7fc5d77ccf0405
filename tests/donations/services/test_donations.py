"""The single door: what is due is recorded once, and set aside once."""

import dataclasses
from datetime import timedelta

import pytest
from django.db import transaction

from donations.domain.money import Money
from donations.models import Account, Donation, Entry
from donations.services import audit, donations, ledger, postings
from tests import donations_factories as factories

AT = factories.AT
pytestmark = pytest.mark.django_db


def record(*due, **options):
    """Record what is due as a paying transaction does."""
    return donations.record_due_donations(
        due=list(due), at=AT, **{"is_nudged": False, **options}
    )


def read_entries():
    """Return every entry as what it moves."""
    return list(
        Entry.objects.order_by("pk").values_list(
            "kind", "debit__kind", "credit__kind", "amount"
        )
    )


def test_recording_stores_what_is_owed():
    """V1: a sale of 2499 dollars owes 249.90, due at the moment of payment."""
    due = factories.make_due(version=factories.make_pledge_version())

    (pk,) = record(due)

    donation = Donation.objects.get(pk=pk)
    assert (donation.target, donation.posted) == (Money(24990, "USD"), Money(0, "USD"))
    assert (donation.status, donation.due_at) == ("due", AT)


def test_recording_keeps_the_callers_order():
    """Ids come back in the order in which the sale named its lines."""
    version = factories.make_pledge_version()
    sources = ["line:c", "line:a", "line:b"]

    ids = record(*(factories.make_due(version=version, source=s) for s in sources))

    stored = dict(Donation.objects.values_list("pk", "source"))
    assert [stored[pk] for pk in ids] == sources


def test_recording_takes_three_statements(django_assert_num_queries):
    """However many lines a sale has, the paying transaction waits for three."""
    version = factories.make_pledge_version()
    due = [factories.make_due(version=version, source=f"line:{n}") for n in range(9)]

    with django_assert_num_queries(3):
        record(*due)


def test_same_event_three_times_records_once():
    """V20: repeating a sale changes nothing and returns the same rows."""
    due = factories.make_due(version=factories.make_pledge_version())

    ids = [record(due) for _ in range(3)]

    assert ids[0] == ids[1] == ids[2]
    assert Donation.objects.count() == 1


def test_repeating_after_a_return_is_no_conflict():
    """A sale told again after its piece came back is still the same sale."""
    version = factories.make_pledge_version()
    due = factories.make_due(version=version)
    record(due)
    donations.retarget_donation(source=due.source, base_amount=0, at=AT, cause="back")

    record(due)

    assert Donation.objects.get().status == "reversed"


def test_same_source_with_other_payload_conflicts():
    """V20: a source that is known with another base is refused, nothing is stored."""
    version = factories.make_pledge_version()
    record(factories.make_due(version=version))

    other = factories.make_due(version=version, base_amount=100)
    with pytest.raises(ledger.IdempotencyConflictError, match="line:1"):
        record(other)

    assert Donation.objects.get().base_amount == 249_900


def test_base_of_zero_records_nothing():
    """V20: what gives nothing leaves no row and no id."""
    due = factories.make_due(version=factories.make_pledge_version(), base_amount=0)

    assert record(due) == []
    assert not Donation.objects.exists()


def test_share_must_be_the_pledges():
    """A frozen share that its pledge version does not say is refused."""
    due = factories.make_due(version=factories.make_pledge_version())

    with pytest.raises(donations.ShareMismatchError, match="24990 USD"):
        record(dataclasses.replace(due, share_amount=24989))


def test_fixed_share_is_of_one_currency():
    """A fixed amount says nothing of a piece that was sold in another currency."""
    version = factories.make_pledge_version(share_fixed_amount=2500)
    due = factories.make_due(version=version, currency="EUR")

    with pytest.raises(donations.ShareMismatchError, match=r"2500 EUR .* 2500 USD"):
        record(due)

    assert not Account.objects.filter(currency="EUR").exists()


def test_first_sale_in_a_currency_opens_its_accounts():
    """A percentage is given in any currency, on accounts of that currency."""
    version = factories.make_pledge_version(weights=(2, 1))
    due = factories.make_due(version=version, currency="JPY", base_amount=98765)

    (pk,) = record(due)
    donations.set_aside_donation(donation_id=pk, at=AT)

    codes = set(Account.objects.filter(currency="JPY").values_list("kind", flat=True))
    assert codes == {
        "donation",
        "fees",
        "write_off",
        "minimum_top_up",
        "pending",
        "held",
        "payable",
        "operating_cash",
    }
    amounts = Entry.objects.order_by("pk").values_list("currency", "amount")
    assert list(amounts) == [("JPY", 6585), ("JPY", 3292)]
    assert list(audit.audit_ledger()) == []


def test_next_sales_in_a_currency_open_nothing(django_assert_num_queries):
    """Later sales in another currency only look whether its accounts are there."""
    version = factories.make_pledge_version()
    sources = ("line:1", "line:2")
    first, later = (
        factories.make_due(version=version, currency="EUR", source=source)
        for source in sources
    )
    record(first)

    with django_assert_num_queries(4):
        record(later)


def test_same_sale_in_another_currency_is_a_conflict():
    """A source that is known in dollars cannot be told again in euros."""
    due = factories.make_due(version=factories.make_pledge_version())
    record(due)

    with pytest.raises(ledger.IdempotencyConflictError, match="another payload"):
        record(dataclasses.replace(due, currency="EUR"))


def test_drafts_give_nothing():
    """A donation cannot name a pledge version that was never published."""
    draft = factories.make_pledge_version(is_published=False)

    with pytest.raises(postings.PledgeNotPublishedError, match=str(draft.pk)):
        record(factories.make_due(version=draft))


@pytest.mark.django_db(transaction=True)
def test_recording_needs_the_paying_transaction():
    """Outside a transaction nothing is recorded."""
    due = factories.make_due(version=factories.make_pledge_version())

    with pytest.raises(donations.NotInTransactionError):
        record(due)


@pytest.mark.django_db(transaction=True)
def test_rolled_back_payment_owes_nothing():
    """The donation lives and dies with the payment's transaction."""
    due = factories.make_due(version=factories.make_pledge_version())

    with transaction.atomic():
        record(due)
        transaction.set_rollback(True)

    assert not Donation.objects.exists()


def test_sales_brought_in_later_keep_their_day():
    """A sale of the past owes from its own day on."""
    due = factories.make_due(
        version=factories.make_pledge_version(), at=AT - timedelta(days=90)
    )

    record(due)

    assert Donation.objects.get().due_at == AT - timedelta(days=90)


def test_setting_aside_posts_the_share():
    """A due donation becomes an expense and a liability of the same amount."""
    donation = factories.make_donation(is_set_aside=True)

    assert read_entries() == [("set_aside", "donation", "pending", 24990)]
    assert donation.posted == Money(24990, "USD")
    assert (donation.status, donation.set_aside_at) == ("set_aside", AT)


def test_setting_aside_splits_by_weight():
    """V7: each beneficiary has its part by largest remainder."""
    version = factories.make_pledge_version(weights=(50, 30, 20))

    factories.make_donation(version=version, base_amount=249_910, is_set_aside=True)

    amounts = Entry.objects.order_by("pk").values_list("amount", flat=True)
    assert list(amounts) == [12496, 7497, 4998]


def test_tiny_share_leaves_some_without_entry():
    """A beneficiary whose part is nothing gets no entry of nothing."""
    version = factories.make_pledge_version(weights=(1, 1, 1))

    factories.make_donation(version=version, base_amount=11, is_set_aside=True)

    assert [amount for *_, amount in read_entries()] == [1, 1]


def test_setting_aside_twice_posts_once():
    """V20: only the first call posts, and says so."""
    donation = factories.make_donation()

    calls = [
        donations.set_aside_donation(donation_id=donation.pk, at=AT) for _ in range(3)
    ]

    assert calls == [True, False, False]
    assert len(read_entries()) == 1


def test_setting_aside_takes_few_statements(django_assert_num_queries):
    """Claim, read, shares, lock, accounts, insert, check; and the test's savepoint."""
    donation = factories.make_donation()

    with django_assert_num_queries(7 + 2):
        donations.set_aside_donation(donation_id=donation.pk, at=AT)


def test_state_says_where_a_donation_stands():
    """Whoever shows a line can say what it gave, to whom and since when."""
    factories.make_donation(is_set_aside=True)

    state = donations.find_donation(source="line:1")

    assert state.amount == Money(24990, "USD")
    assert state.status == "set_aside"
    assert state.beneficiary_names == ("Feeding America",)
    assert (state.due_at, state.set_aside_at, state.settled_at) == (AT, AT, None)


def test_lines_that_give_nothing_have_no_state():
    """A source that was never recorded is simply absent."""
    factories.make_donation()

    assert donations.find_donation(source="line:other") is None
    assert list(donations.list_by_source(sources=["line:1", "line:2"])) == ["line:1"]
