"""Documents that outsiders check: one record a line, each line bound to those before.

A document is a JSON array with one record a line, so that any program reads it and a
fault has a line. Every record is canonical JSON (RFC 8785) of text and whole numbers,
and has a `digest`: the SHA-256 of the digest before it and of the record without its
own. The digest of the last record is that of the document.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

import rfc8785

Value = str | int | Sequence[str] | Sequence[int] | Mapping[str, str | int]
Record = Mapping[str, Value]
_BEGIN, _NEXT, _END = "[\n", ",\n", "\n]\n"


def write_json(record: Record) -> str:
    """Return a record as canonical JSON."""
    return rfc8785.dumps(dict(record)).decode()


def chain_records(
    records: Iterable[Record], *, digest: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield each record as its line and its digest, which is in the line, too.

    `digest` is that of the line before the first, where there is one.
    """
    for record in records:
        digest = hashlib.sha256((digest + write_json(record)).encode()).hexdigest()
        yield write_json({**record, "digest": digest}), digest


def join_lines(lines: Iterable[str]) -> Iterator[str]:
    """Yield the text of the document that has these lines, piece by piece."""
    between = _BEGIN
    for line in lines:
        yield between + line
        between = _NEXT
    yield _END


def write_document(records: Iterable[Record]) -> Iterator[str]:
    """Yield the text of the document of these records, piece by piece."""
    return join_lines(line for line, _ in chain_records(records))
