"""When a donation may be paid, by when it must be, and on which days that is done.

Three clocks run at once. The return window begins when a piece is shipped. A deadline
of the law (`statute.py`) begins when the money was received, and beats the window. A
pledge settles on days of its own. Nothing here reads a database or a clock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from donations.domain import statute

_FRIDAY = 4
_WEEK = timedelta(days=7)
_DAY = timedelta(days=1)
_MONTHS_PER_QUARTER = 3


class Cadence(StrEnum):
    """How often a pledge settles: on Fridays, the first one of a month or quarter."""

    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"

    @property
    def longest_gap_days(self) -> int:
        """Return the most days that pass from one day of settling to the next."""
        return {Cadence.WEEKLY: 7, Cadence.MONTHLY: 35, Cadence.QUARTERLY: 98}[self]


@dataclass(frozen=True, slots=True)
class Clock:
    """How one version of a pledge counts the days of its donations."""

    window_days: int
    cadence: Cadence
    deadline_days: int | None = None

    def deadline_on(self, received_on: date) -> date | None:
        """Return the last day on which money received then may arrive, by law."""
        if self.deadline_days is None:
            return None
        return received_on + timedelta(days=self.deadline_days)

    def release_by(self, received_on: date) -> date | None:
        """Return the last day of settling that is in time for the deadline."""
        deadline = self.deadline_on(received_on)
        if deadline is None:
            return None
        return last_settlement_day(self.cadence, deadline - _DAY)

    def releasable_at(self, shipped_at: datetime, by: datetime | None) -> datetime:
        """Return when a piece shipped then lets its donation go.

        That is the end of the window, or `by`, which the law sets, if it comes first;
        never before the piece has left.
        """
        over = shipped_at + timedelta(days=self.window_days)
        return over if by is None else max(shipped_at, min(over, by))


def find_deadline(
    *, territories: Sequence[str], agreed_days: int | None = None
) -> statute.Rule | None:
    """Return the earliest deadline for paying; None where no law sets one.

    Each donation is counted from its own receipt, also where the law counts periods of
    as many days: then nothing that is received waits longer than one of them.
    """
    found = [
        _agree(rule, agreed_days)
        for rule in statute.list_rules(territories)
        if rule.duty == statute.Duty.PAYMENT
    ]
    return min(found, key=lambda rule: rule.days, default=None)


def _agree(rule: statute.Rule, agreed_days: int | None) -> statute.Rule:
    if agreed_days is None or not rule.is_agreeable:
        return rule
    return replace(rule, days=agreed_days)


def last_settlement_day(cadence: Cadence, on: date) -> date:
    """Return the latest day of settling that is not after `on`."""
    friday = on - timedelta(days=(on.weekday() - _FRIDAY) % 7)
    while not _is_settlement_friday(cadence, friday):
        friday -= _WEEK
    return friday


def next_settlement_day(cadence: Cadence, on: date) -> date:
    """Return the first day of settling that is not before `on`."""
    friday = on + timedelta(days=(_FRIDAY - on.weekday()) % 7)
    while not _is_settlement_friday(cadence, friday):
        friday += _WEEK
    return friday


def _is_settlement_friday(cadence: Cadence, friday: date) -> bool:
    if cadence == Cadence.WEEKLY:
        return True
    is_first = friday.day <= _WEEK.days
    is_opening = friday.month % _MONTHS_PER_QUARTER == 1
    return is_first and (cadence == Cadence.MONTHLY or is_opening)


def find_obstacles(*, clock: Clock, deadline: statute.Rule | None) -> list[str]:
    """Return why donations under these terms could not be paid in time, in words."""
    if deadline is None:
        return []
    name, days = deadline.territory, deadline.days
    obstacles = []
    if clock.window_days > days:
        remedy = "shorten the window" + (
            " or fill in the longer period that the contract agrees"
            if deadline.is_agreeable
            else ""
        )
        obstacles.append(
            f"the return window ends after the {name} deadline of {days} days: {remedy}"
        )
    if clock.cadence.longest_gap_days > days:
        obstacles.append(
            f"{name} is to be paid within {days} days: settle more often than "
            f"{clock.cadence}"
        )
    return obstacles
