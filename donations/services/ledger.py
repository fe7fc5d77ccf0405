"""Opens accounts and posts entries: the only way anything gets into the ledger.

Entries are stored with an idempotency key and the digest of their payload. Posting the
same thing twice stores it once; another payload under a used key is refused.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce

from donations.domain import ledger
from donations.models import Account, Entry
from donations.services import periods


class LedgerError(ValueError):
    """The ledger refused an entry; nothing was posted."""


class IdempotencyConflictError(LedgerError):
    """A key or source that is taken came back with another payload.

    Usually a caller computes an amount anew instead of reading what it stored: pass
    the same values again, or use a new key for what is a new act.
    """


class PeriodClosedError(LedgerError):
    """An entry is dated inside a period that is closed, which never opens again.

    Post it at the moment at which it becomes known: it belongs to the next period.
    """


class AccountMissingError(LedgerError):
    """An entry names an account that was never opened.

    Publishing a pledge version opens its accounts: was this one published?
    """


@dataclass(frozen=True, slots=True)
class NewEntry:
    """A posting together with the rows that its references by text stand for."""

    posting: ledger.Posting
    donation_id: int | None = None
    settlement_id: int | None = None
    answers_id: int | None = None


def open_accounts(*, names: Iterable[ledger.AccountName]) -> dict[str, int]:
    """Open the accounts that do not exist yet and return the row of each code.

    Safe from several processes at once: each opens in the order of the codes, and
    waits for whoever opens the same ones in a transaction of its own.
    """
    by_code = {name.code: name for name in names}
    found = _read_accounts(by_code)
    missing = sorted(by_code.keys() - found.keys())
    if not missing:
        return found
    Account.objects.bulk_create(
        [
            Account(
                code=code,
                kind=name.kind,
                currency=name.currency,
                pledge_id=name.pledge_id,
                beneficiary_id=name.beneficiary_id,
                settlement_id=name.settlement_id,
            )
            for code in missing
            for name in [by_code[code]]
        ],
        ignore_conflicts=True,
    )
    return find_accounts(codes=by_code)


def find_accounts(*, codes: Iterable[str]) -> dict[str, int]:
    """Return the row of each account code.

    Raises:
        AccountMissingError: an account was never opened.
    """
    wanted = set(codes)
    return _check_all(wanted, _read_accounts(wanted))


def _read_accounts(codes: Collection[str]) -> dict[str, int]:
    rows = Account.objects.filter(code__in=codes)
    return dict(rows.values_list("code", "pk"))


def _check_all(wanted: Collection[str], found: dict[str, int]) -> dict[str, int]:
    missing = ", ".join(sorted(set(wanted) - found.keys()))
    if missing:
        raise AccountMissingError(f"no such account: {missing}")
    return found


def post_entries(*, entries: Sequence[NewEntry]) -> None:
    """Store the entries, all or none; what is stored already is left as it is.

    A repetition may come at a later moment: the moment of the first one stays.

    Raises:
        IllegalEntryError: an entry that no act of the ledger makes.
        AccountMissingError: an account was never opened.
        PeriodClosedError: an entry is dated inside a closed period.
        IdempotencyConflictError: a key is taken by another payload.
    """
    postings = [entry.posting for entry in entries]
    for posting in postings:
        ledger.check_posting(posting)
    if not entries:
        return
    # Whoever posts inside a transaction of their own rolls back all of it.
    with transaction.atomic(savepoint=False):
        codes = {posting.debit for posting in postings}
        codes |= {posting.credit for posting in postings}
        # A close that is going on comes first; what it closed is read after it.
        pledges = {ledger.pledge_of(code) for code in codes}
        periods.share_open(pledge_ids=[pk for pk in pledges if pk is not None])
        accounts, closed = _read_books(codes)
        _refuse_closed(postings, closed)
        rows = [_build_row(entry, accounts) for entry in entries]
        Entry.objects.bulk_create(rows, ignore_conflicts=True)
        _check_stored(rows, postings)


def read_balances(*, accounts: Q, entries: Q | None = None) -> dict[int, int]:
    """Return credits less debits of the accounts that match, by account.

    Of all entries, or of those that match, too. An account without any is left out.
    """
    balances: dict[int, int] = {}
    posted = Entry.objects.filter(entries or Q())
    chosen = Account.objects.filter(accounts).values("pk")
    for side, sign in (("credit", 1), ("debit", -1)):
        sums = posted.filter(**{f"{side}__in": chosen}).values_list(f"{side}_id")
        for account_id, amount in sums.annotate(Sum("amount")).order_by():
            balances[account_id] = balances.get(account_id, 0) + sign * amount
    return balances


def _read_books(codes: Collection[str]) -> tuple[dict[str, int], dict[str, date]]:
    """Return the accounts' rows, and up to which day the pledges of some are closed."""
    accounts: dict[str, int] = {}
    closed: dict[str, date] = {}
    days = Coalesce("pledge__closed_until", "settlement__pledge__closed_until")
    rows = Account.objects.filter(code__in=codes).annotate(closed_until=days)
    for code, pk, day in rows.values_list("code", "pk", "closed_until"):
        accounts[code] = pk
        if day is not None:
            closed[code] = day
    return _check_all(codes, accounts), closed


def _refuse_closed(postings: Sequence[ledger.Posting], closed: dict[str, date]) -> None:
    """Refuse what is new and dated inside a closed period; repetitions are not new."""
    late = [
        posting.key
        for posting in postings
        for day in [closed.get(posting.debit) or closed.get(posting.credit)]
        if day is not None and periods.day_of(moment=posting.posted_at) <= day
    ]
    if not late:
        return
    known = Entry.objects.filter(idempotency_key__in=late)
    new = sorted(set(late) - set(known.values_list("idempotency_key", flat=True)))
    if new:
        raise PeriodClosedError(f"{new[0]} is dated inside a closed period")


def _build_row(entry: NewEntry, accounts: dict[str, int]) -> Entry:
    posting = entry.posting
    return Entry(
        kind=posting.kind,
        debit_id=accounts[posting.debit],
        credit_id=accounts[posting.credit],
        amount=posting.amount,
        currency=posting.currency,
        batch=posting.batch,
        idempotency_key=posting.key,
        payload_digest=ledger.digest(posting),
        donation_id=entry.donation_id,
        settlement_id=entry.settlement_id,
        answers_id=entry.answers_id,
        posted_at=posting.posted_at,
        note=posting.note,
    )


def _check_stored(rows: Sequence[Entry], postings: Sequence[ledger.Posting]) -> None:
    """Compare what is stored under each key with what was to be posted."""
    stored = {
        key: (digest, posted_at)
        for key, digest, posted_at in Entry.objects.filter(
            idempotency_key__in=[row.idempotency_key for row in rows]
        ).values_list("idempotency_key", "payload_digest", "posted_at")
    }
    for row, posting in zip(rows, postings, strict=True):
        digest, posted_at = stored[row.idempotency_key]
        if digest == row.payload_digest:
            continue
        # The same act tried again later differs in its moment only.
        if digest != ledger.digest(replace(posting, posted_at=posted_at)):
            raise IdempotencyConflictError(
                f"the entry {posting.key} is posted already, with another payload"
            )
