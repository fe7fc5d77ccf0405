"""The statutory clock: what each territory asks, and on which days."""

from datetime import date

import pytest

from donations.domain import statute, territory
from donations.domain.statute import Counted, Duty

FIRST, LAST = date(2026, 3, 1), date(2027, 6, 30)
# The territories whose law issue 4 names.
ASKED = {"GB", "EU", "DE"} | {
    f"US-{code}" for code in ("AL", "AR", "CA", "CT", "HI", "IL", "LA", "MA")
}
ASKED |= {"US-MS", "US-NY", "US-SC"}


def due_days(code, first_day=FIRST, last_day=LAST):
    """Return when a rule is due."""
    rule = statute.find_rule(code)
    return statute.list_due_days(rule, first_day=first_day, last_day=last_day)


def test_every_asked_territory_has_rules():
    """The data file covers the territories that were asked for, and knows them."""
    places = {rule.territory for rule in statute.read_rules()}

    assert places == ASKED
    territory.check_territories(sorted(places))


@pytest.mark.parametrize("rule", statute.read_rules(), ids=lambda rule: rule.code)
def test_rules_say_where_they_are_from(rule):
    """Each rule has its source, the day it was looked up, and words for people."""
    assert rule.code.startswith(f"{rule.territory}-")
    assert rule.source
    assert len(rule.text) > 40
    assert rule.looked_up_on.year >= 2026
    assert rule.address or not rule.is_confirmed
    assert (rule.duty == Duty.FILING) == (rule.counted == Counted.BEFORE_FIRST_DAY)
    assert len(rule.code) <= 40


def test_codes_are_unique():
    """A record of a filing names one rule."""
    codes = [rule.code for rule in statute.read_rules()]

    assert len(codes) == len(set(codes))


def test_unknown_rule_is_none():
    """A code that no rule has is not found."""
    assert statute.find_rule("US-XX-contract") is None


def test_promise_meets_the_law_of_its_territories():
    """A promise for the country meets every state's law, one for a state its own."""
    country = {rule.territory for rule in statute.list_rules(["US"])}
    state = {rule.territory for rule in statute.list_rules(["US-SC"])}

    assert country == {place for place in ASKED if place.startswith("US-")}
    assert state == {"US-SC"}
    assert {rule.territory for rule in statute.list_rules(["EU"])} == {"EU", "DE"}


def test_filings_are_due_before_the_first_day():
    """Lead times are counted back: ten days before, in South Carolina."""
    filings = [rule.code for rule in statute.list_filings(["US-SC"])]

    assert filings == ["US-SC-contract", "US-SC-registration"]
    assert due_days("US-SC-contract") == [date(2026, 2, 19)]
    assert due_days("US-SC-registration") == [FIRST]


def test_accountings_are_counted_forward():
    """After the last day, and after each anniversary where a law asks for it."""
    assert due_days("US-AL-accounting") == [date(2027, 9, 28)]
    assert due_days("US-MS-accounting") == [date(2027, 3, 31), date(2027, 7, 30)]


@pytest.mark.parametrize(
    ("last_day", "due"),
    [
        (date(2026, 12, 31), date(2027, 1, 30)),
        (date(2027, 2, 28), date(2027, 3, 30)),
        (date(2027, 3, 1), date(2027, 3, 31)),
    ],
)
def test_short_promise_has_no_anniversary(last_day, due):
    """A promise of a year or less is accounted for once, whatever year it ends in."""
    assert due_days("US-MS-accounting", last_day=last_day) == [due]


def test_leap_day_has_its_anniversary_on_the_28th():
    """What began on February 29 is a year old on February 28."""
    days = due_days("US-MS-accounting", date(2028, 2, 29), date(2029, 12, 31))

    assert days[0] == date(2029, 3, 30)


def test_yearly_reports_are_due_on_their_day():
    """Massachusetts asks by February 28 for the year before."""
    assert due_days("US-MA-accounting") == [date(2027, 2, 28), date(2028, 2, 28)]


def test_transfers_come_every_ninety_days():
    """California: until all of the promise lies in a period that is over."""
    days = due_days("US-CA-transfer", FIRST, date(2026, 8, 28))

    assert days == [date(2026, 5, 30), date(2026, 8, 28), date(2026, 11, 26)]


def test_receipts_are_paid_on_within_days():
    """V22: in the United Kingdom the last receipt is paid on 28 days later."""
    assert due_days("GB-transmission") == [date(2027, 7, 28)]
    assert due_days("GB-agreement") == []
