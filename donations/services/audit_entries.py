"""Checks the guards of the ledger, its accounts, and each entry for itself.

A part of `donations.services.audit`, which is what callers use.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.db import connection

from donations.domain import ledger as rules
from donations.domain.ledger import Finding
from donations.models import Account, Entry
from donations.services import payloads

_CHUNK = 2000
_TRIGGERS = frozenset(
    f"donations_{table}_no_{act}"
    for table, acts in {
        "entry": ("update", "delete"),
        "account": ("update", "delete"),
        "pledgeversion": ("update", "delete"),
        "pledgeshare": ("insert", "update", "delete"),
        "contract": ("update", "delete"),
        "document": ("update", "delete"),
        "consent": ("update", "delete"),
        "registerextract": ("update", "delete"),
        "filing": ("update", "delete"),
        "seal": ("update", "delete"),
        "sealleaf": ("update", "delete"),
        "bankaccount": ("update", "delete"),
        "bankaccountdecision": ("update", "delete"),
        "closing": ("update", "delete"),
        "statementline": ("insert", "update", "delete"),
    }.items()
    for act in acts
)
_TRIGGER_NAMES = {
    "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal "
    "AND tgenabled <> 'D'",
    "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
}
_COLUMNS = (
    *payloads.COLUMNS,
    "payload_digest",
    "debit__pledge",
    "credit__pledge",
    "donation__currency",
    "settlement__currency",
)


def check_triggers() -> Iterator[Finding]:
    """Find the triggers that are missing or switched off."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGER_NAMES[connection.vendor])
        found = {name for (name,) in cursor.fetchall()}
    for name in sorted(_TRIGGERS - found):
        yield Finding(
            f"trigger {name}",
            "guards",
            "the database no longer refuses changes; create it again as the "
            "migration 0002_ledger_triggers does",
        )


def check_accounts() -> Iterator[Finding]:
    """Find the accounts whose code does not say what they are."""
    for account in Account.objects.order_by("pk").iterator(chunk_size=_CHUNK):
        try:
            code = rules.AccountName(
                rules.AccountKind(account.kind),
                account.currency,
                account.pledge_id,
                account.beneficiary_id,
                account.settlement_id,
            ).code
        except ValueError as error:
            yield Finding(f"account {account.pk}", "owners", str(error))
            continue
        if code != account.code:
            yield Finding(
                f"account {account.pk}", "code", f"it says {account.code}, not {code}"
            )


def check_entries(*, progress: Callable[[int], None]) -> Iterator[Finding]:
    """Find the entries that were altered, or that no act of the ledger posts."""
    rows = Entry.objects.order_by("pk").values_list(*_COLUMNS, named=True)
    done = 0
    for row in rows.iterator(chunk_size=_CHUNK):
        for rule, detail in _find_in_entry(row):
            yield Finding(f"entry {row.pk}", rule, detail)
        done += 1
        if done % _CHUNK == 0:
            progress(done)
    progress(done)


def _find_in_entry(row: Any) -> Iterator[tuple[str, str]]:
    posting = payloads.build_posting(row=row)
    digest = rules.digest(posting)
    if digest != row.payload_digest:
        yield (
            "digest",
            f"payload digest differs: {row.payload_digest} is stored, the row gives "
            f"{digest}",
        )
    owners = {row.debit__pledge, row.credit__pledge} - {None}
    if len(owners) > 1:
        yield "accounts", f"its accounts belong to the pledges {sorted(owners)}"
    currencies = {row.donation__currency, row.settlement__currency}
    if currencies - {None, row.currency}:
        yield "currency", f"it is of {row.currency}, but what it is for is not"
    try:
        rules.check_posting(posting)
    except ValueError as error:
        yield "posting", str(error)
