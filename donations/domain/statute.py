"""What the law of a territory asks of a promise to give, and when.

The rules are data, in `statutes.toml`: each names its source and the day on which it
was looked up. They are a clock for people, not advice: whoever publishes a pledge has a
lawyer read them.
"""

import functools
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from importlib import resources

from donations.domain import territory


class Duty(StrEnum):
    """What is owed: a paper before the start, an account, a payment, or a wording."""

    FILING = "filing"
    ACCOUNTING = "accounting"
    PAYMENT = "payment"
    WORDING = "wording"


class Counted(StrEnum):
    """From which day the days of a rule are counted, and in which direction."""

    BEFORE_FIRST_DAY = "before_first_day"
    AFTER_LAST_DAY = "after_last_day"
    AFTER_EACH_YEAR = "after_each_year"
    YEARLY = "yearly"
    EVERY = "every"
    AFTER_RECEIPT = "after_receipt"
    THROUGHOUT = "throughout"


@dataclass(frozen=True, slots=True)
class Rule:
    """One duty of one territory.

    `is_confirmed` says that the text of the law, or its authority's own page, was read
    on `looked_up_on`; else another's summary was, and the rule is to be verified.
    `is_agreeable` says that the contract may set another number of days.
    """

    code: str
    territory: str
    duty: Duty
    counted: Counted
    title: str
    text: str
    source: str
    looked_up_on: date
    is_confirmed: bool
    days: int = 0
    address: str = ""
    yearly_on: str = ""
    is_agreeable: bool = False


@functools.cache
def read_rules() -> tuple[Rule, ...]:
    """Return every rule, in the order of the file."""
    text = resources.files(__package__).joinpath("statutes.toml").read_text("utf-8")
    rows = tomllib.loads(text)["rules"]
    return tuple(
        Rule(
            **{
                **row,
                "duty": Duty(row["duty"]),
                "counted": Counted(row["counted"]),
            }
        )
        for row in rows
    )


def find_rule(code: str) -> Rule | None:
    """Return the rule with this code; None when there is none, or not any more."""
    return next((rule for rule in read_rules() if rule.code == code), None)


def list_rules(promised: Sequence[str]) -> list[Rule]:
    """Return the rules of every territory that a promise reaches."""
    return [
        rule for rule in read_rules() if territory.is_within(rule.territory, promised)
    ]


def list_filings(promised: Sequence[str]) -> list[Rule]:
    """Return what must be filed before the first day."""
    return [rule for rule in list_rules(promised) if rule.duty == Duty.FILING]


def list_due_days(rule: Rule, *, first_day: date, last_day: date) -> list[date]:
    """Return the days on which a rule is due for a promise, earliest first.

    A payment counted from each receipt is due at the latest for the last day's; a rule
    that holds throughout is due on no day.
    """
    step = timedelta(days=rule.days)
    if rule.counted == Counted.BEFORE_FIRST_DAY:
        return [first_day - step]
    if rule.counted in {Counted.AFTER_LAST_DAY, Counted.AFTER_RECEIPT}:
        return [last_day + step]
    if rule.counted == Counted.AFTER_EACH_YEAR:
        years = _anniversaries(first_day, last_day)
        return [day + step for day in (*years, last_day)]
    if rule.counted == Counted.YEARLY:
        return _list_yearly(rule.yearly_on, first_day, last_day)
    if rule.counted == Counted.EVERY:
        periods = -(-((last_day - first_day).days + 1) // rule.days)
        return [first_day + step * number for number in range(1, periods + 1)]
    return []


def _anniversaries(first_day: date, last_day: date) -> list[date]:
    """Return the anniversaries of the first day before the last; a leap day's is 28."""
    days = []
    for year in range(first_day.year + 1, last_day.year + 1):
        is_leap_day = (first_day.month, first_day.day) == (2, 29)
        day = first_day.replace(year=year, day=28 if is_leap_day else first_day.day)
        if day < last_day:
            days.append(day)
    return days


def _list_yearly(month_and_day: str, first_day: date, last_day: date) -> list[date]:
    years = range(first_day.year + 1, last_day.year + 2)
    return [date.fromisoformat(f"{year}-{month_and_day}") for year in years]
