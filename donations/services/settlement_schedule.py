"""Drafts what pledges are to pay by now, on their days, in nobody's name.

A pledge's days come from its cadence. A day that was missed is caught up with, and a
deadline of the law that comes before the next day is not waited for. The drafts are of
no person: one takes each on, and another approves it.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from donations.domain import ledger as rules
from donations.domain import money, release
from donations.domain.donation import SettlementStatus
from donations.models import Donation, PledgeVersion, Settlement
from donations.services import ledger, releases, settlement_donations, settlements

logger = logging.getLogger(__name__)

_RELEASED_AT_ONCE = 1_000_000
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Drafted:
    """One pledge in one currency: what was drafted, or why it could not be."""

    pledge_name: str
    currency: str
    settlement_id: int | None = None
    amount: money.Money | None = None
    donation_count: int = 0
    problem: str = ""


def draft_due_settlements(
    *,
    at: datetime,
    pledge_id: int | None = None,
    is_any_day: bool = False,
    progress: settlement_donations.Progress | None = None,
) -> list[Drafted]:
    """Release what is due, then draft each pledge whose day has come.

    With `is_any_day` everything payable is drafted, whatever the day. Safe to call
    twice: a day drafts once, and an open draft is only touched when more can be paid.
    `progress` is called with the number of donations taken into the current draft.
    """
    releases.release_due(limit=_RELEASED_AT_ONCE, at=at)
    return [
        drafted
        for version, currency in _list_candidates(pledge_id)
        if is_any_day or _is_due(version, currency, at)
        for drafted in _draft(version, currency, at, progress)
    ]


def forecast_settlements(
    *, at: datetime, pledge_id: int | None = None, is_any_day: bool = False
) -> list[Drafted]:
    """Return what `draft_due_settlements` would draft at that moment; nothing stays."""
    with transaction.atomic():
        found = draft_due_settlements(at=at, pledge_id=pledge_id, is_any_day=is_any_day)
        transaction.set_rollback(True)
    return [replace(one, settlement_id=None) for one in found]


def _list_candidates(pledge_id: int | None) -> Iterator[tuple[PledgeVersion, str]]:
    rows = PledgeVersion.objects.published().filter(is_current=True)
    if pledge_id is not None:
        rows = rows.filter(pledge=pledge_id)
    for version in rows.select_related("pledge").order_by("pledge"):
        for currency in settlements.list_currencies(pledge_id=version.pledge_id):
            yield version, currency


def _is_due(version: PledgeVersion, currency: str, at: datetime) -> bool:
    """Tell whether a day of settling has come that drafted nothing yet.

    What is released after that day waits for the next, unless the law does not.
    """
    today = timezone.localtime(at).date()
    cadence = version.clock.cadence
    waiting = Donation.objects.payable().filter(
        pledge_version__pledge=version.pledge_id, currency=currency
    )
    following = release.next_settlement_day(cadence, today + _DAY)
    if waiting.filter(deadline_on__lt=following).exists():
        return True
    day = release.last_settlement_day(cadence, today)
    mine = Settlement.objects.filter(pledge=version.pledge_id, currency=currency)
    if mine.filter(drafted_at__gte=releases.begin_of(day=day)).exists():
        return False
    is_open = mine.filter(status=SettlementStatus.DRAFTED).exists()
    if is_open and not waiting.exists():
        return False
    return _was_payable(version, currency, before=releases.begin_of(day=day + _DAY))


def _was_payable(version: PledgeVersion, currency: str, before: datetime) -> bool:
    payable = Q(
        kind=rules.AccountKind.PAYABLE, pledge=version.pledge_id, currency=currency
    )
    earlier = Q(posted_at__lt=before)
    balances = ledger.read_balances(accounts=payable, entries=earlier)
    return any(balance > 0 for balance in balances.values())


def _draft(
    version: PledgeVersion,
    currency: str,
    at: datetime,
    progress: settlement_donations.Progress | None,
) -> Iterator[Drafted]:
    """Yield what was drafted; nothing where there is nothing to pay."""
    name = version.pledge.name
    try:
        pk = settlements.draft_settlement(
            pledge_id=version.pledge_id,
            drafted_by_id=None,
            at=at,
            currency=currency,
            progress=progress,
        )
    except settlements.NothingToSettleError:
        return
    except settlements.SettlementChangedError as error:
        logger.warning("%s in %s is drafted later: %s", name, currency, error)
        yield Drafted(name, currency, problem=str(error))
        return
    settlement = Settlement.objects.get(pk=pk)
    count = settlement.donations.count()
    yield Drafted(name, currency, pk, settlement.money, count)
