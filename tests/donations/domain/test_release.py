"""Windows, deadlines and days of settling: dates from dates."""

from datetime import UTC, date, datetime, timedelta

import pytest

from donations.domain import release
from donations.domain.release import Cadence, Clock

NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)


def make_clock(*, window_days=14, cadence=Cadence.WEEKLY, **values):
    """Return a clock that counts as told."""
    return Clock(window_days=window_days, cadence=cadence, **values)


def days_from_noon(days):
    """Return the moment so many days after the shipment."""
    return NOON + timedelta(days=days)


@pytest.mark.parametrize(
    ("window_days", "by", "expected"),
    [
        (14, None, 14),
        (14, 20, 14),
        (14, 14, 14),
        (14, 9, 9),
        (14, -3, 0),
        (0, None, 0),
    ],
)
def test_earlier_end_releases(window_days, by, expected):
    """The window or the law releases, whichever comes first, once it is shipped."""
    clock = make_clock(window_days=window_days)

    found = clock.releasable_at(NOON, None if by is None else days_from_noon(by))

    assert found == days_from_noon(expected)


def test_example_v22_counts_its_days():
    """V22: paid 03-02, shipped 03-04: released 03-18, paid 03-20, law 03-30."""
    deadline = release.find_deadline(territories=["GB"])
    clock = make_clock(deadline_days=deadline.days)
    received_on = date(2026, 3, 2)

    released_on = clock.releasable_at(NOON, None).date()

    assert clock.deadline_on(received_on) == date(2026, 3, 30)
    assert clock.release_by(received_on) == date(2026, 3, 27)
    assert released_on == date(2026, 3, 18)
    assert release.next_settlement_day(clock.cadence, released_on) == date(2026, 3, 20)


def test_without_a_law_there_is_no_deadline():
    """Only a deadline of the law brings anything forward."""
    clock = make_clock()

    assert clock.deadline_on(date(2026, 3, 2)) is None
    assert clock.release_by(date(2026, 3, 2)) is None


@pytest.mark.parametrize(
    ("territories", "agreed", "expected"),
    [
        (["GB"], None, ("GB", 28)),
        (["GB"], 60, ("GB", 60)),
        (["US-CA"], None, ("US-CA", 90)),
        (["US"], None, ("US-CA", 90)),
        (["US-CA"], 120, ("US-CA", 90)),
        (["US", "GB"], None, ("GB", 28)),
        (["US", "GB"], 120, ("US-CA", 90)),
        (["US-NY", "DE", "EU"], None, None),
        ([], None, None),
    ],
)
def test_earliest_deadline_counts(territories, agreed, expected):
    """The strictest law of the territories counts; only some let parties agree."""
    found = release.find_deadline(territories=territories, agreed_days=agreed)

    assert (found and (found.territory, found.days)) == expected


def test_every_deadline_names_its_source():
    """A law that sets a deadline says where it stands and when that was read."""
    found = {
        code: release.find_deadline(territories=[code]) for code in ("GB", "US-CA")
    }

    assert found["GB"].source == "SI 1994/3024 reg. 6(2)(a)"
    assert found["US-CA"].source.startswith("Cal. Gov. Code 12599.2")
    assert all(one.looked_up_on >= date(2026, 1, 1) for one in found.values())


@pytest.mark.parametrize(
    ("cadence", "on", "last", "following"),
    [
        (Cadence.WEEKLY, "2026-03-18", "2026-03-13", "2026-03-20"),
        (Cadence.WEEKLY, "2026-03-20", "2026-03-20", "2026-03-20"),
        (Cadence.MONTHLY, "2026-03-05", "2026-02-06", "2026-03-06"),
        (Cadence.MONTHLY, "2026-03-07", "2026-03-06", "2026-04-03"),
        (Cadence.QUARTERLY, "2026-03-31", "2026-01-02", "2026-04-03"),
        (Cadence.QUARTERLY, "2026-01-01", "2025-10-03", "2026-01-02"),
    ],
)
def test_days_of_settling_are_fridays(cadence, on, last, following):
    """Every Friday, or the first one of a month or quarter."""
    day = date.fromisoformat(on)

    assert release.last_settlement_day(cadence, day).isoformat() == last
    assert release.next_settlement_day(cadence, day).isoformat() == following


@pytest.mark.parametrize("cadence", list(Cadence))
def test_no_gap_is_longer_than_said(cadence):
    """In thirty years the longest gap between two days is what the cadence says."""
    day, longest = date(2020, 1, 1), timedelta()
    while day.year < 2050:
        following = release.next_settlement_day(cadence, day + timedelta(days=1))
        if day.year > 2020:
            longest = max(longest, following - day)
        day = following

    assert longest.days == cadence.longest_gap_days


@pytest.mark.parametrize("cadence", list(Cadence))
@pytest.mark.parametrize("deadline_days", [28, 35, 90, 98])
def test_a_day_in_time_is_found(cadence, deadline_days):
    """A cadence that fits always has a day between the receipt and the deadline."""
    clock = make_clock(cadence=cadence, deadline_days=deadline_days)
    received = [date(2026, 1, 1) + timedelta(days=number) for number in range(400)]

    is_in_time = all(clock.release_by(day) >= day for day in received)

    assert is_in_time == (cadence.longest_gap_days <= deadline_days)


@pytest.mark.parametrize(
    ("terms", "territories", "agreed", "said"),
    [
        ({"window_days": 28}, ["GB"], None, []),
        (
            {"window_days": 29},
            ["GB"],
            None,
            ["window ends after the GB deadline of 28"],
        ),
        ({"window_days": 29}, ["GB"], 40, []),
        ({"window_days": 91}, ["US"], 120, ["US-CA deadline of 90 days"]),
        (
            {"cadence": Cadence.MONTHLY},
            ["GB"],
            None,
            ["settle more often than monthly"],
        ),
        ({"cadence": Cadence.MONTHLY}, ["US"], None, []),
        ({"cadence": Cadence.QUARTERLY}, ["US-CA"], None, ["often than quarterly"]),
        ({"cadence": Cadence.QUARTERLY, "window_days": 200}, ["DE"], None, []),
    ],
)
def test_terms_that_miss_the_deadline_are_named(terms, territories, agreed, said):
    """V22: a window or a cadence that would be too late is told in words."""
    deadline = release.find_deadline(territories=territories, agreed_days=agreed)

    found = release.find_obstacles(clock=make_clock(**terms), deadline=deadline)

    assert len(found) == len(said)
    assert all(words in text for words, text in zip(said, found, strict=True))


def test_only_an_agreeable_deadline_offers_to_agree():
    """Where the law lets nobody agree otherwise, only the window can be shortened."""
    clock = make_clock(window_days=200)

    texts = {
        territory: release.find_obstacles(
            clock=clock, deadline=release.find_deadline(territories=[territory])
        )[0]
        for territory in ("GB", "US-CA")
    }

    assert texts["GB"].endswith("fill in the longer period that the contract agrees")
    assert texts["US-CA"].endswith("shorten the window")
