"""The ledger's grammar: which entries exist, and what their digest covers."""

import dataclasses
import hashlib
from datetime import UTC, datetime, timedelta, timezone

import pytest

from donations.domain import ledger
from donations.domain.ledger import AccountKind, AccountName, EntryKind, Posting

SET_ASIDE = Posting(
    kind=EntryKind.SET_ASIDE,
    debit="donation:USD:p1",
    credit="pending:USD:p1:b2",
    amount=24990,
    currency="USD",
    batch="b",
    key="k",
    posted_at=datetime(2026, 3, 2, 12, tzinfo=UTC),
)


def changed(**values):
    """Return the example with other values."""
    return dataclasses.replace(SET_ASIDE, **values)


def test_account_codes_name_their_owners():
    """A code says kind, currency and whom the account belongs to."""
    pending = AccountName(AccountKind.PENDING, "USD", pledge_id=3, beneficiary_id=7)
    transit = AccountName(AccountKind.IN_TRANSIT, "USD", settlement_id=9)
    cash = AccountName(AccountKind.OPERATING_CASH, "USD")

    assert [name.code for name in (pending, transit, cash)] == [
        "pending:USD:p3:b7",
        "in_transit:USD:s9",
        "operating_cash:USD",
    ]


@pytest.mark.parametrize(
    ("kind", "owners"),
    [
        (AccountKind.PENDING, {"pledge_id": 1}),
        (AccountKind.DONATION, {}),
        (AccountKind.DONATION, {"pledge_id": 1, "beneficiary_id": 1}),
        (AccountKind.IN_TRANSIT, {"pledge_id": 1}),
        (AccountKind.OPERATING_CASH, {"settlement_id": 1}),
    ],
)
def test_accounts_have_the_owners_of_their_kind(kind, owners):
    """An account belongs to exactly those whom its kind asks for."""
    with pytest.raises(ledger.IllegalEntryError, match="cannot belong"):
        AccountName(kind, "USD", **owners)


def test_legal_posting_passes():
    """Setting aside debits the expense and credits what is pending."""
    ledger.check_posting(SET_ASIDE)


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"amount": 0}, "not positive"),
        ({"amount": -5}, "not positive"),
        ({"credit": "donation:USD:p1"}, "debit and credit are both"),
        ({"currency": "EUR"}, "EUR does not fit"),
        ({"credit": "pending:EUR:p1:b2"}, "USD does not fit"),
        ({"credit": "payable:USD:p1:b2"}, "set_aside cannot debit donation"),
        (
            {"debit": SET_ASIDE.credit, "credit": SET_ASIDE.debit},
            "set_aside cannot debit pending",
        ),
        ({"kind": EntryKind.CORRECTION}, "names the entry it answers"),
        ({"kind": EntryKind.CORRECTION, "answers": "k0"}, "says why"),
    ],
)
def test_illegal_postings_are_refused(values, problem):
    """No act of the ledger posts these."""
    with pytest.raises(ledger.IllegalEntryError, match=problem):
        ledger.check_posting(changed(**values))


def test_correction_may_touch_any_accounts():
    """A correction that says what it answers and why is free in its accounts."""
    ledger.check_posting(
        changed(
            kind=EntryKind.CORRECTION,
            credit="payable:USD:p1:b2",
            answers="k0",
            note="posted to the wrong account",
        )
    )


def test_amounts_are_whole_numbers():
    """A float is no amount of an entry."""
    with pytest.raises(TypeError):
        ledger.check_posting(changed(amount=1.5))


@pytest.mark.parametrize("kind", sorted(set(EntryKind) - {EntryKind.CORRECTION}))
def test_every_kind_has_its_sides(kind):
    """Each kind of entry says which accounts it may touch."""
    assert ledger.SIDES[kind]


def test_pledge_accounts_are_of_one_currency():
    """What donations in a currency can touch: the pledge's own, each beneficiary's."""
    names = ledger.name_pledge_accounts(
        currency="EUR", pledge_id=1, beneficiary_ids=[2, 3]
    )

    assert [name.code for name in names] == [
        "donation:EUR:p1",
        "fees:EUR:p1",
        "write_off:EUR:p1",
        "minimum_top_up:EUR:p1",
        "pending:EUR:p1:b2",
        "held:EUR:p1:b2",
        "payable:EUR:p1:b2",
        "pending:EUR:p1:b3",
        "held:EUR:p1:b3",
        "payable:EUR:p1:b3",
        "operating_cash:EUR",
    ]


def test_payload_is_canonical_json():
    """The payload is sorted, dense JSON with the moment in UTC."""
    at = datetime(2026, 3, 2, 14, tzinfo=timezone(timedelta(hours=2)))

    payload = ledger.canonical_payload(changed(posted_at=at, note="né"))

    assert payload.decode() == (
        '{"amount":24990,"answers":"","batch":"b","credit":"pending:USD:p1:b2",'
        '"currency":"USD","debit":"donation:USD:p1","donation":"","key":"k",'
        '"kind":"set_aside","note":"né","posted_at":"2026-03-02T12:00:00.000000+00:00",'
        '"settlement":""}'
    )
    assert (
        ledger.digest(SET_ASIDE)
        == hashlib.sha256(ledger.canonical_payload(SET_ASIDE)).hexdigest()
    )


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Posting)])
def test_digest_covers_every_field(name):
    """Changing any field changes the digest."""
    before = getattr(SET_ASIDE, name)
    after = {
        "kind": EntryKind.REFILL,
        "amount": 24991,
        "posted_at": SET_ASIDE.posted_at + timedelta(microseconds=1),
    }.get(name, f"{before}x")

    assert ledger.digest(changed(**{name: after})) != ledger.digest(SET_ASIDE)
