"""The Merkle tree of RFC 9162, section 2.1: root, audit path, and their verification.

Leaves and inner nodes are hashed apart, so that none can be passed off as the other.
Trees of seals never grow, so consistency proofs are not needed here: each seal names
the one before as its first leaf. No library is used, as the ones that keep to the RFC
are clients of transparency logs, or under licenses that a plugin cannot take.
"""

import hashlib
from collections.abc import Sequence

HASH_BYTES = 32
_LEAF, _NODE = b"\x00", b"\x01"


class InvalidPositionError(ValueError):
    """A position is not in the tree, or a path does not fit its size.

    Usually the size or the position of another seal was passed.
    """


def hash_leaf(data: bytes) -> bytes:
    """Return the hash of one leaf."""
    return hashlib.sha256(_LEAF + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node."""
    return hashlib.sha256(_NODE + left + right).digest()


def compute_root(hashes: Sequence[bytes]) -> bytes:
    """Return the root over hashes of leaves; that of no leaves is of no bytes."""
    if not hashes:
        return hashlib.sha256(b"").digest()
    level = list(hashes)
    while len(level) > 1:
        level = _climb(level)
    return level[0]


def build_path(hashes: Sequence[bytes], position: int) -> list[bytes]:
    """Return the audit path of a leaf: what it is hashed with, from below to the root.

    Raises:
        InvalidPositionError: the tree has no such leaf.
    """
    if not 0 <= position < len(hashes):
        raise InvalidPositionError(f"no leaf {position} in a tree of {len(hashes)}")
    level, path = list(hashes), []
    while len(level) > 1:
        beside = position ^ 1
        # The last of an odd number rises alone.
        if beside < len(level):
            path.append(level[beside])
        level, position = _climb(level), position // 2
    return path


def follow_path(
    leaf: bytes, *, position: int, size: int, path: Sequence[bytes]
) -> bytes:
    """Return the root that a leaf's hash leads to along its audit path.

    Raises:
        InvalidPositionError: the path is longer or shorter than that of such a leaf.
    """
    if not 0 <= position < size:
        raise InvalidPositionError(f"no leaf {position} in a tree of {size}")
    root, last, rest = leaf, size - 1, list(path)
    while last:
        if position % 2 or position < last:
            if not rest:
                raise InvalidPositionError("the path is too short")
            beside = rest.pop(0)
            root = hash_node(beside, root) if position % 2 else hash_node(root, beside)
        position, last = position // 2, last // 2
    if rest:
        raise InvalidPositionError("the path is too long")
    return root


def _climb(level: list[bytes]) -> list[bytes]:
    """Return the level above; the last node of an odd number is its own parent."""
    pairs = zip(level[::2], level[1::2], strict=False)
    above = [hash_node(left, right) for left, right in pairs]
    return above + level[len(level) - len(level) % 2 :]
