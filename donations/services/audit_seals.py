"""Checks the chain of seals, and every sealed entry against its leaf.

A part of `donations.services.audit`, which is what callers use.
"""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Any

from donations.domain import ledger as rules
from donations.domain import seal as seals
from donations.domain.ledger import Finding
from donations.models import Entry, Seal
from donations.services import payloads

_CHUNK = 2000


def check_seals() -> Iterator[Finding]:
    """Find seals that do not follow each other, and entries that are not as sealed.

    Leaves are streamed; no more than one seal's are in memory.
    """
    leaves = groupby(_list_leaves(), key=attrgetter("leaf__seal"))
    pk, rows = next(leaves, (None, iter(())))
    last: Seal | None = None
    for seal in Seal.objects.order_by("number").iterator(chunk_size=_CHUNK):
        yield from _check_chain(seal, last)
        hashes: list[str] = []
        if pk == seal.pk:
            yield from _check_leaves(rows, hashes)
            pk, rows = next(leaves, (None, iter(())))
        yield from _check_root(seal, hashes)
        last = seal


def _list_leaves() -> Iterator[Any]:
    """Return sealed entries with their leaves, seal by seal."""
    rows = Entry.objects.filter(leaf__isnull=False).order_by(
        "leaf__seal__number", "leaf__position"
    )
    columns = ("leaf__seal", "leaf__position", "leaf__leaf_hash")
    named = rows.values_list(*payloads.COLUMNS, *columns, named=True)
    return named.iterator(chunk_size=_CHUNK)


def _check_chain(seal: Seal, last: Seal | None) -> Iterator[Finding]:
    number, root = (last.number, last.root) if last else (0, seals.NO_ROOT)
    if (seal.number, seal.previous_root) != (number + 1, root):
        yield Finding(
            f"seal {seal.number}",
            "chain",
            f"it follows {seal.previous_root}, but seal {number} has the root {root}",
        )


def _check_leaves(rows: Iterator[Any], hashes: list[str]) -> Iterator[Finding]:
    for row in rows:
        hashes.append(row.leaf__leaf_hash)
        payload = rules.canonical_payload(payloads.build_posting(row=row))
        leaf_hash = seals.hash_payload(payload)
        if leaf_hash != row.leaf__leaf_hash:
            yield Finding(
                f"entry {row.pk}",
                "seal",
                f"it is sealed as {row.leaf__leaf_hash}, but the row gives {leaf_hash}",
            )


def _check_root(seal: Seal, hashes: list[str]) -> Iterator[Finding]:
    before = seal.previous_root
    root = seals.compute_root(previous_root=before, leaf_hashes=hashes)
    path = seals.build_path(previous_root=before, leaf_hashes=hashes, position=0)
    if (seal.size, seal.root) != (len(hashes) + 1, root):
        yield Finding(
            f"seal {seal.number}",
            "root",
            f"its root over {seal.size} leaves is {seal.root}, but its "
            f"{len(hashes) + 1} give {root}",
        )
    if seal.path != " ".join(path):
        yield Finding(
            f"seal {seal.number}", "path", "its path does not lead to the root before"
        )
