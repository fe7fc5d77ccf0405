"""Checks sums: donations, pending, payable, settlements and the public counter.

A part of `donations.services.audit`, which is what callers use.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Case, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from donations.domain import ledger as rules
from donations.domain.donation import SettlementStatus
from donations.domain.ledger import AccountKind, EntryKind, Finding
from donations.models import Account, Donation, Entry, PledgeVersion, Settlement
from donations.services import impact, ledger, postings

_CHUNK = 2000


def check_donations() -> Iterator[Finding]:
    """Compare what each donation says is posted with its entries, by beneficiary."""
    versions = PledgeVersion.objects.published().values_list("pk", flat=True)
    sharings = postings.read_sharings(version_ids=versions)
    for pk, rows in groupby(_sum_by_donation(), key=itemgetter(0)):
        yield from _check_donation(pk, list(rows), sharings)
    unposted = Donation.objects.filter(posted_amount__gt=0, entries__isnull=True)
    for pk in unposted.values_list("pk", flat=True).iterator(chunk_size=_CHUNK):
        yield Finding(f"donation {pk}", "posted", "it has no entry")


def _sum_by_donation() -> Iterator[Any]:
    change = Case(
        When(debit__kind=AccountKind.DONATION, then=F("amount")),
        When(credit__kind=AccountKind.DONATION, then=-F("amount")),
        default=Value(0),
    )
    rows = Entry.objects.filter(donation__isnull=False).values_list(
        "donation", "donation__posted_amount", "donation__pledge_version"
    )
    return (
        rows.annotate(
            beneficiary=Coalesce("credit__beneficiary", "debit__beneficiary"),
            held=Sum(change),
        )
        .order_by("donation")
        .iterator(chunk_size=_CHUNK)
    )


def _check_donation(
    pk: int, rows: list[Any], sharings: dict[int, postings.Sharing]
) -> Iterator[Finding]:
    _, posted, version_id, _, _ = rows[0]
    sharing = sharings[version_id]
    parts = zip(sharing.beneficiary_ids, sharing.split(posted), strict=True)
    expected = {beneficiary: amount for beneficiary, amount in parts if amount}
    held = {beneficiary: amount for *_, beneficiary, amount in rows if amount}
    if held != expected:
        yield Finding(
            f"donation {pk}",
            "posted",
            f"{posted} is posted, by beneficiary {expected}, but its entries come to "
            f"{held}",
        )


def check_pending() -> Iterator[Finding]:
    """Compare what is pending with the donations that no settlement has taken."""
    balances = ledger.read_balances(accounts=Q(kind=AccountKind.PENDING))
    pending: Counter[tuple[int, str]] = Counter()
    for pk, pledge_id, currency in Account.objects.filter(
        kind=AccountKind.PENDING
    ).values_list("pk", "pledge_id", "currency"):
        pending[pledge_id or 0, currency] += balances.get(pk, 0)
    unsettled = Counter(_sum_donations(Q(settlement__isnull=True)))
    for key in sorted(pending.keys() | unsettled.keys()):
        if pending[key] != unsettled[key]:
            yield Finding(
                f"pledge {key[0]}",
                "pending",
                f"{pending[key]} {key[1]} is pending, but its donations come to "
                f"{unsettled[key]}",
            )


def _sum_donations(chosen: Q) -> dict[tuple[int, str], int]:
    rows = (
        Donation.objects.filter(chosen)
        .values_list("pledge_version__pledge", "currency")
        .annotate(Sum("posted_amount"))
        .order_by()
    )
    return {(pledge_id, currency): amount for pledge_id, currency, amount in rows}


def check_payable() -> Iterator[Finding]:
    """Find what is payable below zero by more than donations fell after release."""
    balances = ledger.read_balances(accounts=Q(kind=AccountKind.PAYABLE))
    for pk, balance in sorted(balances.items()):
        fallen = Entry.objects.filter(debit=pk, kind=EntryKind.REVERSE).aggregate(
            amount=Sum("amount")
        )
        if balance + (fallen["amount"] or 0) < 0:
            yield Finding(
                f"account {pk}", "payable", f"its balance is {balance}, and no carry"
            )


def check_settlements() -> Iterator[Finding]:
    """Compare each settlement with its parts and with the money that moved."""
    moving = {SettlementStatus.APPROVED: 1, SettlementStatus.PAID: 2}
    for row in Settlement.objects.order_by("pk").iterator(chunk_size=_CHUNK):
        parts = row.parts.aggregate(amount=Sum("amount"))["amount"] or 0
        moved = [
            _sum_entries(row, kind) for kind in (EntryKind.INSTRUCT, EntryKind.CONFIRM)
        ]
        acts = moving.get(SettlementStatus(row.status), 0)
        expected = [row.amount if act < acts else 0 for act in range(len(moved))]
        if parts != row.amount or moved != expected:
            yield Finding(
                f"settlement {row.pk}",
                "settlement",
                f"{row.status} over {row.amount}, its parts come to {parts}, "
                f"instructed {moved[0]}, confirmed {moved[1]}",
            )


def _sum_entries(row: Settlement, kind: rules.EntryKind) -> int:
    found = row.entries.filter(kind=kind).aggregate(amount=Sum("amount"))
    return found["amount"] or 0


def check_counter() -> Iterator[Finding]:
    """Compare the public totals with donations and settlements."""
    posted = _sum_donations(Q())
    paid = {
        (pledge_id, currency): amount
        for pledge_id, currency, amount in Settlement.objects.filter(
            status=SettlementStatus.PAID
        )
        .values_list("pledge", "currency")
        .annotate(Sum("amount"))
        .order_by()
    }
    for one in impact.read_totals().pledges:
        key = (one.terms.pledge_id, one.terms.currency)
        for name, shown, expected in (
            ("set aside", one.totals.set_aside.amount, posted.get(key, 0)),
            ("settled", one.totals.settled.amount, paid.get(key, 0)),
        ):
            if shown != expected:
                yield Finding(
                    f"pledge {key[0]}",
                    "counter",
                    f"the public counter says {shown} {key[1]} {name}, the rows "
                    f"{expected}",
                )
