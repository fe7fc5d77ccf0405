"""Reads signed statements for publication, line by line as they were stored."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from donations.domain import documents
from donations.domain import statement as accounting
from donations.models import Closing, StatementLine

_CHUNK = 2000


class StatementNotFoundError(LookupError):
    """No signed statement of this pledge has this number."""


@dataclass(frozen=True, slots=True)
class PublishedStatement:
    """One signed statement, as pages list it."""

    closing_id: int
    slug: str
    number: int
    starts_on: date
    ends_on: date
    signed_at: datetime
    digest: str

    @property
    def file_name(self) -> str:
        """Return how the files are called where they are saved, without an ending."""
        return f"{self.slug}-{self.number}"


def list_published(*, pledge_id: int | None = None) -> list[PublishedStatement]:
    """Return every signed statement, or those of a pledge, the latest first."""
    rows = Closing.objects.filter(signed_at__isnull=False).select_related("pledge")
    if pledge_id is not None:
        rows = rows.filter(pledge=pledge_id)
    return [_read_published(row) for row in rows.order_by("-ends_on", "-pk")]


def get_published(*, slug: str, number: int) -> PublishedStatement:
    """Return one signed statement.

    Raises:
        StatementNotFoundError: there is none.
    """
    row = (
        Closing.objects.filter(
            pledge__slug=slug, number=number, signed_at__isnull=False
        )
        .select_related("pledge")
        .first()
    )
    if row is None:
        raise StatementNotFoundError(f"no statement {number} of {slug!r}")
    return _read_published(row)


def write_json(*, closing_id: int) -> Iterator[str]:
    """Yield the published document of a signed statement, piece by piece."""
    return documents.join_lines(read_lines(closing_id=closing_id))


def write_csv(*, closing_id: int) -> Iterator[str]:
    """Yield the spreadsheet of a signed statement, row by row."""
    lines = read_lines(closing_id=closing_id)
    return accounting.write_csv(json.loads(line) for line in lines)


def read_lines(*, closing_id: int) -> Iterator[str]:
    """Yield the lines of a signed statement as they were stored."""
    rows = StatementLine.objects.filter(closing=closing_id).order_by("position")
    return rows.values_list("content", flat=True).iterator(chunk_size=_CHUNK)


def _read_published(row: Closing) -> PublishedStatement:
    return PublishedStatement(
        closing_id=row.pk,
        slug=row.pledge.slug,
        number=row.number,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        signed_at=row.signed_at or row.closed_at,
        digest=row.digest,
    )
