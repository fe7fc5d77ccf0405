"""Entries are posted once, whole or not at all, into accounts that exist."""

import dataclasses
from datetime import timedelta

import pytest
from django.db import transaction
from django.db.models import Q

from donations.domain import ledger as rules
from donations.models import Account, Entry
from donations.services import ledger
from tests import donations_factories as factories

AT = factories.AT
pytestmark = pytest.mark.django_db


def make_posting(**values):
    """Return a legal posting of 100 dollars, its accounts open."""
    names = [
        rules.AccountName(rules.AccountKind.DONATION, "USD", factories.PLEDGE_ID),
        rules.AccountName(
            rules.AccountKind.PENDING,
            "USD",
            factories.PLEDGE_ID,
            factories.BENEFICIARY_ID,
        ),
    ]
    ledger.open_accounts(names=names)
    return rules.Posting(
        **{
            "kind": rules.EntryKind.SET_ASIDE,
            "debit": names[0].code,
            "credit": names[1].code,
            "amount": 10_000,
            "currency": "USD",
            "batch": "batch",
            "key": "key",
            "posted_at": AT,
            **values,
        }
    )


def post(*postings):
    """Post without any rows to refer to."""
    ledger.post_entries(entries=[ledger.NewEntry(posting=one) for one in postings])


@pytest.fixture(autouse=True)
def _owners():
    factories.make_owners()


def test_entry_stores_what_was_posted():
    """A stored entry says what its posting said, with its digest."""
    posting = make_posting()

    post(posting)

    entry = Entry.objects.get()
    assert (entry.debit.code, entry.credit.code) == (posting.debit, posting.credit)
    assert (entry.amount, entry.posted_at) == (10_000, AT)
    assert entry.payload_digest == rules.digest(posting)


def test_same_key_and_payload_is_one_entry():
    """V20: repeating an entry, at a later moment even, stores it once."""
    posting = make_posting()

    post(posting)
    post(posting)
    post(dataclasses.replace(posting, posted_at=AT + timedelta(days=1)))

    assert Entry.objects.get().posted_at == AT


def test_same_key_with_other_payload_conflicts():
    """V20: another payload under a used key raises, and nothing is posted."""
    posting = make_posting()
    post(posting)

    fresh = dataclasses.replace(posting, key="fresh")
    other = dataclasses.replace(posting, amount=1)
    with (
        pytest.raises(ledger.IdempotencyConflictError, match="key is posted"),
        transaction.atomic(),
    ):
        post(fresh, other)

    assert Entry.objects.get().amount == 10_000


def test_illegal_entries_are_not_posted():
    """One illegal entry keeps the whole batch out."""
    posting = make_posting()

    with pytest.raises(rules.IllegalEntryError):
        post(posting, dataclasses.replace(posting, key="other", amount=0))

    assert not Entry.objects.exists()


def test_accounts_must_be_open():
    """An entry into an account that nobody opened is refused by name."""
    posting = make_posting(credit="pending:USD:p1:b404")

    with pytest.raises(ledger.AccountMissingError, match="b404"):
        post(posting)


def test_posting_nothing_is_nothing():
    """An act that changes no balance posts no entry."""
    post()

    assert not Entry.objects.exists()


def test_accounts_are_opened_once():
    """Opening what is open changes nothing and returns the same rows."""
    name = rules.AccountName(rules.AccountKind.OPERATING_CASH, "USD")

    opened = [ledger.open_accounts(names=[name]) for _ in range(2)]

    assert opened[0] == opened[1]
    assert Account.objects.filter(code=name.code).count() == 1


@pytest.mark.checklist("M7")
def test_balances_are_credits_less_debits():
    """A balance is computed from entries, on both sides of an account."""
    posting = make_posting()
    back = dataclasses.replace(
        posting,
        kind=rules.EntryKind.REVERSE,
        debit=posting.credit,
        credit=posting.debit,
        amount=4000,
        key="back",
    )
    post(posting, back)

    balances = ledger.read_balances(accounts=Q(kind="pending"))

    assert list(balances.values()) == [6000]
    assert sum(ledger.read_balances(accounts=Q()).values()) == 0
