"""Writes days as a calendar file that mail and phone programs read (RFC 5545)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

_WRITER = "-//django-goodcarat//donations//EN"
# A content line has at most 75 octets; what is longer goes on after CRLF and a space.
_LINE_OCTETS = 75
_NEWLINE = "\r\n"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that is due on a day; the same `uid` is the same event, changed."""

    uid: str
    on: date
    title: str
    text: str


def write_calendar(*, name: str, events: Iterable[Event], at: datetime) -> str:
    """Return a calendar of whole days, `at` being the moment of writing."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{_WRITER}",
        "CALSCALE:GREGORIAN",
        f"X-WR-CALNAME:{_escape(name)}",
        *(line for event in events for line in _write_event(event, at)),
        "END:VCALENDAR",
    ]
    return "".join(part + _NEWLINE for line in lines for part in _fold(line))


def _write_event(event: Event, at: datetime) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{_escape(event.uid)}"
    yield f"DTSTAMP:{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    yield f"DTSTART;VALUE=DATE:{event.on:%Y%m%d}"
    yield f"DTEND;VALUE=DATE:{event.on + timedelta(days=1):%Y%m%d}"
    yield f"SUMMARY:{_escape(event.title)}"
    yield f"DESCRIPTION:{_escape(event.text)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def _escape(text: str) -> str:
    """Escape what has a meaning in a value; a line break becomes two characters."""
    plain = "\n".join(text.splitlines())
    for sign in ("\\", ";", ","):
        plain = plain.replace(sign, f"\\{sign}")
    return plain.replace("\n", "\\n")


def _fold(line: str) -> Iterator[str]:
    """Yield a line in parts of at most 75 octets, never within a character."""
    part, octets = "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > _LINE_OCTETS:
            yield part
            part, octets = " ", 1
        part += character
        octets += size
    yield part
