"""Works out and posts what closing a period adds to the ledger.

A part of `donations.services.closings`, which is what callers use.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from donations.domain import closing as arithmetic
from donations.domain import ledger as rules
from donations.domain.ledger import AccountKind, EntryKind
from donations.models import Closing, PledgeVersion
from donations.services import closing_sums, ledger, periods, postings
from donations.services.closing_sums import Owner

_EXPENSES = {
    EntryKind.MINIMUM_TOP_UP: AccountKind.MINIMUM_TOP_UP,
    EntryKind.WRITE_OFF: AccountKind.WRITE_OFF,
}


@dataclass(frozen=True, slots=True)
class Adjustment:
    """An amount that a close adds to one beneficiary, at another's expense or ours."""

    kind: EntryKind
    currency: str
    taker: int
    amount: int
    giver: int | None = None


def plan_adjustments(*, closing: Closing) -> list[Adjustment]:
    """Return what the close of this period has to add; nothing is posted.

    The minimum and the write-off belong to the pledge's last day.
    """
    before = periods.end_of(day=closing.ends_on)
    versions = list(PledgeVersion.objects.published().filter(pledge=closing.pledge_id))
    sharings = postings.read_sharings(version_ids=[row.pk for row in versions])
    fair, held = _read_fair(closing, sharings, before)
    plan = list(_plan_true_ups(fair, held))
    current = next(row for row in versions if row.is_current)
    if closing.ends_on < current.ends_on:
        return plan
    plan += _plan_top_ups(closing, current, sharings[current.pk], fair)
    return [*plan, *_plan_write_offs(closing, plan, before)]


def sum_adjustments(
    *, closing: Closing, kind: EntryKind, plan: Iterable[Adjustment]
) -> Counter[Owner]:
    """Return what entries of a kind added up to the period's end, the plan's too."""
    entries = Q(kind=kind, posted_at__lt=periods.end_of(day=closing.ends_on))
    found = closing_sums.read_changes(
        pledge_id=closing.pledge_id, kinds=[AccountKind.PAYABLE], entries=entries
    )
    for one in plan:
        if one.kind == kind:
            found[one.currency, one.taker] += one.amount
            if one.giver is not None:
                found[one.currency, one.giver] -= one.amount
    return found


def post_adjustments(*, closing: Closing, plan: Sequence[Adjustment]) -> None:
    """Post a plan at the last moment of the period."""
    entries = [_build_entry(closing, one) for one in plan]
    ledger.post_entries(entries=entries)


def _read_fair(
    closing: Closing, sharings: dict[int, postings.Sharing], before: datetime
) -> tuple[Counter[Owner], Counter[Owner]]:
    """Return what each should have of the whole, by weight, and what each has."""
    given = closing_sums.read_given(pledge_id=closing.pledge_id, before=before)
    held: Counter[Owner] = Counter()
    whole: Counter[tuple[int, str]] = Counter()
    for (version_id, currency, beneficiary_id), amount in given.items():
        held[currency, beneficiary_id] += amount
        whole[version_id, currency] += amount
    fair: Counter[Owner] = Counter()
    for (version_id, currency), amount in whole.items():
        sharing = sharings[version_id]
        parts = zip(sharing.beneficiary_ids, sharing.split(amount), strict=True)
        for beneficiary_id, part in parts:
            fair[currency, beneficiary_id] += part
    held.update(sum_adjustments(closing=closing, kind=EntryKind.TRUE_UP, plan=[]))
    return fair, held


def _plan_true_ups(fair: Counter[Owner], held: Counter[Owner]) -> Iterator[Adjustment]:
    for currency in sorted({currency for currency, _ in fair}):
        moves = arithmetic.pair_true_ups(
            held=_only(held, currency), fair=_only(fair, currency)
        )
        for move in moves:
            yield Adjustment(
                EntryKind.TRUE_UP, currency, move.taker, move.amount, move.giver
            )


def _plan_top_ups(
    closing: Closing,
    current: PledgeVersion,
    sharing: postings.Sharing,
    fair: Counter[Owner],
) -> Iterator[Adjustment]:
    if current.minimum_amount is None:
        return
    kind = EntryKind.MINIMUM_TOP_UP
    earlier = sum_adjustments(closing=closing, kind=kind, plan=[])
    parts = arithmetic.top_up_parts(
        minimum=current.minimum_amount,
        given=_only(fair + earlier, current.currency),
        weights=dict(zip(sharing.beneficiary_ids, sharing.weights, strict=True)),
    )
    for beneficiary_id, amount in parts.items():
        yield Adjustment(kind, current.currency, beneficiary_id, amount)


def _plan_write_offs(
    closing: Closing, plan: Sequence[Adjustment], before: datetime
) -> Iterator[Adjustment]:
    at_end, now = (
        closing_sums.read_changes(
            pledge_id=closing.pledge_id, kinds=rules.PER_BENEFICIARY, entries=chosen
        )
        for chosen in (Q(posted_at__lt=before), Q())
    )
    for one in plan:
        for owed in (at_end, now):
            owed[one.currency, one.taker] += one.amount
            if one.giver is not None:
                owed[one.currency, one.giver] -= one.amount
    for currency, beneficiary_id in sorted(at_end):
        owner = (currency, beneficiary_id)
        amount = arithmetic.write_off_amount(at_end=at_end[owner], now=now[owner])
        if amount:
            yield Adjustment(EntryKind.WRITE_OFF, currency, beneficiary_id, amount)


def _only(amounts: Counter[Owner], currency: str) -> dict[int, int]:
    return {pk: amount for (of, pk), amount in amounts.items() if of == currency}


def _build_entry(closing: Closing, one: Adjustment) -> ledger.NewEntry:
    batch = f"closing:{closing.pledge_id}:{closing.number}"
    credit = rules.AccountName(
        AccountKind.PAYABLE, one.currency, closing.pledge_id, one.taker
    )
    debit = rules.AccountName(
        _EXPENSES.get(one.kind, AccountKind.PAYABLE),
        one.currency,
        closing.pledge_id,
        one.giver,
    )
    end = periods.end_of(day=closing.ends_on)
    return ledger.NewEntry(
        rules.Posting(
            kind=one.kind,
            debit=debit.code,
            credit=credit.code,
            amount=one.amount,
            currency=one.currency,
            batch=batch,
            key=f"{batch}:{one.kind}:{one.currency}:{one.giver or 0}:{one.taker}",
            posted_at=end - timedelta(microseconds=1),
        )
    )
