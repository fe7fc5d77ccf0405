"""Calendar files that other programs read."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from donations.domain import icalendar

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
EVENT = icalendar.Event("a-1", date(2026, 2, 28), "File it", "By mail")


def write(event=EVENT, at=AT):
    """Return a calendar of one event, as lines that are not folded any more."""
    text = icalendar.write_calendar(name="Pledges", events=[event], at=at)
    return text.replace("\r\n ", "").split("\r\n")


def test_calendar_has_its_events():
    """Each event is a whole day, which ends on the next."""
    assert write() == [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//django-goodcarat//donations//EN",
        "CALSCALE:GREGORIAN",
        "X-WR-CALNAME:Pledges",
        "BEGIN:VEVENT",
        "UID:a-1",
        "DTSTAMP:20260302T120000Z",
        "DTSTART;VALUE=DATE:20260228",
        "DTEND;VALUE=DATE:20260301",
        "SUMMARY:File it",
        "DESCRIPTION:By mail",
        "TRANSP:TRANSPARENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]


def test_stamp_is_in_universal_time():
    """Wherever it is written, the moment is that of UTC."""
    at = AT.astimezone(timezone(timedelta(hours=-5)))

    assert "DTSTAMP:20260302T120000Z" in write(at=at)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a, b; c\\d", "a\\, b\\; c\\\\d"),
        ("first\r\nsecond\nthird", "first\\nsecond\\nthird"),
        ("END:VEVENT\rBEGIN:VEVENT", "END:VEVENT\\nBEGIN:VEVENT"),
    ],
)
def test_signs_are_escaped(text, written):
    """What has a meaning in a calendar cannot come in by a title or a text."""
    event = icalendar.Event("a-1", EVENT.on, text, text)

    assert f"SUMMARY:{written}" in write(event)
    assert f"DESCRIPTION:{written}" in write(event)


@pytest.mark.parametrize("text", ["x" * 400, "ä" * 200, "€" * 90, "💎" * 80])
def test_long_lines_are_folded_between_characters(text):
    """No line has more than 75 octets, and unfolded the text is whole."""
    event = icalendar.Event("a-1", EVENT.on, text, "")
    raw = icalendar.write_calendar(name="P", events=[event], at=AT).encode()

    lines = raw.split(b"\r\n")

    assert max(len(line) for line in lines) <= 75
    assert all(line.decode() is not None for line in lines)
    assert f"SUMMARY:{text}" in write(event)
