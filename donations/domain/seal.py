"""What a seal is: a Merkle tree over entries, whose first leaf is the root before.

Leaf 0 is the root of the previous seal, as its 32 bytes; the first seal has 32 zero
bytes there. The other leaves are the canonical payloads of entries, which begin with a
brace and are longer, so that neither can be taken for the other.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from donations.domain import merkle

# Where the chain of roots begins.
NO_ROOT = "0" * (2 * merkle.HASH_BYTES)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That a leaf is in a seal: its place, and the audit path to the seal's root."""

    seal: int
    position: int
    size: int
    root: str
    path: tuple[str, ...]

    @property
    def last(self) -> int:
        """Return the last position of the seal."""
        return self.size - 1

    def proves(self, leaf_hash: str) -> bool:
        """Tell whether a leaf with this hash leads to the root."""
        path = [bytes.fromhex(one) for one in self.path]
        try:
            found = merkle.follow_path(
                bytes.fromhex(leaf_hash),
                position=self.position,
                size=self.size,
                path=path,
            )
        except merkle.InvalidPositionError:
            return False
        return found.hex() == self.root


def hash_payload(payload: bytes) -> str:
    """Return the hash of an entry's leaf, in hexadecimal."""
    return merkle.hash_leaf(payload).hex()


def compute_root(*, previous_root: str, leaf_hashes: Iterable[str]) -> str:
    """Return the root over the root before and the leaves of entries."""
    return merkle.compute_root(_join(previous_root, leaf_hashes)).hex()


def build_path(
    *, previous_root: str, leaf_hashes: Iterable[str], position: int
) -> tuple[str, ...]:
    """Return the audit path of a position in a seal; none in one that lost leaves."""
    try:
        path = merkle.build_path(_join(previous_root, leaf_hashes), position)
    except merkle.InvalidPositionError:
        return ()
    return tuple(one.hex() for one in path)


def _join(previous_root: str, leaf_hashes: Iterable[str]) -> list[bytes]:
    first = merkle.hash_leaf(bytes.fromhex(previous_root))
    return [first, *(bytes.fromhex(one) for one in leaf_hashes)]
