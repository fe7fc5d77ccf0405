"""Checks sums: donations, pending, held, payable and the public counter.

A part of `donations.services.audit`, which is what callers use.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db.models import Q, QuerySet, Sum

from donations.domain import ledger as rules
from donations.domain.ledger import AccountKind, EntryKind, Finding
from donations.models import Account, Donation, Entry, PledgeVersion
from donations.services import (
    audit_settlements,
    closing_sums,
    impact,
    ledger,
    postings,
)

_CHUNK = 2000
# What moves the payable of a donation for itself, or of many that are released.
_OF_DONATIONS = (
    EntryKind.RELEASE,
    EntryKind.REFILL,
    EntryKind.REVERSE,
    EntryKind.HOLD,
    EntryKind.UNHOLD,
)


def check_donations() -> Iterator[Finding]:
    """Compare what each donation says is posted with its entries, by beneficiary.

    All of it is pending, held or payable; while a dispute is open it is held.
    """
    versions = PledgeVersion.objects.published().values_list("pk", flat=True)
    sharings = postings.read_sharings(version_ids=versions)
    for pk, rows in groupby(_sum_by_donation(), key=itemgetter(0)):
        yield from _check_donation(pk, list(rows), sharings)
    unposted = Donation.objects.filter(posted_amount__gt=0, entries__isnull=True)
    for pk in unposted.values_list("pk", flat=True).iterator(chunk_size=_CHUNK):
        yield Finding(f"donation {pk}", "posted", "it has no entry")


def _sum_by_donation() -> Iterator[Any]:
    rows = Entry.objects.filter(donation__isnull=False).values_list(
        "donation",
        "donation__posted_amount",
        "donation__is_held",
        "donation__pledge_version",
    )
    return (
        rows.annotate(
            beneficiary=closing_sums.beneficiary_of(),
            given=Sum(closing_sums.change_of(*rules.PER_BENEFICIARY)),
            held=Sum(closing_sums.change_of(AccountKind.HELD)),
        )
        .order_by("donation")
        .iterator(chunk_size=_CHUNK)
    )


def _check_donation(
    pk: int, rows: list[Any], sharings: dict[int, postings.Sharing]
) -> Iterator[Finding]:
    _, posted, is_held, version_id, *_ = rows[0]
    sharing = sharings[version_id]
    parts = zip(sharing.beneficiary_ids, sharing.split(posted), strict=True)
    expected = {beneficiary: amount for beneficiary, amount in parts if amount}
    given = {beneficiary: amount for *_, beneficiary, amount, _ in rows if amount}
    held = {beneficiary: amount for *_, beneficiary, _, amount in rows if amount}
    if given != expected:
        yield Finding(
            f"donation {pk}",
            "posted",
            f"{posted} is posted, by beneficiary {expected}, but its entries come to "
            f"{given}",
        )
    if held != (expected if is_held else {}):
        state = "is" if is_held else "is not"
        yield Finding(
            f"donation {pk}",
            "held",
            f"it {state} held, its {posted} by beneficiary {expected}, but its entries "
            f"hold {held}",
        )


def check_pending() -> Iterator[Finding]:
    """Compare what is pending with the donations that the clock has not released."""
    unreleased = Q(released_at__isnull=True, is_held=False)
    yield from _compare_kind(AccountKind.PENDING, unreleased)


def check_released() -> Iterator[Finding]:
    """Compare what donations made payable with those that the clock has released.

    Settlements, recalls and what a period's close posts are left out.
    """
    found = _sum_by_pledge(
        AccountKind.PAYABLE,
        ledger.read_balances(
            accounts=Q(kind=AccountKind.PAYABLE), entries=Q(kind__in=_OF_DONATIONS)
        ),
    )
    released = Q(released_at__isnull=False, is_held=False)
    yield from _compare("released", found, _sum_donations(released))


def check_held() -> Iterator[Finding]:
    """Compare what is held with the donations whose sale is disputed."""
    yield from _compare_kind(AccountKind.HELD, Q(is_held=True))


def _compare_kind(kind: AccountKind, chosen: Q) -> Iterator[Finding]:
    balances = ledger.read_balances(accounts=Q(kind=kind))
    found = _sum_by_pledge(kind, balances)
    yield from _compare(kind.value, found, _sum_donations(chosen))


def _sum_by_pledge(
    kind: AccountKind, balances: Mapping[int, int]
) -> Counter[tuple[int, str]]:
    found: Counter[tuple[int, str]] = Counter()
    for pk, pledge_id, currency in Account.objects.filter(kind=kind).values_list(
        "pk", "pledge_id", "currency"
    ):
        found[pledge_id or 0, currency] += balances.get(pk, 0)
    return found


def _compare(
    name: str,
    found: Counter[tuple[int, str]],
    expected: Mapping[tuple[int, str], int],
) -> Iterator[Finding]:
    for key in sorted(found.keys() | expected.keys()):
        if found[key] != expected.get(key, 0):
            yield Finding(
                f"pledge {key[0]}",
                name,
                f"{found[key]} {key[1]} is {name}, but its donations come to "
                f"{expected.get(key, 0)}",
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
    """Find what is payable below zero by more than donations fell after release.

    One falls by a refund, or for a time while a dispute holds it; a true-up takes what
    was too much. What came back from the beneficiary explains as much less.
    """
    balances = ledger.read_balances(accounts=Q(kind=AccountKind.PAYABLE))
    falls = Q(kind__in=(EntryKind.REVERSE, EntryKind.HOLD, EntryKind.TRUE_UP))
    for pk, balance in sorted(balances.items()):
        fallen = _total(Entry.objects.filter(falls, debit=pk))
        recalled = _total(Entry.objects.recalls().filter(credit=pk))
        if balance + fallen - recalled < 0:
            yield Finding(
                f"account {pk}", "payable", f"its balance is {balance}, and no carry"
            )


def _total(rows: QuerySet[Any]) -> int:
    found = rows.aggregate(amount=Sum("amount"))
    return found["amount"] or 0


def check_caps() -> Iterator[Finding]:
    """Compare what capped pledges hold with the cap, and with the sum they keep."""
    current = PledgeVersion.objects.filter(is_current=True).exclude(
        cap_amount__isnull=True, pledge__posted_amount__isnull=True
    )
    for pledge_id, currency, cap, kept in current.order_by("pledge").values_list(
        "pledge", "currency", "cap_amount", "pledge__posted_amount"
    ):
        posted, targets = _sum_set_aside(pledge_id, currency)
        expected = targets if cap is None else min(cap, targets)
        if posted != expected:
            yield Finding(
                f"pledge {pledge_id}",
                "cap",
                f"{posted} {currency} is posted, but its cap {cap} and the targets of "
                f"{targets} make {expected}",
            )
        if kept != (None if cap is None else posted):
            yield Finding(
                f"pledge {pledge_id}",
                "cap",
                f"the sum that it keeps is {kept}, its cap {cap}, and {posted} "
                f"{currency} is posted",
            )


def _sum_set_aside(pledge_id: int, currency: str) -> tuple[int, int]:
    rows = Donation.objects.filter(
        pledge_version__pledge=pledge_id,
        currency=currency,
        set_aside_at__isnull=False,
    )
    sums = rows.aggregate(posted=Sum("posted_amount"), target=Sum("target_amount"))
    return sums["posted"] or 0, sums["target"] or 0


def check_counter() -> Iterator[Finding]:
    """Compare the public totals with donations and settlements."""
    posted = Counter(_sum_donations(Q())) + _sum_added()
    paid = audit_settlements.sum_paid()
    shown = {
        (pledge.terms.pledge_id, one.currency): one.totals
        for pledge in impact.read_totals().pledges
        for one in pledge.by_currency
    }
    for key in sorted(shown.keys() | posted.keys()):
        yield from _check_shown(key, shown.get(key), posted[key], paid[key])


def _sum_added() -> Counter[tuple[int, str]]:
    """Return what closes added at our expense, by pledge and currency."""
    added = Entry.objects.filter(
        kind__in=(EntryKind.MINIMUM_TOP_UP, EntryKind.WRITE_OFF)
    ).values_list("credit__pledge", "currency")
    rows = added.annotate(amount=Sum("amount")).order_by()
    return Counter(
        {(pledge or 0, currency): amount for pledge, currency, amount in rows}
    )


def _check_shown(
    key: tuple[int, str], totals: impact.Totals | None, posted: int, paid: int
) -> Iterator[Finding]:
    raised, settled = (
        (totals.set_aside.amount, totals.settled.amount) if totals else (0, 0)
    )
    for name, shown, expected in (
        ("set aside", raised, posted),
        ("settled", settled, paid),
    ):
        if shown != expected:
            yield Finding(
                f"pledge {key[0]}",
                "counter",
                f"the public counter says {shown} {key[1]} {name}, the rows {expected}",
            )
