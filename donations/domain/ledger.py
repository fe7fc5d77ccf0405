"""The words and rules of the ledger: kinds of accounts and entries, digests.

An entry has one debit account, one credit account, one positive amount and one
currency, so it is balanced by construction. Storing entries is the business of
`donations.services.ledger`.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from enum import StrEnum

from donations.domain import money


class AccountKind(StrEnum):
    """What an account collects."""

    PENDING = "pending"
    HELD = "held"
    PAYABLE = "payable"
    IN_TRANSIT = "in_transit"
    DONATION = "donation"
    MINIMUM_TOP_UP = "minimum_top_up"
    WRITE_OFF = "write_off"
    FEES = "fees"
    RESERVE_CASH = "reserve_cash"
    OPERATING_CASH = "operating_cash"
    EXCHANGE = "exchange"


# Whom an account belongs to decides which parts its code has.
PER_BENEFICIARY = frozenset(
    {AccountKind.PENDING, AccountKind.HELD, AccountKind.PAYABLE}
)
PER_PLEDGE = frozenset(
    {
        AccountKind.DONATION,
        AccountKind.MINIMUM_TOP_UP,
        AccountKind.WRITE_OFF,
        AccountKind.FEES,
    }
)
PER_SETTLEMENT = frozenset({AccountKind.IN_TRANSIT})


class EntryKind(StrEnum):
    """Why an entry was posted."""

    SET_ASIDE = "set_aside"
    REFILL = "refill"
    REVERSE = "reverse"
    HOLD = "hold"
    UNHOLD = "unhold"
    RELEASE = "release"
    TRUE_UP = "true_up"
    MINIMUM_TOP_UP = "minimum_top_up"
    WRITE_OFF = "write_off"
    INSTRUCT = "instruct"
    CONFIRM = "confirm"
    FAIL = "fail"
    EXCHANGE = "exchange"
    CORRECTION = "correction"


_A = AccountKind
# Debit and credit that each kind may touch; a correction may touch any two.
SIDES: Mapping[EntryKind, frozenset[tuple[AccountKind, AccountKind]]] = {
    EntryKind.SET_ASIDE: frozenset({(_A.DONATION, _A.PENDING)}),
    EntryKind.REFILL: frozenset(
        {
            (_A.DONATION, _A.PENDING),
            (_A.DONATION, _A.HELD),
            (_A.DONATION, _A.PAYABLE),
        }
    ),
    EntryKind.REVERSE: frozenset(
        {
            (_A.PENDING, _A.DONATION),
            (_A.HELD, _A.DONATION),
            (_A.PAYABLE, _A.DONATION),
        }
    ),
    EntryKind.HOLD: frozenset({(_A.PENDING, _A.HELD), (_A.PAYABLE, _A.HELD)}),
    EntryKind.UNHOLD: frozenset({(_A.HELD, _A.PENDING), (_A.HELD, _A.PAYABLE)}),
    EntryKind.RELEASE: frozenset({(_A.PENDING, _A.PAYABLE)}),
    # What a close adds is payable at once: nothing pending belongs to no donation.
    EntryKind.TRUE_UP: frozenset({(_A.PAYABLE, _A.PAYABLE)}),
    EntryKind.MINIMUM_TOP_UP: frozenset({(_A.MINIMUM_TOP_UP, _A.PAYABLE)}),
    EntryKind.WRITE_OFF: frozenset({(_A.WRITE_OFF, _A.PAYABLE)}),
    EntryKind.INSTRUCT: frozenset({(_A.PAYABLE, _A.IN_TRANSIT)}),
    EntryKind.CONFIRM: frozenset(
        {(_A.IN_TRANSIT, _A.OPERATING_CASH), (_A.IN_TRANSIT, _A.RESERVE_CASH)}
    ),
    EntryKind.FAIL: frozenset({(_A.IN_TRANSIT, _A.PAYABLE)}),
    EntryKind.EXCHANGE: frozenset(
        {(_A.PAYABLE, _A.EXCHANGE), (_A.EXCHANGE, _A.PAYABLE)}
    ),
}


class IllegalEntryError(ValueError):
    """An entry that no act of the ledger posts.

    Usually debit and credit are swapped, or the amount is not positive: a fall is an
    entry in the other direction, never a negative amount.
    """


@dataclass(frozen=True, slots=True)
class AccountName:
    """Which account is meant, by what it collects and whom it belongs to.

    Raises:
        IllegalEntryError: the kind needs an owner that is missing, or the reverse.
    """

    kind: AccountKind
    currency: str
    pledge_id: int | None = None
    beneficiary_id: int | None = None
    settlement_id: int | None = None

    def __post_init__(self) -> None:
        """Refuse owners that the kind does not have."""
        money.check_currency(self.currency)
        needed = (
            self.kind in PER_PLEDGE | PER_BENEFICIARY,
            self.kind in PER_BENEFICIARY,
            self.kind in PER_SETTLEMENT,
        )
        owners = (self.pledge_id, self.beneficiary_id, self.settlement_id)
        if needed != tuple(owner is not None for owner in owners):
            raise IllegalEntryError(f"a {self.kind} account cannot belong to {owners}")

    @property
    def code(self) -> str:
        """Return the account's unique text, as `pending:USD:p3:b1`."""
        owners = {
            "p": self.pledge_id,
            "b": self.beneficiary_id,
            "s": self.settlement_id,
        }
        named = [f"{letter}{pk}" for letter, pk in owners.items() if pk is not None]
        return ":".join([self.kind, self.currency, *named])


