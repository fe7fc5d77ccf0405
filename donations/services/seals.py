"""Seals the ledger: puts entries that have no leaf yet under the next root.

Entries commit in another order than that of their ids, so what is left to seal is
asked of the leaves, never of a range of ids. Nobody who posts waits for a seal.
"""

from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import IntegrityError, transaction

from donations.domain import ledger as rules
from donations.domain import seal as seals
from donations.models import Entry, Seal, SealLeaf
from donations.services import payloads

# With the root before a tree of 1,024: ten hashes prove any leaf, and a page that
# proves one reads no more rows than this.
ENTRIES_PER_SEAL = 1023


def _ignore(done: int) -> None:
    """Show no progress."""


def seal_ledger(
    *,
    at: datetime,
    most: int = ENTRIES_PER_SEAL,
    progress: Callable[[int], None] = _ignore,
) -> int:
    """Seal every entry that is not sealed; return how many this call sealed.

    Each seal is a transaction of its own. Of two who seal at once the number of the
    next seal goes to one; the other ends, having done nothing.
    """
    done = 0
    while True:
        try:
            with transaction.atomic():
                sealed = _seal_next(at, most)
        except IntegrityError:
            # Somebody else made the seal with this number, of the same entries.
            return done
        done += sealed
        progress(done)
        if sealed < most:
            return done


def count_unsealed() -> int:
    """Return how many entries wait for a seal."""
    return Entry.objects.filter(leaf__isnull=True).count()


def find_inclusions(*, entry_ids: Iterable[int]) -> dict[int, seals.Inclusion]:
    """Return where entries are sealed and the paths that prove it, by entry.

    An entry that waits for its seal is left out.
    """
    leaves = SealLeaf.objects.filter(entry__in=list(entry_ids))
    found: dict[int, seals.Inclusion] = {}
    by_seal: dict[int, list[str]] = {}
    for leaf in leaves.select_related("seal").order_by("entry"):
        hashes = by_seal.get(leaf.seal_id) or _read_hashes(leaf.seal_id)
        by_seal[leaf.seal_id] = hashes
        found[leaf.entry_id] = seals.Inclusion(
            seal=leaf.seal.number,
            position=leaf.position,
            size=leaf.seal.size,
            root=leaf.seal.root,
            path=seals.build_path(
                previous_root=leaf.seal.previous_root,
                leaf_hashes=hashes,
                position=leaf.position,
            ),
        )
    return found


def _seal_next(at: datetime, most: int) -> int:
    # First the last seal, then what is left: whoever comes between takes our number.
    last = Seal.objects.order_by("-number").first()
    unsealed = Entry.objects.filter(leaf__isnull=True).order_by("pk")[:most]
    hashes = {
        pk: seals.hash_payload(rules.canonical_payload(posting))
        for pk, posting in payloads.read_postings(entries=unsealed)
    }
    if not hashes:
        return 0
    previous_root = last.root if last else seals.NO_ROOT
    seal = Seal.objects.create(
        number=last.number + 1 if last else 1,
        root=seals.compute_root(
            previous_root=previous_root, leaf_hashes=hashes.values()
        ),
        previous_root=previous_root,
        path=" ".join(
            seals.build_path(
                previous_root=previous_root, leaf_hashes=hashes.values(), position=0
            )
        ),
        size=len(hashes) + 1,
        sealed_at=at,
    )
    SealLeaf.objects.bulk_create(
        SealLeaf(seal=seal, position=position, entry_id=pk, leaf_hash=leaf_hash)
        for position, (pk, leaf_hash) in enumerate(hashes.items(), start=1)
    )
    return len(hashes)


def _read_hashes(seal_id: int) -> list[str]:
    leaves = SealLeaf.objects.filter(seal=seal_id).order_by("position")
    return list(leaves.values_list("leaf_hash", flat=True))