# What a donation in a currency can touch; publishing a pledge opens its own.
_OPENED_PER_PLEDGE = (
    AccountKind.DONATION,
    AccountKind.FEES,
    AccountKind.WRITE_OFF,
    AccountKind.MINIMUM_TOP_UP,
)
_OPENED_PER_BENEFICIARY = (AccountKind.PENDING, AccountKind.HELD, AccountKind.PAYABLE)


def name_pledge_accounts(
    *, currency: str, pledge_id: int, beneficiary_ids: Iterable[int]
) -> Iterator[AccountName]:
    """Name every account that a pledge can touch in one currency."""
    for kind in _OPENED_PER_PLEDGE:
        yield AccountName(kind, currency, pledge_id)
    for beneficiary_id in beneficiary_ids:
        for kind in _OPENED_PER_BENEFICIARY:
            yield AccountName(kind, currency, pledge_id, beneficiary_id)
    yield AccountName(AccountKind.OPERATING_CASH, currency)


@dataclass(frozen=True, slots=True)
class Posting:
    """Everything an entry says, before and after it is stored.

    `donation`, `settlement` and `answers` are references by text: the UUIDs of the
    rows and the idempotency key of the entry that this one answers.
    """

    kind: EntryKind
    debit: str
    credit: str
    amount: int
    currency: str
    batch: str
    key: str
    posted_at: datetime
    donation: str = ""
    settlement: str = ""
    answers: str = ""
    note: str = ""


_PAYLOAD = tuple(field.name for field in fields(Posting))


def check_posting(posting: Posting) -> None:
    """Refuse a posting that no act of the ledger makes.

    Raises:
        IllegalEntryError: accounts, amount, currency or answer are wrong.
    """
    problem = _problem(posting)
    if problem:
        raise IllegalEntryError(f"{posting.key}: {problem}")


def _problem(posting: Posting) -> str:
    money.check_amount(posting.amount)
    debit, credit = _read_code(posting.debit), _read_code(posting.credit)
    if posting.amount < 1:
        return f"the amount {posting.amount} is not positive"
    if posting.debit == posting.credit:
        return f"debit and credit are both {posting.debit}"
    if {debit[1], credit[1]} != {posting.currency}:
        return f"{posting.currency} does not fit {posting.debit}, {posting.credit}"
    if posting.kind == EntryKind.CORRECTION:
        return _correction_problem(posting)
    if (debit[0], credit[0]) not in SIDES[EntryKind(posting.kind)]:
        return f"{posting.kind} cannot debit {debit[0]} and credit {credit[0]}"
    return ""


def pledge_of(code: str) -> int | None:
    """Return the pledge that an account's code names, if it belongs to one."""
    owners = (part for part in code.split(":")[2:] if part.startswith("p"))
    return next((int(owner[1:]) for owner in owners), None)


def _read_code(code: str) -> tuple[AccountKind, str]:
    """Return the kind and the currency that an account's code names."""
    kind, _, rest = code.partition(":")
    return AccountKind(kind), rest.partition(":")[0]


def _correction_problem(posting: Posting) -> str:
    if posting.answers and posting.note:
        return ""
    return "a correction names the entry it answers and says why"


def digest(posting: Posting) -> str:
    """Return the SHA-256 of the posting's canonical payload, in hexadecimal."""
    return hashlib.sha256(canonical_payload(posting)).hexdigest()


def canonical_payload(posting: Posting) -> bytes:
    """Return the posting as JSON with sorted names, no spaces, UTF-8, times in UTC.

    Amounts are integers and every other value is text, so that the bytes equal those
    of RFC 8785.
    """
    return json.dumps(
        list_payload(posting),
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    ).encode()


def list_payload(posting: Posting) -> dict[str, str | int]:
    """Return everything that a posting says, by name, as its payload has it."""
    payload = {name: getattr(posting, name) for name in _PAYLOAD}
    payload["posted_at"] = posting.posted_at.astimezone(UTC).isoformat(
        timespec="microseconds"
    )
    return payload


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that an audit finds wrong: in which row, by which rule, and how."""

    row: str
    rule: str
    detail: str
